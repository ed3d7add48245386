"""An unexpected item fails alone, with a code, and what was written stays written (R43)."""

from typing import Any

import pytest

from ops_admin.access.queries import Tenant
from ops_admin.graph.canonical import content_hash
from ops_admin.intune.restore.groups import resolve_same_groups
from ops_admin.intune.restore.operations import execution, preview
from ops_admin.intune.restore.queries import RestoreItem, list_groups
from ops_admin.runs.states import Outcome
from tests.graph.simulated import Simulator
from tests.intune.restore.comparing import by_name
from tests.intune.restore.restoring import (
    execute_restore,
    held,
    item_named,
    items_of,
    make_backup,
    make_restore,
    results_of,
    without_assignments,
)
from tests.intune.restore.restoring import preview as look
from tests.intune.restore.test_faults import change_item, codes

TEMPLATES, INTENTS, SCRIPTS = "groupPolicyConfigurations", "intents", "deviceManagementScripts"


@pytest.mark.parametrize("values", [["no object"], {"no": "list"}, [{"presentationValues": ["no object"]}]])
def test_a_policy_that_is_made_of_something_else_is_told_by_the_preview(
    source: Tenant, target: Tenant, values: object
) -> None:
    restore = without_assignments(make_restore(make_backup(source, types=[TEMPLATES]), target))
    odd = items_of(restore)[0].name
    content = {"displayName": odd, "definitionValues": values}
    change_item(restore, odd, content=content, content_hash=content_hash(content))

    assert codes(look(restore)) == codes(execute_restore(restore)) == {"restore.item_odd"}


def test_an_item_that_fails_as_nobody_expects_fails_alone(
    source: Tenant, target: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    restore = without_assignments(make_restore(make_backup(source, types=[TEMPLATES, "roleDefinitions"]), target))
    look(restore)
    odd = items_of(restore)[0]
    real = execution._write_content

    def write(of: execution.Execution, item: RestoreItem, wanted: Any) -> str:
        return real(of, item, wanted) if item.id != odd.id else str(wanted.nothing)

    monkeypatch.setattr(execution, "_write_content", write)
    run = execute_restore(restore)

    (failure,) = run.failures
    assert (run.outcome, failure.code) == (Outcome.PARTIALLY_SUCCEEDED, "unexpected_error")
    assert failure.message.endswith("AttributeError")
    assert item_named(restore, odd.name).failure_code == "unexpected_error"
    assert results_of(restore) == {"written": len(items_of(restore)) - 1, "failed": 1}


def test_a_preview_goes_on_after_an_item_that_it_cannot_look_at(
    source: Tenant, target: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    restore = without_assignments(make_restore(make_backup(source, types=["roleDefinitions"]), target))
    first, *others = items_of(restore)
    real = preview._find

    def find(context: Any, index: Any, wanted: Any, item: RestoreItem, matched: Any) -> Any:
        return real(context, index, wanted, item, matched) if item.id != first.id else wanted.nothing

    monkeypatch.setattr(preview, "_find", find)

    run = look(restore)

    assert (run.outcome, codes(run)) == (Outcome.PARTIALLY_SUCCEEDED, {"unexpected_error"})
    assert [item.problem_code for item in items_of(restore)] == ["unexpected_error"] + [None] * len(others)


def test_a_policy_stays_written_when_its_groups_vanish_before_its_assignments(
    source: Tenant, target: Tenant, simulator: Simulator
) -> None:
    restore = make_restore(make_backup(source, types=[SCRIPTS]), target, by_name(simulator, source, target))
    look(restore)
    simulator.control("POST", "faults", effect="status", method="POST", path="/assign$", options={"status": 403})
    execute_restore(restore)
    simulator.control("DELETE", "faults")
    for row in list_groups(restore.id):
        simulator.control("DELETE", f"tenants/{target.external_id}/groups/{row.target_group_id}")

    run = execute_restore(restore)

    assert codes(run) == {"restore.assignments_dropped"}
    assert {item.state for item in items_of(restore)} == {"written"}
    assert "restore.assignments_dropped" in {item.assignments_failure_code for item in items_of(restore)}
    assert run.counts["created"] == len(items_of(restore))


def test_an_unexpected_end_of_the_assignments_leaves_the_policy_written(
    source: Tenant, target: Tenant, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    restore = make_restore(make_backup(source, types=[SCRIPTS]), target, by_name(simulator, source, target))
    look(restore)

    def fail(*_: object) -> None:
        raise KeyError("odd")

    monkeypatch.setattr(execution, "assign", fail)
    run = execute_restore(restore)

    assert codes(run) == {"unexpected_error"}
    assert {item.state for item in items_of(restore)} == {"written"}
    assert "unexpected_error" in {item.assignments_failure_code for item in items_of(restore)}


def test_settings_that_an_update_cannot_take_away_are_told_and_nothing_is_assigned(
    source: Tenant, simulator: Simulator
) -> None:
    """Graph only adds settings to an intent: the backup's are written, and surplus ones stay."""
    backup = make_backup(source, types=[INTENTS])
    policy = next(each for each in held(simulator, source, INTENTS) if each["settings"])
    surplus = {"id": "more", "definitionId": "deviceConfiguration--more", "valueJson": "true"}
    bent = [{**each, "valueJson": "0"} for each in policy["settings"]]
    path = f"tenants/{source.external_id}/{INTENTS}/{policy['id']}"
    simulator.control("PATCH", path, settings=[*bent, surplus], assignments=[])
    restore = make_restore(backup, source, names={policy["displayName"]})
    resolve_same_groups(restore)
    look(without_assignments(restore))

    first, second = execute_restore(restore), execute_restore(restore)

    assert codes(first) == codes(second) == {"restore.surplus_stays"}
    (live,) = [each for each in held(simulator, source, INTENTS) if each["id"] == policy["id"]]
    assert [each["valueJson"] for each in live["settings"][:-1]] == [each["valueJson"] for each in policy["settings"]]
    assert live["assignments"] == []
    simulator.control("PATCH", path, settings=live["settings"][:-1])
    assert execute_restore(restore).outcome == Outcome.SUCCEEDED
