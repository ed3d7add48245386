"""Migrations are numbered and follow one another, so that two people cannot add the same step unnoticed."""

from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory

from tests.support.sources import MIGRATIONS


def test_the_files_are_numbered_without_a_gap() -> None:
    numbers = [name[:5] for name in file_names()]
    assert numbers == [f"{number:04}_" for number in range(1, len(numbers) + 1)]


def test_the_revisions_form_one_line_in_the_order_of_their_numbers() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS.parent))
    scripts = list(ScriptDirectory.from_config(config).walk_revisions())
    assert [Path(script.path).name for script in reversed(scripts)] == file_names()


def file_names() -> list[str]:
    return sorted(path.name for path in MIGRATIONS.glob("*.py") if path.name != "__init__.py")
