"""Enrollment configurations keep their order: the first that applies to somebody decides."""

from collections.abc import Iterator
from contextlib import nullcontext

import pytest

from ops_admin.access.queries import Tenant
from tests.graph.simulated import Simulator, running_simulator
from tests.intune.restore.comparing import by_name
from tests.intune.restore.restoring import held, make_backup, make_restore, preview, results_of
from tests.intune.restore.test_crashes import dying, execute_until_it_lives

ENROLLMENT = "deviceEnrollmentConfigurations"
PAGE = "#microsoft.graph.windows10EnrollmentCompletionPageConfiguration"
FIRST, SECOND, THIRD = "Page M", "Page Z", "Page A"


@pytest.fixture(scope="module")
def service() -> Iterator[Simulator]:
    with running_simulator("--strict") as simulator:
        yield simulator


@pytest.fixture
def pages(source: Tenant, simulator: Simulator) -> set[str]:
    """Three pages, of which the alphabet has another opinion than their priorities."""
    simulator.control("DELETE", f"tenants/{source.external_id}/{ENROLLMENT}")
    for name, priority in ((FIRST, 1), (SECOND, 2), (THIRD, 3)):
        page = {"@odata.type": PAGE, "displayName": name, "priority": priority}
        simulator.control("POST", f"tenants/{source.external_id}/{ENROLLMENT}", **page)
    assert priorities(simulator, source) == {FIRST: 1, SECOND: 2, THIRD: 3}
    return {FIRST, SECOND, THIRD}


def priorities(simulator: Simulator, tenant: Tenant) -> dict[str, int]:
    rows = [row for row in held(simulator, tenant, ENROLLMENT) if row["@odata.type"] == PAGE and row["priority"]]
    return {row["displayName"]: row["priority"] for row in rows}


def add_own(simulator: Simulator, target: Tenant) -> None:
    page = {"@odata.type": PAGE, "displayName": "Own", "priority": 1}
    simulator.control("POST", f"tenants/{target.external_id}/{ENROLLMENT}", **page)


@pytest.mark.parametrize("has_own", [False, True])
def test_configurations_are_created_in_the_order_of_their_priorities(
    source: Tenant, target: Tenant, simulator: Simulator, pages: set[str], has_own: bool
) -> None:
    if has_own:
        add_own(simulator, target)
    backup = make_backup(source, types=[ENROLLMENT])
    restore = make_restore(backup, target, by_name(simulator, source, target), names=pages)
    preview(restore)

    execute_until_it_lives(restore, nullcontext)

    expected = {FIRST: 1, SECOND: 2, THIRD: 3}
    assert priorities(simulator, target) == expected | ({"Own": 4} if has_own else {})


@pytest.mark.parametrize("is_done", [True, False], ids=["carried out", "never sent"])
def test_a_death_at_any_write_leaves_the_order_as_it_is_to_be(
    source: Tenant,
    target: Tenant,
    simulator: Simulator,
    monkeypatch: pytest.MonkeyPatch,
    pages: set[str],
    is_done: bool,
) -> None:
    add_own(simulator, target)
    backup = make_backup(source, types=[ENROLLMENT])
    restore = make_restore(backup, target, by_name(simulator, source, target), names=pages)
    preview(restore)

    deaths = execute_until_it_lives(restore, lambda: dying(monkeypatch, after=int(not is_done), is_done=is_done))

    assert deaths >= len(pages)
    assert results_of(restore) == {"written": len(pages)}
    assert priorities(simulator, target) == {FIRST: 1, SECOND: 2, THIRD: 3, "Own": 4}
