"""How the session is run and failures are reported: grouping for xdist, logs and screenshots."""

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

ARTIFACTS = Path(__file__).parents[1] / "artifacts"

# Tests that share a set of running processes must share an xdist worker as well.
SHARED_PROCESSES = ("embedded", "scaled")

outcome_key = pytest.StashKey[dict[str | None, pytest.TestReport]]()


# Runs before xdist's own hook, which reads the marks.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put all tests of the same running console on the same worker."""
    for item in items:
        for name in SHARED_PROCESSES:
            if name in _fixtures_of(item):
                item.add_marker(pytest.mark.xdist_group(name))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[Any]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember the result of each phase, for fixtures that keep evidence, and add process logs."""
    report = yield
    item.stash.setdefault(outcome_key, {})[report.when] = report
    if report.failed:
        for value in getattr(item, "funcargs", {}).values():
            for title, text in getattr(value, "logs", dict)().items():
                report.sections.append((f"log of {title}", text))
    return report


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Record for `.ci/run` whether the session completed or was aborted."""
    if session.config.cache is not None:
        session.config.cache.set("ops_admin/ending", int(exitstatus))


def _fixtures_of(item: pytest.Item) -> set[object]:
    """The names of the fixtures that the test uses, including those in parameter values."""
    chosen = item.callspec.params.values() if isinstance(item, pytest.Function) and hasattr(item, "callspec") else ()
    return {*getattr(item, "fixturenames", ()), *(value for value in chosen if isinstance(value, str))}


def has_failed(item: pytest.Item) -> bool:
    """Whether the setup or the body of the test failed."""
    return any(report.failed for report in item.stash.get(outcome_key, {}).values())


def artifact_path(item: pytest.Item, suffix: str) -> Path:
    """A file in tests/artifacts named after the test."""
    ARTIFACTS.mkdir(exist_ok=True)
    name = "".join(letter if letter.isalnum() else "-" for letter in item.nodeid.removeprefix("tests/"))
    return ARTIFACTS / f"{name[:150]}{suffix}"
