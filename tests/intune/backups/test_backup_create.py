"""Captures a tenant's policies and assignments in a set that never changes (R42)."""

import itertools
from typing import Any

import pytest

from ops_admin.access.queries import Tenant
from ops_admin.graph.canonical import content_hash
from ops_admin.graph.settings import DEFAULT_LIMITS
from ops_admin.intune.assignment_hashes import assignments_hash
from ops_admin.intune.backups import operations, storage
from ops_admin.intune.backups.items import CapturedItem
from ops_admin.intune.backups.queries import find_backup_set
from ops_admin.intune.backups.states import BackupStatus
from ops_admin.intune.backups.storage import SetClosed
from ops_admin.intune.secret_values import masked
from ops_admin.runs import service
from ops_admin.runs.dispatch import start
from ops_admin.runs.handle import RunHandle
from ops_admin.runs.ledger import Actor
from ops_admin.runs.states import Outcome
from ops_admin.runs.worker.execution import execute
from tests.graph.simulated import CONTOSO, Simulator
from tests.intune.backups.capturing import all_sets, back_up, items_of, set_of
from tests.intune.synced import policies_of, sync_inventory
from tests.support.factories import make_tenant

pytestmark = pytest.mark.usefixtures("impatient")

CATALOG = "configurationPolicies"
GROUP_ASSIGNED = "deviceConfigurations"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def break_graph(simulator: Simulator, effect: str, path: str, **rule: Any) -> None:
    options = {name: rule.pop(name) for name in list(rule) if name not in ("times", "skip", "method")}
    simulator.control("POST", "faults", effect=effect, path=path, options=options, **rule)


def live(simulator: Simulator, type_key: str) -> dict[str, dict[str, Any]]:
    """The tenant's policies of a type, by id."""
    return {row["id"]: row for row in simulator.stored(type_key) if not row.get("isBuiltIn")}


def test_the_whole_tenant_is_captured(tenant: Tenant, simulator: Simulator) -> None:
    run = back_up(tenant)

    backup = set_of(run)
    assert (run.outcome, backup.status, backup.failed_count) == (Outcome.SUCCEEDED, BackupStatus.COMPLETE, 0)
    assert run.counts["total"] == run.counts["succeeded"] == backup.item_count
    for type_key in (CATALOG, GROUP_ASSIGNED, "mobileApps", "conditionalAccessPolicies"):
        expected = {each["id"]: content_hash(masked(each)) for each in live(simulator, type_key).values()}
        assert {item.external_id: item.content_hash for item in items_of(backup, type_key)} == expected


def test_assignments_are_captured_where_a_type_has_them(tenant: Tenant, simulator: Simulator) -> None:
    backup = set_of(back_up(tenant))

    for item in items_of(backup, GROUP_ASSIGNED):
        assert item.assignments == live(simulator, GROUP_ASSIGNED)[item.external_id]["assignments"]
    assert {item.assignments for item in items_of(backup, "roleDefinitions")} == {None}


def test_without_assignments_none_are_requested(tenant: Tenant, simulator: Simulator) -> None:
    simulator.control("DELETE", "requests")

    backup = set_of(back_up(tenant, assignments=False))

    assert backup.with_assignments is False
    assert all(item.assignments is None for item in items_of(backup))
    assert simulator.control("GET", "requests?path=/assignments&count=1")["count"] == 0


def test_only_the_chosen_types_are_captured(tenant: Tenant) -> None:
    backup = set_of(back_up(tenant, types=[CATALOG, "intents"]))

    assert {item.type for item in items_of(backup)} == {CATALOG, "intents"}


def test_chosen_policies_equal_those_that_a_sync_stored(tenant: Tenant) -> None:
    sync_inventory(tenant, CATALOG, GROUP_ASSIGNED, "deviceManagementScripts")
    chosen = policies_of(tenant)[::3]

    backup = set_of(back_up(tenant, policy_ids=[policy.id for policy in chosen]))

    captured = {item.policy_id: item.content_hash for item in items_of(backup)}
    assert captured == {policy.id: policy.content_hash for policy in chosen}


def test_a_policy_of_another_tenant_is_not_captured_but_listed(tenant: Tenant) -> None:
    sync_inventory(tenant, "intents")
    other = make_tenant()

    run = back_up(other, policy_ids=[policies_of(tenant)[0].id])

    assert (run.outcome, set_of(run).status) == (Outcome.FAILED, BackupStatus.FAILED)
    assert [failure.code for failure in run.failures] == ["backup.policy_missing"]
    assert [item.failure_code for item in items_of(set_of(run))] == ["backup.policy_missing"]


def test_a_backup_of_an_empty_tenant_is_complete_and_empty(empty_tenant: Tenant) -> None:
    run = back_up(empty_tenant)

    assert (run.outcome, set_of(run).status, set_of(run).item_count) == (Outcome.SUCCEEDED, BackupStatus.COMPLETE, 0)


def test_what_cannot_be_read_is_listed_and_the_rest_is_captured(tenant: Tenant, simulator: Simulator) -> None:
    broken = next(iter(live(simulator, CATALOG)))
    break_graph(simulator, "status", f"/{CATALOG}/{broken}/settings", status=403)

    run = back_up(tenant, types=[CATALOG])

    backup = set_of(run)
    assert (run.outcome, backup.status, backup.failed_count) == (
        Outcome.PARTIALLY_SUCCEEDED, BackupStatus.PARTIAL, 1
    )  # fmt: skip
    failed = [item for item in items_of(backup) if item.failure_code]
    assert [(item.external_id, item.failure_code, item.content) for item in failed] == [
        (broken, "graph.forbidden", None)
    ]
    assert backup.item_count == len(live(simulator, CATALOG)) - 1


def test_assignments_that_cannot_be_read_are_listed_beside_the_policy(tenant: Tenant, simulator: Simulator) -> None:
    broken = next(iter(live(simulator, GROUP_ASSIGNED)))
    break_graph(simulator, "status", "expand=assignments", status=400)
    break_graph(simulator, "status", f"/{GROUP_ASSIGNED}/{broken}/assignments", status=404)

    run = back_up(tenant, types=[GROUP_ASSIGNED])

    item = next(item for item in items_of(set_of(run)) if item.external_id == broken)
    assert (item.assignments_failure_code, item.assignments) == ("graph.not_found", None)
    assert item.content is not None
    assert (run.outcome, set_of(run).status) == (Outcome.PARTIALLY_SUCCEEDED, BackupStatus.PARTIAL)


def test_a_type_that_cannot_be_listed_is_named(tenant: Tenant, simulator: Simulator) -> None:
    break_graph(simulator, "status", r"/mobileApps($|\?)", status=403)

    run = back_up(tenant, types=["mobileApps", CATALOG])

    failed = [item for item in items_of(set_of(run)) if item.failure_code]
    assert [(item.type, item.external_id, item.failure_code) for item in failed] == [
        ("mobileApps", "", "graph.forbidden")
    ]
    assert run.outcome == Outcome.PARTIALLY_SUCCEEDED


def test_where_nothing_can_be_read_the_set_says_so(tenant: Tenant, simulator: Simulator) -> None:
    break_graph(simulator, "status", "/beta/", status=403)

    run = back_up(tenant, types=[CATALOG])

    assert (run.outcome, set_of(run).status) == (Outcome.FAILED, BackupStatus.FAILED)
    assert set_of(run).content_hash is None
    assert [failure.code for failure in run.failures] == ["graph.forbidden"]


def test_an_outage_at_the_beginning_is_tried_again_into_the_same_set(tenant: Tenant, simulator: Simulator) -> None:
    break_graph(simulator, "status", r"/configurationPolicies($|\?)", status=503, times=DEFAULT_LIMITS.max_attempts)

    run = back_up(tenant, types=[CATALOG])

    assert (run.attempt, run.outcome) == (2, Outcome.SUCCEEDED)
    assert len(all_sets()) == 1


def test_a_further_attempt_keeps_what_was_captured_and_tries_again_what_failed(tenant: Tenant) -> None:
    new = storage.NewSet(1000, tenant.workspace_id, tenant.id, "Twice", True, "Ada")
    whole = CapturedItem("intents", "a", "A", {"displayName": "A"}, "0" * 64)
    failed = CapturedItem("intents", "b", "B", failure_code="graph.unavailable")
    set_id = storage.open_set(new)
    storage.record_items(set_id, tenant.id, [whole, failed])

    assert storage.open_set(new) == set_id
    assert storage.captured_ids(set_id, "intents") == {"a"}
    again = CapturedItem("intents", "b", "B", {"displayName": "B"}, "1" * 64)
    storage.record_items(set_id, tenant.id, [whole, again])

    assert storage.close_set(set_id) == BackupStatus.COMPLETE
    backup = find_backup_set(set_id)
    assert backup is not None
    assert (backup.item_count, backup.failed_count) == (2, 0)


def test_equal_tenants_give_equal_hashes_and_a_change_another(tenant: Tenant, simulator: Simulator) -> None:
    first, second = (set_of(back_up(tenant, types=[CATALOG])) for _ in range(2))
    policy_id = next(iter(live(simulator, CATALOG)))
    simulator.control("PATCH", f"tenants/{CONTOSO}/{CATALOG}/{policy_id}", description="changed")

    third = set_of(back_up(tenant, types=[CATALOG]))

    assert first.content_hash == second.content_hash != third.content_hash


def test_the_hash_of_a_set_covers_the_assignments_and_each_item_keeps_its_own(
    tenant: Tenant, simulator: Simulator
) -> None:
    first = set_of(back_up(tenant, types=[CATALOG]))
    policy_id = next(item.external_id for item in items_of(first) if item.assignments)
    simulator.control("PATCH", f"tenants/{CONTOSO}/{CATALOG}/{policy_id}", assignments=[])

    second = set_of(back_up(tenant, types=[CATALOG]))

    assert first.content_hash != second.content_hash
    assert all(item.assignments_hash == assignments_hash(item.assignments or []) for item in items_of(second))
    assert {item.content_hash for item in items_of(first)} == {item.content_hash for item in items_of(second)}


def test_the_same_backup_started_twice_is_one_run(tenant: Tenant) -> None:
    one = start("backup.create", actor=Actor.system(), tenant_id=tenant.id, inputs={"all": True, "name": "One"})
    other = start("backup.create", actor=Actor.system(), tenant_id=tenant.id, inputs={"all": "true", "name": "Other"})
    another = start("backup.create", actor=Actor.system(), tenant_id=tenant.id, inputs={"types": [CATALOG]})

    assert other.run.id == one.run.id != another.run.id
    assert (other.created, another.created) == (False, True)


def test_a_set_has_a_unique_default_name(tenant: Tenant) -> None:
    names = [set_of(back_up(tenant, types=["intents"], name=name)).name for name in ("Before", "Before", "Before", "")]

    assert names[:3] == ["Before", "Before (2)", "Before (3)"]
    assert names[3].startswith("Backup 20")


def test_a_complete_set_accepts_no_more_items(tenant: Tenant) -> None:
    backup = set_of(back_up(tenant, types=["intents"]))

    with pytest.raises(SetClosed):
        storage.record_items(backup.id, tenant.id, [CapturedItem("intents", "new", "New", {}, "0" * 64)])
    with pytest.raises(SetClosed):
        storage.close_set(backup.id)
    assert find_backup_set(backup.id) == backup


def test_the_set_of_a_cancelled_backup_is_failed(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ops_admin.runs.handle.SECONDS_BETWEEN_STOP_CHECKS", 0)
    count = operations._count

    def count_and_cancel(handle: RunHandle, *args: Any) -> None:
        count(handle, *args)
        service.request_cancel(handle.run_id, Actor.worker("an operator"))

    monkeypatch.setattr(operations, "_count", count_and_cancel)

    run = back_up(tenant, types=[CATALOG, GROUP_ASSIGNED])

    backup = set_of(run)
    assert (run.outcome, backup.status, backup.content_hash) == (Outcome.CANCELLED, BackupStatus.FAILED, None)
    assert backup.item_count == len(items_of(backup)) > 0


class Killed(BaseException):
    """Stands for the death of the process; nothing catches it."""


def test_the_set_of_a_lost_run_is_closed_and_a_new_start_makes_another(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = itertools.count()

    def die(*arguments: Any) -> None:
        if next(begun) == 1:
            raise Killed
        original(*arguments)

    original = storage.record_items
    monkeypatch.setattr(storage, "record_items", die)
    types = [CATALOG, GROUP_ASSIGNED]
    lost = start("backup.create", actor=Actor.system(), tenant_id=tenant.id, inputs={"types": types}).run
    with pytest.raises(Killed):
        execute(lost.id)
    assert set_of(lost).status == BackupStatus.CAPTURING

    service.finish(lost.id, Outcome.FAILED, actor=Actor.worker("housekeeping"))
    again = back_up(tenant, types=types)

    assert (set_of(lost).status, set_of(again).status) == (BackupStatus.FAILED, BackupStatus.COMPLETE)
    assert set_of(lost).content_hash is None
    assert set_of(lost).id != set_of(again).id


def test_a_set_that_a_lost_run_closed_refuses_a_worker_that_comes_back(tenant: Tenant) -> None:
    started = start("backup.create", actor=Actor.system(), tenant_id=tenant.id, inputs={"types": ["intents"]})
    new = storage.NewSet(started.run.id, tenant.workspace_id, tenant.id, "Late", True, "System")
    set_id = storage.open_set(new)
    service.request_cancel(started.run.id, Actor.worker("an operator"))

    with pytest.raises(SetClosed):
        storage.record_items(set_id, tenant.id, [CapturedItem("intents", "late", "Late", {}, "0" * 64)])
    with pytest.raises(SetClosed):
        storage.open_set(new)


def test_more_policies_than_one_request_takes_are_all_captured(tenant: Tenant, simulator: Simulator) -> None:
    simulator.control("POST", f"tenants/{CONTOSO}/{CATALOG}/generate", count=130, settings=30)

    run = back_up(tenant, types=[CATALOG])

    backup = set_of(run)
    assert (run.outcome, backup.item_count) == (Outcome.SUCCEEDED, len(live(simulator, CATALOG)))
    assert max(len(item.content["settings"]) for item in items_of(backup) if item.content) >= 30


def test_names_that_cannot_be_read_for_a_moment_are_asked_for_again(tenant: Tenant, simulator: Simulator) -> None:
    path = f"tenants/{tenant.external_id}/deviceShellScripts"
    simulator.control("POST", f"tenants/{tenant.external_id}/roleScopeTags", id="7", displayName="Support")
    for number in range(41):
        simulator.control("POST", path, displayName=f"Script {number:02}", roleScopeTagIds=["7"])
    break_graph(simulator, "status", "/roleScopeTags", status=503, times=8)

    backup = set_of(back_up(tenant, types=["deviceShellScripts"]))

    named = [each for item in items_of(backup) for each in item.references or [] if each["id"] == "7"]
    assert [each["name"] for each in named].count(None) <= 20
    assert named[-1]["name"] == "Support"
