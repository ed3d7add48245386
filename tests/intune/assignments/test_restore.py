"""Restores stored assignments without losing others (R22, R45)."""

import itertools
from typing import Any

import pytest

from ops_admin.access.queries import Tenant
from ops_admin.graph.assigning import assign
from ops_admin.infra.database import db, transaction
from ops_admin.intune.assignments import operations, queries
from ops_admin.intune.backups import storage
from ops_admin.intune.backups.models import DbBackupItem
from ops_admin.intune.backups.queries import BackupSet, list_sets_of_policy
from ops_admin.intune.policies.changes import delete_policies
from ops_admin.intune.policies.models import DbPolicy, DbPolicyVersion
from ops_admin.runs import handle, service
from ops_admin.runs.catalog import InvalidInputs
from ops_admin.runs.ledger import Actor
from ops_admin.runs.queries import get_run
from ops_admin.runs.states import Outcome
from ops_admin.runs.worker.execution import execute
from tests.graph.simulated import Simulator
from tests.intune.assignments.assigning import (
    EXCLUSION,
    GROUP,
    assign_live,
    begin,
    count_writes,
    fetch,
    live_targets,
    restore,
    targets_of,
)
from tests.intune.backups.capturing import back_up, items_of, set_of
from tests.intune.synced import policies_of, sync_groups, sync_inventory, sync_without_assignments, versions_of
from tests.support.factories import make_tenant

pytestmark = pytest.mark.usefixtures("impatient")

CATALOG = "configurationPolicies"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def policy(tenant: Tenant, simulator: Simulator) -> DbPolicy:
    """A policy with stored assignments to two groups of the cached directory."""
    sync_inventory(tenant, CATALOG)
    sync_groups(tenant)
    found = policies_of(tenant, CATALOG)[0]
    assign_live(simulator, tenant, CATALOG, found.external_id, [to(simulator, tenant, 0), to(simulator, tenant, 1)])
    fetch(tenant, policy_ids=[found.id])
    return found


def group_id(simulator: Simulator, tenant: Tenant, number: int) -> str:
    groups = simulator.control("GET", f"tenants/{tenant.external_id}/groups")["value"]
    return str(groups[number]["id"])


def to(simulator: Simulator, tenant: Tenant, number: int, kind: str = GROUP) -> dict[str, Any]:
    return {"@odata.type": kind, "groupId": group_id(simulator, tenant, number)}


def present_targets(simulator: Simulator, tenant: Tenant, policy: DbPolicy) -> set[tuple[str, str]]:
    return live_targets(simulator, tenant, policy.type, policy.external_id)


def stored(policy: DbPolicy) -> set[tuple[str, str]]:
    found = queries.find_stored(policy.id)
    assert found is not None
    return targets_of(found.assignments)


def test_removed_assignments_are_restored(tenant: Tenant, simulator: Simulator, policy: DbPolicy) -> None:
    wanted = stored(policy)
    assign_live(simulator, tenant, CATALOG, policy.external_id, [])

    run = restore(tenant, policy_ids=[policy.id])

    assert (run.outcome, run.counts["updated"]) == (Outcome.SUCCEEDED, 1)
    assert present_targets(simulator, tenant, policy) == wanted


def test_assignments_added_meanwhile_stay(tenant: Tenant, simulator: Simulator, policy: DbPolicy) -> None:
    wanted = stored(policy)
    assign_live(simulator, tenant, CATALOG, policy.external_id, [to(simulator, tenant, 5)])

    restore(tenant, policy_ids=[policy.id])

    assert present_targets(simulator, tenant, policy) == wanted | {
        ("groupAssignmentTarget", group_id(simulator, tenant, 5))
    }


def test_a_replacement_removes_added_assignments(tenant: Tenant, simulator: Simulator, policy: DbPolicy) -> None:
    wanted = stored(policy)
    assign_live(simulator, tenant, CATALOG, policy.external_id, [to(simulator, tenant, 5)])

    restore(tenant, policy_ids=[policy.id], mode="replace")

    assert present_targets(simulator, tenant, policy) == wanted


def test_a_policy_that_already_has_the_assignments_is_not_written(
    tenant: Tenant, simulator: Simulator, policy: DbPolicy
) -> None:
    run = restore(tenant, policy_ids=[policy.id])

    assert (run.outcome, run.counts["succeeded"], run.counts["updated"]) == (Outcome.SUCCEEDED, 1, 0)
    assert count_writes(simulator) == 0


def test_nothing_is_sent_without_the_present_assignments(
    tenant: Tenant, simulator: Simulator, policy: DbPolicy
) -> None:
    assign_live(simulator, tenant, CATALOG, policy.external_id, [to(simulator, tenant, 5)])
    options = {"status": 403}
    simulator.control("POST", "faults", effect="status", path=f"{policy.external_id}/assignments", options=options)

    run = restore(tenant, policy_ids=[policy.id])

    assert [failure.code for failure in run.failures] == ["graph.forbidden"]
    assert (run.outcome, count_writes(simulator)) == (Outcome.FAILED, 0)


def test_a_group_can_be_mapped_and_another_skipped(tenant: Tenant, simulator: Simulator, policy: DbPolicy) -> None:
    first, second, other = (group_id(simulator, tenant, number) for number in (0, 1, 7))
    assign_live(simulator, tenant, CATALOG, policy.external_id, [])

    restore(tenant, policy_ids=[policy.id], mapping={first: other, second: "skip"})

    assert present_targets(simulator, tenant, policy) == {("groupAssignmentTarget", other)}


def test_a_group_that_no_longer_exists_needs_a_decision(tenant: Tenant, simulator: Simulator, policy: DbPolicy) -> None:
    simulator.control("DELETE", f"tenants/{tenant.external_id}/groups/{group_id(simulator, tenant, 0)}")
    sync_groups(tenant)
    assign_live(simulator, tenant, CATALOG, policy.external_id, [])

    run = restore(tenant, policy_ids=[policy.id])

    assert [failure.code for failure in run.failures] == ["assignments.group_undecided"]
    assert (count_writes(simulator), present_targets(simulator, tenant, policy)) == (0, set())


def test_a_chosen_group_that_no_longer_exists_is_no_decision(
    tenant: Tenant, simulator: Simulator, policy: DbPolicy
) -> None:
    assign_live(simulator, tenant, CATALOG, policy.external_id, [])

    run = restore(tenant, policy_ids=[policy.id], mapping={group_id(simulator, tenant, 0): "vanished"})

    assert [failure.code for failure in run.failures] == ["assignments.group_undecided"]
    assert count_writes(simulator) == 0


def test_two_groups_assigned_differently_are_not_written_as_one(
    tenant: Tenant, simulator: Simulator, policy: DbPolicy
) -> None:
    first, second = group_id(simulator, tenant, 0), group_id(simulator, tenant, 1)
    assign_live(
        simulator,
        tenant,
        CATALOG,
        policy.external_id,
        [to(simulator, tenant, 0), to(simulator, tenant, 1, EXCLUSION)],
    )
    fetch(tenant, policy_ids=[policy.id, policy.id + 1])

    run = restore(tenant, policy_ids=[policy.id], mapping={first: second})

    assert [failure.code for failure in run.failures] == ["assignments.same_target"]
    assert count_writes(simulator) == 0


class Killed(BaseException):
    """Stands for the death of the process; nothing catches it."""


def test_after_a_crash_a_second_run_writes_only_what_is_missing(
    tenant: Tenant, simulator: Simulator, policy: DbPolicy, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch(tenant)
    chosen = [each for each in policies_of(tenant, CATALOG) if stored(each)]
    wanted = {each.id: stored(each) for each in chosen}
    for each in chosen:
        assign_live(simulator, tenant, CATALOG, each.external_id, [])
    sent = itertools.count()

    def die_after_three(*arguments: Any) -> None:
        assign(*arguments)
        if next(sent) == 2:
            raise Killed

    monkeypatch.setattr(operations, "assign", die_after_three)
    lost = begin("assignments.restore", tenant, policy_ids=sorted(wanted)).run
    with pytest.raises(Killed):
        execute(lost.id)
    service.finish(lost.id, Outcome.FAILED, actor=Actor.worker("housekeeping"))
    monkeypatch.undo()

    run = restore(tenant, policy_ids=sorted(wanted))

    assert (run.outcome, run.counts["updated"]) == (Outcome.SUCCEEDED, len(chosen) - 3)
    assert count_writes(simulator) == len(chosen)
    assert {each.id: present_targets(simulator, tenant, each) for each in chosen} == wanted


def test_an_older_version_can_be_the_source(tenant: Tenant, simulator: Simulator, policy: DbPolicy) -> None:
    wanted, number = stored(policy), versions_of(policy)[-1].number
    simulator.control("PATCH", f"tenants/{tenant.external_id}/{CATALOG}/{policy.external_id}", description="new")
    sync_inventory(tenant, CATALOG)
    assign_live(simulator, tenant, CATALOG, policy.external_id, [to(simulator, tenant, 5)])
    fetch(tenant)
    assert stored(policy) != wanted

    restore(tenant, policy_ids=[policy.id], version=number, mode="replace")

    assert present_targets(simulator, tenant, policy) == wanted


def test_a_backup_can_be_the_source_for_all_it_holds(tenant: Tenant, simulator: Simulator, policy: DbPolicy) -> None:
    backup = set_of(back_up(tenant, types=[CATALOG]))
    before = {each.id: present_targets(simulator, tenant, each) for each in policies_of(tenant, CATALOG)}
    for each in policies_of(tenant, CATALOG):
        assign_live(simulator, tenant, CATALOG, each.external_id, [])

    run = restore(tenant, all=True, backup_set_id=backup.id)

    assert run.outcome == Outcome.SUCCEEDED
    assert {each.id: present_targets(simulator, tenant, each) for each in policies_of(tenant, CATALOG)} == before


@pytest.fixture
def recreated(tenant: Tenant, policy: DbPolicy) -> tuple[BackupSet, list[DbPolicy]]:
    """A backup, and its policies after they were deleted from the console and synced again."""
    backup = set_of(back_up(tenant, types=[CATALOG]))
    delete_policies(tenant.id, [each.id for each in policies_of(tenant, CATALOG)])
    sync_inventory(tenant, CATALOG)
    return backup, policies_of(tenant, CATALOG)


def test_a_backup_finds_its_policies_by_their_ids_in_the_tenant(
    tenant: Tenant, simulator: Simulator, recreated: tuple[BackupSet, list[DbPolicy]]
) -> None:
    backup, policies = recreated
    before = {each.id: present_targets(simulator, tenant, each) for each in policies}
    for each in policies:
        assign_live(simulator, tenant, CATALOG, each.external_id, [])

    run = restore(tenant, all=True, backup_set_id=backup.id)

    assert (run.outcome, run.counts["total"]) == (Outcome.SUCCEEDED, len(policies))
    assert {each.id: present_targets(simulator, tenant, each) for each in policies} == before
    assert [each.id for each in list_sets_of_policy(tenant.id, policies[0].id)] == [backup.id]


def test_a_policy_of_a_backup_that_is_not_in_the_console_is_reported(
    tenant: Tenant, simulator: Simulator, recreated: tuple[BackupSet, list[DbPolicy]]
) -> None:
    backup, policies = recreated
    delete_policies(tenant.id, [policies[0].id])

    run = restore(tenant, all=True, backup_set_id=backup.id)

    assert [(each.code, each.count) for each in run.failures] == [("assignments.policy_missing", 1)]
    assert (run.outcome, run.counts["failed"]) == (Outcome.PARTIALLY_SUCCEEDED, 1)


def test_damaged_assignments_of_a_backup_are_not_written(
    tenant: Tenant, simulator: Simulator, policy: DbPolicy
) -> None:
    backup = set_of(back_up(tenant, policy_ids=[policy.id]))
    with transaction() as session:
        (item,) = items_of(backup)
        session.get_one(DbBackupItem, item.id).assignments = [{"target": to(simulator, tenant, 5)}]

    run = restore(tenant, all=True, backup_set_id=backup.id)

    assert [failure.code for failure in run.failures] == ["assignments.corrupt"]
    assert count_writes(simulator) == 0


def test_the_backup_of_another_tenant_is_no_source(tenant: Tenant, simulator: Simulator, policy: DbPolicy) -> None:
    other = make_tenant()
    set_id = storage.open_set(storage.NewSet(1000, other.workspace_id, other.id, "Theirs", True, "Ada"))
    storage.close_set(set_id)

    run = restore(tenant, policy_ids=[policy.id], backup_set_id=set_id)

    assert (run.outcome, [each.code for each in run.failures]) == (Outcome.FAILED, ["assignments.backup_missing"])


def test_a_policy_without_stored_assignments_is_named_and_the_others_are_restored(
    tenant: Tenant, simulator: Simulator, policy: DbPolicy
) -> None:
    simulator.control("POST", f"tenants/{tenant.external_id}/{CATALOG}/generate", count=1, settings=1)
    sync_without_assignments(simulator, tenant, CATALOG)
    never = next(each for each in policies_of(tenant, CATALOG) if each.assignments_hash is None)
    assign_live(simulator, tenant, CATALOG, policy.external_id, [])

    run = restore(tenant, policy_ids=[policy.id, never.id])

    assert [failure.code for failure in run.failures] == ["assignments.not_stored"]
    assert (run.outcome, run.counts["succeeded"], run.counts["failed"]) == (Outcome.PARTIALLY_SUCCEEDED, 1, 1)


def test_an_invalid_assignment_is_not_sent(tenant: Tenant, simulator: Simulator, policy: DbPolicy) -> None:
    with transaction() as session:
        session.get_one(DbPolicyVersion, versions_of(policy)[-1].id).assignments = [{"target": "all"}]

    run = restore(tenant, policy_ids=[policy.id])

    assert [failure.code for failure in run.failures] == ["assignments.invalid"]
    assert count_writes(simulator) == 0


def test_a_change_that_needs_approval_has_its_own_code(tenant: Tenant, simulator: Simulator, policy: DbPolicy) -> None:
    assign_live(simulator, tenant, CATALOG, policy.external_id, [])
    simulator.control("POST", "faults", effect="approval", path="/assign$")

    run = restore(tenant, policy_ids=[policy.id])

    assert [failure.code for failure in run.failures] == ["graph.approval_required"]


def test_the_assignments_after_the_restore_are_stored(tenant: Tenant, simulator: Simulator, policy: DbPolicy) -> None:
    assign_live(simulator, tenant, CATALOG, policy.external_id, [to(simulator, tenant, 5)])

    run = restore(tenant, policy_ids=[policy.id])

    found = queries.find_fetch(policy.id)
    assert found is not None
    assert found.fetched_run_id == run.id
    assert stored(policy) == present_targets(simulator, tenant, policy)


def test_a_stopped_restore_stores_what_it_has_written(
    tenant: Tenant, simulator: Simulator, policy: DbPolicy, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch(tenant)
    chosen = [each for each in policies_of(tenant, CATALOG) if stored(each)]
    for each in chosen:
        assign_live(simulator, tenant, CATALOG, each.external_id, [to(simulator, tenant, 5)])

    def send_and_be_stopped(*arguments: Any) -> None:
        assign(*arguments)
        service.request_cancel(run.id, Actor.worker("Ada"))

    monkeypatch.setattr(operations, "assign", send_and_be_stopped)
    monkeypatch.setattr(handle, "SECONDS_BETWEEN_STOP_CHECKS", 0)
    run = begin("assignments.restore", tenant, policy_ids=[each.id for each in chosen]).run
    execute(run.id)
    db.session.rollback()

    assert get_run(run.id).outcome == Outcome.CANCELLED
    (written,) = [each for each in chosen if len(present_targets(simulator, tenant, each)) > 1]
    assert stored(written) == present_targets(simulator, tenant, written)


def test_the_intent_and_settings_of_an_app_come_back(tenant: Tenant, simulator: Simulator) -> None:
    sync_inventory(tenant, "mobileApps")
    sync_groups(tenant)
    fetch(tenant)
    app = next(each for each in policies_of(tenant, "mobileApps") if stored(each))
    before = simulator.control("GET", f"tenants/{tenant.external_id}/mobileApps/{app.external_id}")["assignments"]
    assign_live(simulator, tenant, "mobileApps", app.external_id, [])

    restore(tenant, policy_ids=[app.id])

    after = simulator.control("GET", f"tenants/{tenant.external_id}/mobileApps/{app.external_id}")["assignments"]
    told = [(each["intent"], each.get("settings"), each["target"]["groupId"]) for each in before]
    assert [(each["intent"], each.get("settings"), each["target"]["groupId"]) for each in after] == told


def test_the_same_restore_is_one_run_and_cools_down(tenant: Tenant, simulator: Simulator, policy: DbPolicy) -> None:
    one = begin("assignments.restore", tenant, policy_ids=[policy.id])
    assert begin("assignments.restore", tenant, policy_ids=[policy.id]).run.id == one.run.id
    assert begin("assignments.restore", tenant, policy_ids=[policy.id], mode="replace").run.id != one.run.id

    run = restore(tenant, policy_ids=[policy.id])

    again = begin("assignments.restore", tenant, policy_ids=[policy.id])
    assert (run.id, again.run.id, again.answer) == (one.run.id, one.run.id, "recent")


@pytest.mark.parametrize(
    "inputs",
    [
        {},
        {"all": True},
        {"policy_ids": [1, 2], "version": 1},
        {"policy_ids": [1], "version": "x"},
        {"policy_ids": [1], "version": 1, "backup_set_id": 1},
        {"policy_ids": [1], "mode": "append"},
        {"policy_ids": [1], "mapping": ["a"]},
        {"policy_ids": [1], "mapping": {"a": ""}},
        {"policy_ids": [1], "mapping": {"a": 1}},
        {"policy_ids": [1], "mapping": {"a": "x" * 65}},
    ],
)
def test_invalid_inputs_are_refused_by_name(tenant: Tenant, inputs: dict[str, object]) -> None:
    with pytest.raises(InvalidInputs) as caught:
        begin("assignments.restore", tenant, **inputs)  # type: ignore[arg-type]

    assert all(caught.value.errors.values())
