"""What can go wrong with a restore: a stable code for the item, and nothing written that its page does not show."""

from typing import Any

import pytest
from sqlalchemy import text

from ops_admin.access.queries import Tenant
from ops_admin.infra.database import transaction
from ops_admin.intune.assignment_hashes import assignments_hash
from ops_admin.intune.backups.models import DbBackupItem
from ops_admin.intune.backups.queries import BackupSet
from ops_admin.intune.restore.decisions import ChoiceRefused, decide_conflict
from ops_admin.intune.restore.groups import Decided, decide_groups
from ops_admin.intune.restore.models import DbRestoreItem
from ops_admin.intune.restore.queries import Restore, list_groups
from ops_admin.intune.restore.states import Choice, RestoreStatus
from ops_admin.runs import service
from ops_admin.runs.handle import RunHandle
from ops_admin.runs.ledger import Actor, Run
from ops_admin.runs.states import Outcome
from tests.graph.simulated import Simulator
from tests.intune.restore.comparing import assert_written_once, by_name
from tests.intune.restore.restoring import (
    actions_of,
    execute_restore,
    fresh,
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

# Many damage a backup, and drop the triggers that prevent it.
pytestmark = pytest.mark.own_app

SCRIPTS = "deviceManagementScripts"
SHELL = "deviceShellScripts"
ROLES = "roleDefinitions"
CATALOG = "configurationPolicies"


@pytest.fixture
def backup(source: Tenant) -> BackupSet:
    return make_backup(source, types=[SCRIPTS, SHELL, ROLES])


def restored(backup: BackupSet, target: Tenant, **options: Any) -> Restore:
    restore = without_assignments(make_restore(backup, target, **options))
    preview(restore)
    return fresh(restore)


def codes(run: Run) -> set[str]:
    return {each.code for each in run.failures}


def change_item(restore: Restore, name: str, **values: object) -> None:
    """Change a backup item as only damage or forgery could; the database normally refuses it."""
    item = item_named(restore, name)
    with transaction() as session:
        for trigger in session.execute(
            text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'backup_items'")
        ).scalars():
            session.execute(text(f"DROP TRIGGER {trigger}"))
        row = session.get_one(DbBackupItem, item.backup_item_id)
        for column, value in values.items():
            setattr(row, column, value)


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"content": {"displayName": "Tidy Dock", "scriptContent": "Zm9yZ2Vk"}}, "restore.item_corrupt"),
        ({"content": {"scriptContent": "x"}}, "restore.item_corrupt"),
        ({"content": ["no", "object"]}, "restore.item_corrupt"),
        ({"assignments": []}, "restore.item_corrupt"),
        ({"assignments": None}, "restore.item_corrupt"),
        ({"content": None, "content_hash": None, "failure_code": "graph.forbidden"}, "restore.item_unreadable"),
        ({"type": "somethingElse"}, "restore.type_unknown"),
    ],
)
def test_a_damaged_item_is_not_written_and_the_others_are(
    backup: BackupSet, target: Tenant, simulator: Simulator, values: dict[str, object], code: str
) -> None:
    restore = without_assignments(make_restore(backup, target))
    change_item(restore, "Tidy Dock", **values)

    looked, run = preview(restore), execute_restore(restore)

    assert (looked.outcome, codes(looked)) == (Outcome.PARTIALLY_SUCCEEDED, {code})
    assert (run.outcome, codes(run)) == (Outcome.PARTIALLY_SUCCEEDED, {code})
    assert item_named(restore, "Tidy Dock").failure_code == code
    assert held(simulator, target, SHELL) == []
    assert results_of(restore)["written"] == len(items_of(restore)) - 1


def test_assignments_that_are_none_are_not_written(
    backup: BackupSet, source: Tenant, target: Tenant, simulator: Simulator
) -> None:
    restore = make_restore(backup, target, by_name(simulator, source, target))
    none = [{"target": "nobody"}]
    change_item(restore, "Tidy Dock", assignments=none, assignments_hash=assignments_hash(none))
    preview(restore)

    run = execute_restore(restore)

    item = item_named(restore, "Tidy Dock")
    assert (item.state, item.assignments_state) == ("written", "failed")
    assert codes(run) == {item.assignments_failure_code} == {"assignments.invalid"}


def test_a_deleted_item_is_gone(backup: BackupSet, target: Tenant) -> None:
    restore = without_assignments(make_restore(backup, target))
    with transaction() as session:
        row = session.get_one(DbRestoreItem, item_named(restore, "Tidy Dock").id)
        row.backup_item_id = 999_999

    assert codes(preview(restore)) == {"restore.item_gone"}


def test_a_group_that_vanished_stops_the_policies_that_name_it(
    source: Tenant, target: Tenant, simulator: Simulator
) -> None:
    backup = make_backup(source, types=["conditionalAccessPolicies"])
    mapping = by_name(simulator, source, target)
    restore = make_restore(backup, target, mapping)
    preview(restore)
    gone = next(row.target_group_id for row in list_groups(restore.id))
    simulator.control("DELETE", f"tenants/{target.external_id}/groups/{gone}")

    run = execute_restore(restore)

    assert run.outcome in (Outcome.PARTIALLY_SUCCEEDED, Outcome.FAILED)
    assert "restore.group_missing" in codes(run)
    left_out = [item for item in items_of(restore) if item.failure_code == "restore.group_missing"]
    assert {item.state for item in left_out} == {"failed"}
    names = {each["displayName"] for each in held(simulator, target, "conditionalAccessPolicies")}
    assert names.isdisjoint({item.name for item in left_out})


def test_a_preview_says_that_a_group_vanished(source: Tenant, target: Tenant, simulator: Simulator) -> None:
    backup = make_backup(source, types=[SCRIPTS])
    restore = make_restore(backup, target)
    gone = {row.source_group_id: Decided("11111111-2222-4333-8444-555555555555") for row in list_groups(restore.id)}
    decide_groups(restore, gone)

    assert preview(restore).outcome == Outcome.SUCCEEDED
    assert "restore.assignments_dropped" in {item.assignments_failure_code for item in items_of(restore)}


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"effect": "status", "options": {"status": 403, "nested": 1}}, "graph.forbidden"),
        ({"effect": "status", "options": {"status": 400, "nested": 2}}, "graph.bad_request"),
        ({"effect": "status", "options": {"status": 409}}, "graph.conflict"),
        ({"effect": "approval"}, "graph.approval_required"),
    ],
)
def test_a_type_that_the_target_refuses_fails_alone_and_can_be_continued(
    backup: BackupSet, target: Tenant, simulator: Simulator, fault: dict[str, Any], code: str
) -> None:
    restore = restored(backup, target)
    simulator.control("POST", "faults", path=f"/{SHELL}$", method="POST", **fault)

    run = execute_restore(restore)

    assert (run.outcome, codes(run), fresh(restore).status) == (Outcome.PARTIALLY_SUCCEEDED, {code}, "partial")
    assert item_named(restore, "Tidy Dock").failure_code == code
    simulator.control("DELETE", "faults")
    again = execute_restore(restore)
    assert (again.outcome, fresh(restore).status) == (Outcome.SUCCEEDED, "completed")
    assert again.counts["succeeded"] == again.counts["total"] == len(items_of(restore))
    assert_written_once(simulator, target, created=len(items_of(restore)))


def test_a_tenant_without_licence_fails_as_a_whole(backup: BackupSet, target: Tenant, simulator: Simulator) -> None:
    restore = without_assignments(make_restore(backup, target))
    fault = {"effect": "status", "options": {"status": 403, "nested": 1, "message": "The tenant is not licensed."}}
    simulator.control("POST", "faults", path="/deviceManagement/", **fault)

    run = preview(restore)

    assert (run.outcome, codes(run)) == (Outcome.FAILED, {"graph.forbidden"})
    assert {item.problem_code for item in items_of(restore)} == {"graph.forbidden"}


@pytest.mark.parametrize("status", [None, 500, 502, 503, 504])
@pytest.mark.usefixtures("impatient")
def test_an_unanswered_create_is_looked_for_and_not_repeated(
    backup: BackupSet, target: Tenant, simulator: Simulator, status: int | None
) -> None:
    """The tenant created the policy, but the answer was lost or said that the request was not served."""
    restore = restored(backup, target)
    effect, options = ("status", {"performed": True, "status": status}) if status else ("drop", {"performed": True})
    simulator.control("POST", "faults", effect=effect, path=f"/{SHELL}$", method="POST", options=options)

    run = execute_restore(restore)

    assert run.outcome == Outcome.SUCCEEDED
    (made,) = held(simulator, target, SHELL)
    assert item_named(restore, "Tidy Dock").written_external_id == made["id"]


@pytest.mark.usefixtures("impatient")
def test_a_create_that_was_not_served_is_tried_again(backup: BackupSet, target: Tenant, simulator: Simulator) -> None:
    restore = restored(backup, target)
    fault = {"effect": "status", "method": "POST", "times": 2, "options": {"status": 503}}
    simulator.control("POST", "faults", path=f"/{SHELL}$", **fault)

    assert execute_restore(restore).outcome == Outcome.SUCCEEDED

    assert len(held(simulator, target, SHELL)) == 1


def test_two_policies_of_the_name_are_a_conflict_and_never_a_guess(
    backup: BackupSet, target: Tenant, simulator: Simulator
) -> None:
    make_twins(simulator, target)
    restore = restored(backup, target)
    assert actions_of(restore)["conflict"] == 1

    run = execute_restore(restore)

    assert codes(run) == {"restore.conflict"}
    assert [each["description"] for each in held(simulator, target, SHELL)] == ["first", "second"]


def test_the_chosen_one_of_two_is_updated(backup: BackupSet, target: Tenant, simulator: Simulator) -> None:
    make_twins(simulator, target)
    restore = restored(backup, target)
    first, second = held(simulator, target, SHELL)
    item = item_named(restore, "Tidy Dock")
    with pytest.raises(ChoiceRefused):
        decide_conflict(restore, item.id, Choice.UPDATE, "another")
    decide_conflict(restore, item.id, Choice.UPDATE, second["id"])

    assert execute_restore(restore).outcome == Outcome.SUCCEEDED

    found = {each["id"]: each["description"] for each in held(simulator, target, SHELL)}
    assert found[first["id"]] == "first"
    assert found[second["id"]] != "second"


@pytest.mark.parametrize(("choice", "held_after"), [(Choice.CREATE, 3), (Choice.SKIP, 2)])
def test_a_conflict_can_be_left_or_a_third_one_made(
    backup: BackupSet, target: Tenant, simulator: Simulator, choice: Choice, held_after: int
) -> None:
    make_twins(simulator, target)
    restore = restored(backup, target)
    decide_conflict(restore, item_named(restore, "Tidy Dock").id, choice, None)

    assert execute_restore(restore).outcome == Outcome.SUCCEEDED
    assert len(held(simulator, target, SHELL)) == held_after


def make_twins(simulator: Simulator, tenant: Tenant) -> None:
    twins = [{"displayName": "Tidy Dock", "description": word, "scriptContent": "eA=="} for word in ("first", "second")]
    simulator.control("POST", f"tenants/{tenant.external_id}/{SHELL}", value=twins)


def test_an_existing_policy_is_updated_and_not_doubled(backup: BackupSet, target: Tenant, simulator: Simulator) -> None:
    one = {"displayName": "Tidy Dock", "description": "old", "scriptContent": "eA=="}
    simulator.control("POST", f"tenants/{target.external_id}/{SHELL}", value=[one])
    restore = restored(backup, target)
    item = item_named(restore, "Tidy Dock")
    assert (item.action, item.matched_by, item.changes_total > 0) == ("update", "name", True)

    execute_restore(restore)

    (found,) = held(simulator, target, SHELL)
    assert found["description"] != "old"


def test_in_its_own_tenant_a_policy_is_matched_by_its_id(source: Tenant, simulator: Simulator) -> None:
    backup = make_backup(source, types=[SHELL])
    (policy,) = held(simulator, source, SHELL)
    renamed = {"displayName": "Renamed meanwhile"}
    simulator.control("PATCH", f"tenants/{source.external_id}/{SHELL}/{policy['id']}", **renamed)
    restore = restored(backup, source)
    assert item_named(restore, "Tidy Dock").matched_by == "origin_id"

    execute_restore(restore)

    (found,) = held(simulator, source, SHELL)
    assert (found["id"], found["displayName"]) == (policy["id"], "Tidy Dock")


def test_what_somebody_changed_after_the_preview_is_not_overwritten(
    backup: BackupSet, target: Tenant, simulator: Simulator
) -> None:
    one = {"displayName": "Tidy Dock", "description": "old", "scriptContent": "eA=="}
    simulator.control("POST", f"tenants/{target.external_id}/{SHELL}", value=[one])
    restore = restored(backup, target)
    (policy,) = held(simulator, target, SHELL)
    simulator.control("PATCH", f"tenants/{target.external_id}/{SHELL}/{policy['id']}", description="by hand")

    assert codes(execute_restore(restore)) == {"restore.target_changed"}
    assert held(simulator, target, SHELL)[0]["description"] == "by hand"


def test_what_somebody_made_after_the_preview_is_not_doubled(
    backup: BackupSet, target: Tenant, simulator: Simulator
) -> None:
    restore = restored(backup, target)
    one = {"displayName": "Tidy Dock", "description": "by hand", "scriptContent": "eA=="}
    simulator.control("POST", f"tenants/{target.external_id}/{SHELL}", value=[one])

    assert codes(execute_restore(restore)) == {"restore.target_changed"}
    assert len(held(simulator, target, SHELL)) == 1


def test_other_assignments_of_an_existing_policy_stay(source: Tenant, target: Tenant, simulator: Simulator) -> None:
    restore = make_restore(make_backup(source, types=[SCRIPTS]), target, by_name(simulator, source, target))
    preview(restore)
    execute_restore(restore)
    policy = next(each for each in held(simulator, target, SCRIPTS) if each["assignments"])
    other = held(simulator, target, "groups")[-1]["id"]
    goes = {"target": {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": other}}
    simulator.control("PATCH", f"tenants/{target.external_id}/{SCRIPTS}/{policy['id']}", assignments=[goes])

    again = make_restore(make_backup(source, types=[SCRIPTS]), target, by_name(simulator, source, target))
    preview(again)
    execute_restore(again)

    groups = {
        each["target"].get("groupId")
        for found in held(simulator, target, SCRIPTS)
        if found["id"] == policy["id"]
        for each in found["assignments"]
    }
    assert other in groups
    assert len(groups) > 1


def test_assignments_that_cannot_be_read_are_not_replaced(source: Tenant, target: Tenant, simulator: Simulator) -> None:
    restore = make_restore(make_backup(source, types=[SCRIPTS]), target, by_name(simulator, source, target))
    preview(restore)
    execute_restore(restore)
    for policy in held(simulator, target, SCRIPTS):
        simulator.control("PATCH", f"tenants/{target.external_id}/{SCRIPTS}/{policy['id']}", assignments=[])
    again = make_restore(make_backup(source, types=[SCRIPTS]), target, by_name(simulator, source, target))
    preview(again)
    simulator.control("POST", "faults", effect="status", path="/assignments$", options={"status": 403})
    simulator.control("DELETE", "requests")

    run = execute_restore(again)

    assert codes(run) == {"graph.forbidden"}
    assert writes_to(simulator, target) == []


def test_throttling_slows_and_fails_nothing(
    backup: BackupSet, target: Tenant, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    restore = restored(backup, target)
    waits: list[float] = []
    monkeypatch.setattr(RunHandle, "wait", lambda handle, seconds: waits.append(seconds))
    options = {"status": 429, "retry_after": 3, "nested": 1}
    simulator.control("POST", "faults", effect="status", method="POST", times=4, path="device", options=options)

    run = execute_restore(restore)

    assert (run.outcome, waits.count(3)) == (Outcome.SUCCEEDED, 4)
    assert_written_once(simulator, target, created=len(items_of(restore)))


def test_an_outage_leaves_the_rest_for_later(
    backup: BackupSet, target: Tenant, simulator: Simulator, impatient: None
) -> None:
    restore = restored(backup, target)
    simulator.control("POST", "faults", effect="status", method="POST", path="device", options={"status": 503})

    run = execute_restore(restore)

    assert (run.outcome, codes(run)) == (Outcome.FAILED, {"graph.unavailable", "restore.stopped"})
    assert results_of(restore)["failed"] == 3
    assert results_of(restore)["pending"] == len(items_of(restore)) - 3
    simulator.control("DELETE", "faults")
    assert execute_restore(restore).outcome == Outcome.SUCCEEDED


def test_a_cancel_leaves_an_honest_restore_that_can_be_continued(
    backup: BackupSet, target: Tenant, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    restore = restored(backup, target)
    real = RunHandle.count

    def count(handle: RunHandle, **increments: int) -> None:
        real(handle, **increments)
        if handle.counts["processed"] == 2:
            service.request_cancel(handle.run_id, Actor.worker("Somebody"))
            handle._asked_at = float("-inf")

    monkeypatch.setattr(RunHandle, "count", count)
    run = execute_restore(restore)
    monkeypatch.undo()

    assert (run.outcome, fresh(restore).status) == (Outcome.CANCELLED, RestoreStatus.CANCELLED)
    assert results_of(restore) == {"written": 2, "pending": len(items_of(restore)) - 2}
    assert execute_restore(restore).outcome == Outcome.SUCCEEDED
    assert_written_once(simulator, target, created=len(items_of(restore)))


def test_twins_of_the_backup_are_told_apart_by_what_they_say(
    source: Tenant, target: Tenant, simulator: Simulator
) -> None:
    twins = [{"displayName": "Twin", "description": word, "scriptContent": "eA=="} for word in ("one", "other")]
    simulator.control("POST", f"tenants/{source.external_id}/{SHELL}", value=twins)
    backup = make_backup(source, types=[SHELL])
    first = restored(backup, target)
    execute_restore(first)

    again = restored(backup, target)

    assert actions_of(again) == {"unchanged": 3}
    assert sorted(each["description"] for each in held(simulator, target, SHELL) if each["displayName"] == "Twin") == [
        "one",
        "other",
    ]


def test_a_policy_is_not_written_without_a_group_that_its_conditions_name(
    source: Tenant, target: Tenant, simulator: Simulator
) -> None:
    restore = without_assignments(make_restore(make_backup(source, types=["conditionalAccessPolicies"]), target))
    named = items_of(restore)
    preview(restore)

    run = execute_restore(restore)

    assert run.outcome == Outcome.SUCCEEDED  # what was left out on purpose has not failed
    left_out = {item.name for item in items_of(restore) if item.failure_code == "restore.group_inside_skipped"}
    there = {policy["displayName"] for policy in held(simulator, target, "conditionalAccessPolicies")}
    assert left_out
    assert run.counts["skipped"] == len(left_out)
    assert there == {item.name for item in named} - left_out
