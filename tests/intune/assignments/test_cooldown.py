"""A recent success answers for a quarter of an hour, unless what it worked on has changed since (R22)."""

import threading
from collections import Counter

import pytest
from flask import Flask

from ops_admin.access.queries import Tenant
from ops_admin.infra.database import db
from ops_admin.intune.assignments import operations
from ops_admin.intune.policies.models import DbPolicy
from tests.graph.simulated import Simulator
from tests.intune.assignments.assigning import assign_live, begin, fetch, restore
from tests.intune.backups.capturing import back_up, set_of
from tests.intune.synced import policies_of, sync_groups, sync_inventory, sync_without_assignments, versions_of

pytestmark = pytest.mark.usefixtures("impatient")

CATALOG = "configurationPolicies"
ACCESS = "conditionalAccessPolicies"
PRESSES = 8


@pytest.fixture
def policies(tenant: Tenant) -> list[DbPolicy]:
    """Policies of two types, of which one is never assigned; their assignments were fetched a moment ago."""
    sync_inventory(tenant, CATALOG, ACCESS)
    fetch(tenant)
    return policies_of(tenant, CATALOG)


def change(simulator: Simulator, tenant: Tenant, policy: DbPolicy) -> None:
    """Somebody changes a policy in the tenant, and a sync brings it as a new version, without its assignments."""
    path = f"tenants/{tenant.external_id}/{policy.type}/{policy.external_id}"
    name = "displayName" if policy.type == ACCESS else "name"
    simulator.control("PATCH", path, **{name: f"{policy.name}, changed"})
    sync_without_assignments(simulator, tenant, policy.type)
    assert len(versions_of(policy)) == 2


def press(tenant: Tenant, **inputs: object) -> str:
    return begin("assignments.fetch", tenant, **(inputs or {"all": True})).answer  # type: ignore[arg-type]  # passed on


@pytest.mark.parametrize("chosen", [True, False])
def test_a_version_that_came_since_is_fetched_at_once(
    tenant: Tenant, simulator: Simulator, policies: list[DbPolicy], chosen: bool
) -> None:
    inputs: dict[str, object] = {"policy_ids": [policies[0].id]} if chosen else {"all": True}
    fetch(tenant, **inputs)
    change(simulator, tenant, policies[0])

    assert press(tenant, **inputs) == "created"
    assert press(tenant, **inputs) == "active"

    fetch(tenant, **inputs)
    assert versions_of(policies[0])[1].assignments is not None
    assert press(tenant, **inputs) == "recent"


def test_a_change_of_another_policy_than_the_chosen_ones_does_not_matter(
    tenant: Tenant, simulator: Simulator, policies: list[DbPolicy]
) -> None:
    fetch(tenant, policy_ids=[policies[1].id])
    change(simulator, tenant, policies[0])

    assert press(tenant, policy_ids=[policies[1].id]) == "recent"


def test_a_policy_that_came_since_belongs_to_all(
    tenant: Tenant, simulator: Simulator, policies: list[DbPolicy]
) -> None:
    fetch(tenant, policy_ids=[policies[0].id])
    simulator.control("POST", f"tenants/{tenant.external_id}/{CATALOG}/generate", count=1, settings=1)
    sync_without_assignments(simulator, tenant, CATALOG)

    assert press(tenant, policy_ids=[policies[0].id]) == "recent"
    assert press(tenant) == "created"


def test_a_type_that_is_never_assigned_keeps_nobody_busy(
    tenant: Tenant, simulator: Simulator, policies: list[DbPolicy]
) -> None:
    change(simulator, tenant, policies_of(tenant, ACCESS)[0])

    assert press(tenant) == "recent"


def test_a_sync_that_found_nothing_new_leaves_the_cooldown(tenant: Tenant, policies: list[DbPolicy]) -> None:
    sync_inventory(tenant)
    fetch(tenant)
    sync_inventory(tenant)

    assert press(tenant) == "recent"


def test_what_was_changed_in_another_tenant_does_not_matter(
    tenant: Tenant, empty_tenant: Tenant, simulator: Simulator, policies: list[DbPolicy]
) -> None:
    fetch(empty_tenant)
    change(simulator, tenant, policies[0])

    assert press(empty_tenant) == "recent"


def test_however_many_press_at_once_a_stale_success_makes_one_run(
    app: Flask, tenant: Tenant, simulator: Simulator, policies: list[DbPolicy]
) -> None:
    change(simulator, tenant, policies[0])
    at_once, answers = threading.Barrier(PRESSES), list[str]()

    def one() -> None:
        with app.app_context():
            at_once.wait()
            answers.append(press(tenant))
            db.session.remove()

    threads = [threading.Thread(target=one) for _ in range(PRESSES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert Counter(answers) == {"created": 1, "active": PRESSES - 1}


@pytest.fixture
def restored(tenant: Tenant, policies: list[DbPolicy]) -> dict[str, object]:
    """The inputs of a restore from a backup that has succeeded a moment ago."""
    sync_groups(tenant)
    backup = set_of(back_up(tenant, None, policy_ids=[policy.id for policy in policies]))
    inputs: dict[str, object] = {"all": True, "backup_set_id": backup.id}
    assert restore(tenant, **inputs).outcome == "succeeded"
    return inputs


def press_restore(tenant: Tenant, inputs: dict[str, object]) -> str:
    return begin("assignments.restore", tenant, **inputs).answer  # type: ignore[arg-type]  # passed on


def assigned(policies: list[DbPolicy]) -> DbPolicy:
    return next(policy for policy in policies if versions_of(policy)[-1].assignments)


def test_a_restore_that_was_done_is_not_done_again(tenant: Tenant, restored: dict[str, object]) -> None:
    assert press_restore(tenant, restored) == "recent"
    fetch(tenant, policy_ids=[policy.id for policy in policies_of(tenant, CATALOG)])
    assert press_restore(tenant, restored) == "recent"


def test_what_somebody_has_assigned_otherwise_since_can_be_put_back_at_once(
    tenant: Tenant, simulator: Simulator, policies: list[DbPolicy], restored: dict[str, object]
) -> None:
    policy = assigned(policies)
    assign_live(simulator, tenant, CATALOG, policy.external_id, [])
    assert press_restore(tenant, restored) == "recent", "nobody has told the console yet"
    fetch(tenant, policy_ids=[policy.id])

    assert press_restore(tenant, restored) == "created"


def test_a_restore_beside_which_another_one_was_made_can_be_repeated(
    tenant: Tenant, simulator: Simulator, policies: list[DbPolicy], restored: dict[str, object]
) -> None:
    policy = assigned(policies)
    assign_live(simulator, tenant, CATALOG, policy.external_id, [])
    bare = set_of(back_up(tenant, None, policy_ids=[policy.id]))
    restore(tenant, **restored, mode="replace")
    assert press_restore(tenant, {**restored, "mode": "replace"}) == "recent"

    restore(tenant, policy_ids=[policy.id], backup_set_id=bare.id, mode="replace")

    assert press_restore(tenant, {**restored, "mode": "replace"}) == "created"


def test_what_was_fetched_since_of_other_policies_does_not_matter(
    tenant: Tenant, simulator: Simulator, policies: list[DbPolicy]
) -> None:
    sync_groups(tenant)
    mine, other = [policy for policy in policies if versions_of(policy)[-1].assignments][:2]
    inputs: dict[str, object] = {"policy_ids": [mine.id], "version": 1}
    restore(tenant, **inputs)
    change(simulator, tenant, other)
    assign_live(simulator, tenant, CATALOG, other.external_id, [])
    fetch(tenant, policy_ids=[other.id])

    assert press_restore(tenant, inputs) == "recent"


def test_a_restore_is_not_judged_by_what_was_fetched_before_it(
    tenant: Tenant, simulator: Simulator, policies: list[DbPolicy], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It looks again at what it has written; where that fails, the console still knows what was there before."""
    policy = assigned(policies)
    before = versions_of(policy)[-1].assignments
    assign_live(simulator, tenant, CATALOG, policy.external_id, [])
    backup = set_of(back_up(tenant, None, policy_ids=[policy.id]))
    assign_live(simulator, tenant, CATALOG, policy.external_id, [each["target"] for each in before or []])
    monkeypatch.setattr(operations, "_fetch_written", lambda *_: None)
    inputs: dict[str, object] = {"policy_ids": [policy.id], "backup_set_id": backup.id, "mode": "replace"}

    assert restore(tenant, **inputs).counts["updated"] == 1

    assert press_restore(tenant, inputs) == "recent"
