"""An execution that continues another: finished items are left alone, interrupted ones are found (R43)."""

from collections.abc import Iterator
from typing import Any

import pytest

from ops_admin.access.queries import Tenant
from ops_admin.graph.resources import get_policy_type
from ops_admin.intune.restore.groups import resolve_same_groups
from ops_admin.intune.restore.operations import live
from ops_admin.intune.restore.queries import Restore
from ops_admin.intune.restore.results import ItemLog
from ops_admin.runs.states import Outcome
from ops_admin.runs.worker.execution import execute
from tests.graph.simulated import Simulator, read_all
from tests.graph.test_writing import spoil
from tests.intune.restore.comparing import preview_again
from tests.intune.restore.restoring import (
    actions_of,
    execute_restore,
    held,
    item_named,
    items_of,
    make_backup,
    make_restore,
    preview,
    results_of,
    without_assignments,
    writes_to,
)
from tests.intune.restore.test_crashes import Crash, begin, dying, execute_until_it_lives, give_up_on

SHELL, ROLES = "deviceShellScripts", "roleDefinitions"
UPDATED = (
    "groupPolicyConfigurations",
    "deviceCompliancePolicies",
    "configurationPolicies",
    "conditionalAccessPolicies",
)


def die(*_: object, **__: object) -> None:
    raise Crash


def die_in(monkeypatch: pytest.MonkeyPatch, restore: Restore, step: str) -> None:
    """Execute until the first `step` of the item log, and then give up on the run."""
    with monkeypatch.context() as patch:
        patch.setattr(ItemLog, step, die)
        run = begin(restore)
        with pytest.raises(Crash):
            execute(run.id)
    give_up_on(run)


def prepared(source: Tenant, target: Tenant, *types: str) -> Restore:
    restore = without_assignments(make_restore(make_backup(source, types=list(types)), target))
    preview(restore)
    return restore


@pytest.mark.parametrize("is_done", [True, False], ids=["carried out", "never sent"])
def test_death_at_every_write_of_an_update(
    source: Tenant, simulator: Simulator, monkeypatch: pytest.MonkeyPatch, is_done: bool
) -> None:
    """A half-written policy is not as the preview saw it. Only the announcement shows that we wrote it."""
    backup = make_backup(source, types=list(UPDATED))
    for policy_type in map(get_policy_type, UPDATED):
        for content in read_all(simulator.client(), policy_type):
            spoil(simulator, policy_type, content)
    restore = make_restore(backup, source)
    resolve_same_groups(restore)
    without_assignments(restore)
    preview(restore)
    assert set(actions_of(restore)) == {"update"}

    deaths = execute_until_it_lives(restore, lambda: dying(monkeypatch, after=int(not is_done), is_done=is_done))

    assert deaths >= len(items_of(restore))
    assert set(results_of(restore)) == {"written"}
    assert set(actions_of(preview_again(restore))) == {"unchanged"}


def test_a_policy_whose_id_is_known_is_not_looked_for_in_a_list_that_lags(
    source: Tenant, target: Tenant, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    restore = prepared(source, target, SHELL)
    die_in(monkeypatch, restore, "written")
    assert item_named(restore, "Tidy Dock").written_external_id is not None

    def nothing_yet(*_: object) -> Iterator[list[dict[str, Any]]]:
        return iter(())

    monkeypatch.setattr(live, "list_policies", nothing_yet)
    assert execute_restore(restore).outcome == Outcome.SUCCEEDED

    assert len(held(simulator, target, SHELL)) == 1


def test_a_policy_whose_id_is_known_and_that_was_deleted_is_made_again(
    source: Tenant, target: Tenant, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    restore = prepared(source, target, SHELL)
    die_in(monkeypatch, restore, "written")
    (made,) = held(simulator, target, SHELL)
    simulator.control("DELETE", f"tenants/{target.external_id}/{SHELL}/{made['id']}")

    assert execute_restore(restore).outcome == Outcome.SUCCEEDED

    assert len(held(simulator, target, SHELL)) == 1


def test_what_is_done_is_left_alone_even_when_somebody_changes_it_afterwards(
    source: Tenant, target: Tenant, simulator: Simulator
) -> None:
    restore = prepared(source, target, SHELL, ROLES)
    fault = {"effect": "status", "options": {"status": 403}}
    simulator.control("POST", "faults", path=f"/{ROLES}$", method="POST", **fault)
    execute_restore(restore)
    (made,) = held(simulator, target, SHELL)
    simulator.control("PATCH", f"tenants/{target.external_id}/{SHELL}/{made['id']}", description="by hand")
    simulator.control("DELETE", "faults")
    simulator.control("DELETE", "requests")

    run = execute_restore(restore)

    assert (run.outcome, run.counts["processed"]) == (Outcome.SUCCEEDED, len(items_of(restore)))
    assert held(simulator, target, SHELL)[0]["description"] == "by hand"
    assert not [path for _, path in writes_to(simulator, target) if SHELL in path]


def test_a_policy_that_says_so_already_is_told_as_unchanged(
    source: Tenant, target: Tenant, simulator: Simulator
) -> None:
    execute_restore(prepared(source, target, SHELL, ROLES))
    simulator.control("DELETE", "requests")

    again = prepared(source, target, SHELL, ROLES)
    run = execute_restore(again)

    assert {item.state for item in items_of(again)} == {"unchanged"}
    assert (run.counts["updated"], run.counts["created"], writes_to(simulator, target)) == (0, 0, [])


def test_of_equal_twins_the_second_is_not_taken_for_the_first_that_was_refused(
    source: Tenant, target: Tenant, simulator: Simulator
) -> None:
    """What appeared since the first was tried was created by the second."""
    twins = [{"displayName": "Twin", "scriptContent": "eA=="}] * 2
    simulator.control("POST", f"tenants/{source.external_id}/{SHELL}", value=twins)
    restore = without_assignments(make_restore(make_backup(source, types=[SHELL]), target, names={"Twin"}))
    preview(restore)
    refusal = {"effect": "status", "options": {"status": 403}, "times": 1}
    simulator.control("POST", "faults", path=f"/{SHELL}$", method="POST", **refusal)
    assert execute_restore(restore).outcome == Outcome.PARTIALLY_SUCCEEDED

    assert execute_restore(restore).outcome == Outcome.SUCCEEDED

    made = {item.written_external_id for item in items_of(restore)}
    assert made == {each["id"] for each in held(simulator, target, SHELL)}
    assert len(made) == 2
