"""Migrations are numbered and form one line, so that two people cannot add the same step unnoticed."""

import ast
from pathlib import Path

import pytest
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


# Tables that stay small, or existed before there was a ledger to lock.
SMALL = {"users"}


@pytest.mark.parametrize("path", sorted(MIGRATIONS.glob("*.py")), ids=lambda path: path.stem)
def test_an_index_on_a_table_that_is_there_is_built_without_locking_it(path: Path) -> None:
    """A new table may get its indexes at once; any other needs `build_index` (see CONTRIBUTING)."""
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    made = {name_of(call.args[0]) for call in calls if called(call) == "create_table"}
    indexed = {name_of(call.args[1]) for call in calls if called(call) == "create_index" and on(call) == "op"}
    altered = {name_of(call.args[0]) for call in calls if called(call) == "batch_alter_table"}
    assert indexed | altered <= made | SMALL


# `f` marks a name as final, and `get_…` changes nothing. `replace_check` allows more than before: it has its own test.
ADDS = {"f", "get_bind", "get_context", "create_table", "create_index", "add_column", "batch_alter_table"}
ADDS |= {"build_index", "replace_check", "validate_check"}


@pytest.mark.parametrize("path", sorted(MIGRATIONS.glob("*.py")), ids=lambda path: path.stem)
def test_a_migration_only_adds_so_that_the_version_before_goes_on_working(path: Path) -> None:
    """As docs/deploy.md, "Upgrading", promises."""
    tree = ast.parse(path.read_text())
    [upgrade] = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "upgrade"]
    calls = [node for node in ast.walk(upgrade) if isinstance(node, ast.Call)]
    changes = {ast.unparse(call.func).rpartition(".")[2] for call in calls if changes_a_table(call)}
    assert changes <= ADDS
    columns = [call.args[1] for call in calls if called(call) == "add_column"]
    assert all("nullable=True" in ast.unparse(column) or "server_default" in ast.unparse(column) for column in columns)


def changes_a_table(call: ast.Call) -> bool:
    """Whether a call is one of Alembic's, or one of our own for large tables."""
    own = ("build_index", "remove_index", "replace_check", "validate_check")
    return ast.unparse(call.func) in own or on(call) in ("op", "batch_op")


def called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def on(call: ast.Call) -> str:
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    return owner.id if isinstance(owner, ast.Name) else ""


def name_of(node: ast.expr) -> str:
    return ast.unparse(node).strip("'")


def file_names() -> list[str]:
    return sorted(path.name for path in MIGRATIONS.glob("*.py") if path.name != "__init__.py")
