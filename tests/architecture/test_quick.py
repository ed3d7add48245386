"""`make quick` runs what a change touches, and nothing that needs more than SQLite."""

from pathlib import Path

import pytest

from tests.integration import test_killed_test_run
from tests.support.factories import make_run
from tests.support.quick import ENGINES, imports_of, needs_more_than_sqlite, starts_processes, touched_tests
from tests.support.sources import ROOT


@pytest.fixture(scope="module")
def imports() -> dict[Path, set[str]]:
    """What the test modules import."""
    return {path: imports_of(path) for path in (ROOT / "tests").rglob("test_*.py")}


@pytest.mark.parametrize(
    ("changed", "touched"),
    [
        ("ops_admin/runs/service.py", {"runs/test_service.py", "runs/test_reconciler.py"}),  # beside it
        ("ops_admin/runs/service.py", {"notifications/test_notification_writer.py"}),  # imports it
        ("ops_admin/intune/restore/lifecycle.py", {"intune/restore/test_deciding.py"}),
        ("ops_admin/intune/home/views.py", {"intune/test_home.py"}),  # has no folder of its own
        ("templates/intune/restore/show.html", {"intune/restore/test_deciding.py"}),
        ("tests/runs/conftest.py", {"runs/test_service.py"}),
        ("tests/support/factories.py", {"runs/test_queries.py"}),
        ("tests/web/test_errors.py", {"web/test_errors.py"}),
        ("README.md", set()),
    ],
)
def test_a_change_touches(changed: str, touched: set[str], imports: dict[Path, set[str]]) -> None:
    found = {path.relative_to(ROOT / "tests").as_posix() for path in touched_tests([changed], imports)}
    assert touched | {"architecture/test_quick.py"} <= found


def test_a_change_does_not_touch_the_rest(imports: dict[Path, set[str]]) -> None:
    found = {path.parent.name for path in touched_tests(["ops_admin/graph/paths.py", "docs/faults.md"], imports)}
    assert found >= {"graph", "architecture"}
    assert not found & {"runs", "web", "access"}


def test_of_a_test_on_both_engines_the_one_on_sqlite_remains(request: pytest.FixtureRequest, database_url: str) -> None:
    assert needs_more_than_sqlite(request.node) == database_url.startswith("postgresql")


def test_what_starts_processes_is_left_out() -> None:
    assert starts_processes(test_killed_test_run.serve_until_killed)
    assert not starts_processes(make_run)


@pytest.mark.parametrize("name", sorted(ENGINES))
def test_the_fixtures_that_need_more_go_by_these_names(name: str, request: pytest.FixtureRequest) -> None:
    assert request.session._fixturemanager.getfixturedefs(name, request.node)
