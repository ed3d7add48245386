"""`pytest --quick` (`make quick`): the tests touched by a change, on SQLite, without browsers and other processes."""

import ast
import subprocess
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest

from tests.support.sources import ROOT

ALWAYS = "architecture"
"""The tests that read the code, and so are touched by every change."""

_touched_key = pytest.StashKey[set[Path]]()
ENGINES = {"browser", "empty_postgres_url", "fresh_postgres_url", "postgres_server", "postgres_url", "redis_server"}
_STARTS_PROCESSES = {"tests.support.processes", "tests.support.nginx", "tests.faults.engines"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    about = "only what the changes since `main` touch, on SQLite, without browser and servers"
    parser.addoption("--quick", action="store_true", help=about)


def pytest_configure(config: pytest.Config) -> None:
    """Find out once what has changed."""
    if config.getoption("quick"):
        tests = sorted((ROOT / "tests").rglob("*.py"))
        config.stash[_touched_key] = touched_tests(changed_files(), {path: imports_of(path) for path in tests})


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Do not even import modules that are not touched."""
    touched = config.stash.get(_touched_key, None)
    is_module = collection_path.name.startswith("test_") and collection_path.suffix == ".py"
    return True if touched is not None and is_module and collection_path not in touched else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect tests that take long."""
    if config.getoption("quick"):
        slow = [item for item in items if needs_more_than_sqlite(item)]
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if item not in slow]


def changed_files() -> list[str]:
    """Return what differs from the point where this branch left `main`, committed or not."""
    if subprocess.run(["git", "rev-parse", "--verify", "--quiet", "main"], cwd=ROOT, capture_output=True).returncode:
        raise pytest.UsageError("--quick compares with the branch main, which is not here")
    commands = (["git", "diff", "--name-only", "--merge-base", "main"], ["git", "ls-files", "-o", "--exclude-standard"])
    found = [subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True) for command in commands]
    return [line for each in found for line in each.stdout.splitlines()]


def touched_tests(changed: Iterable[str], imports: dict[Path, set[str]]) -> set[Path]:
    """Return the test modules that have changed, belong to a changed file, or import it themselves.

    `imports` holds the names that each test module imports.
    """
    paths = [Path(name) for name in changed]
    folders = {ROOT / "tests" / ALWAYS, *(folder for path in paths for folder in _folders_of(path))}
    modules = {".".join(path.with_suffix("").parts) for path in paths if path.suffix == ".py"}
    return {
        test
        for test, imported in imports.items()
        if modules & imported or test.relative_to(ROOT) in paths or any(test.is_relative_to(each) for each in folders)
    }


def _folders_of(path: Path) -> Iterator[Path]:
    """The folders with the tests of a product file, or with the users of a test helper beside them."""
    if path.parts[0] == "tests" and not path.name.startswith("test_") and path.parts[1] != "support":
        yield ROOT / path.parent
    if path.parts[0] in ("ops_admin", "templates"):
        # `ops_admin/intune/restore/x.py` is tested in `tests/intune/restore`, or else in `tests/intune`.
        places = (ROOT.joinpath("tests", *path.parts[1:end]) for end in range(len(path.parts) - 1, 1, -1))
        yield from [place for place in places if place.is_dir()][:1]


def imports_of(path: Path) -> set[str]:
    """Return the dotted names that a module imports; for `from a import b` both `a` and `a.b`."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def needs_more_than_sqlite(item: pytest.Item) -> bool:
    """Whether a test uses PostgreSQL, Redis or a browser, or starts processes."""
    assert isinstance(item, pytest.Function)
    chosen = item.callspec.params.values() if hasattr(item, "callspec") else ()
    fixtures = [each.func for known in item._fixtureinfo.name2fixturedefs.values() for each in known]
    return (
        bool(ENGINES & set(item.fixturenames))
        or "postgresql" in chosen
        or any(map(starts_processes, [item.function, *fixtures]))
    )


def starts_processes(function: Callable[..., Any]) -> bool:
    """Whether the module of a test or fixture uses functions that start processes."""
    used = [value for value in getattr(function, "__globals__", {}).values() if isinstance(value, (type, FunctionType))]
    return any(value.__module__ in _STARTS_PROCESSES for value in used)
