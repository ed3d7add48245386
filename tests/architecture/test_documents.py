"""Everything that the README and the command line promise exists."""

import re
import subprocess

from ops_admin.cli import main
from tests.support.sources import PACKAGE, ROOT

VARIABLE = re.compile(r"\bOPS_ADMIN_[A-Z_]+\b")


def test_the_readme_names_exactly_the_variables_that_are_read() -> None:
    read = set(VARIABLE.findall((PACKAGE / "config.py").read_text()))
    assert set(VARIABLE.findall(readme())) == read


def test_every_command_in_the_readme_exists() -> None:
    named = set(re.findall(r"^(?:.*`)?ops-admin ([a-z-]+)", readme(), re.MULTILINE))
    assert named
    assert named <= set(main.commands)


def test_every_make_command_in_the_readme_exists() -> None:
    targets = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for command in re.findall(r"^make ([a-z]+)", readme(), re.MULTILINE):
        assert f"make {command} " in targets


def test_every_file_that_a_document_links_to_exists() -> None:
    for document in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")):
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", document.read_text()):
            assert (document.parent / target).exists(), target


def readme() -> str:
    return (ROOT / "README.md").read_text()
