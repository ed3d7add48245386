"""Assignments are read along with the policy, and belong to its version (R60, R41)."""

from typing import Any

import pytest
from sqlalchemy import update

from ops_admin.access.queries import Tenant
from ops_admin.graph.assigning import assign
from ops_admin.graph.resources import POLICY_TYPES, get_policy_type
from ops_admin.infra.database import transaction, utcnow
from ops_admin.intune.assignment_hashes import assignments_hash
from ops_admin.intune.assignments.queries import find_fetch
from ops_admin.intune.assignments.storage import record_fetched
from ops_admin.intune.inventory import operations
from ops_admin.intune.operations.chunks import read_in_chunks
from ops_admin.intune.policies.comparing import compare
from ops_admin.intune.policies.models import DbPolicy, DbPolicyVersion
from ops_admin.intune.policies.queries import find_version
from ops_admin.runs.states import Outcome
from tests.graph.simulated import CONTOSO, Simulator
from tests.intune.synced import count, policies_of, run_operation, sync_inventory, versions_of

CATALOG = "configurationPolicies"
APART = "deviceEnrollmentConfigurations"
"""A type whose list does not show assignments."""
GROUP = "#microsoft.graph.groupAssignmentTarget"


def to_group(group_id: str) -> dict[str, Any]:
    return {"target": {"@odata.type": GROUP, "groupId": group_id}}


def change_assignments(simulator: Simulator, policy: DbPolicy, *assignments: dict[str, Any]) -> None:
    assign(simulator.client(), get_policy_type(policy.type), policy.external_id, assignments)


def targets_of(version: DbPolicyVersion) -> list[str]:
    return [each["target"].get("groupId") for each in version.assignments or []]


def test_every_version_has_assignments_if_its_type_has(tenant: Tenant) -> None:
    sync_inventory(tenant)

    for policy in policies_of(tenant):
        [version] = versions_of(policy)
        assert (version.assignments is not None) == get_policy_type(policy.type).assignable
        expected = None if version.assignments is None else assignments_hash(version.assignments)
        assert policy.assignments_hash == expected
        fetch = find_fetch(policy.id)
        assert (fetch.fetched_version if fetch else None) == (1 if version.assignments is not None else None)


@pytest.mark.parametrize("key", [CATALOG, APART])
def test_other_assignments_alone_are_a_new_version(tenant: Tenant, simulator: Simulator, key: str) -> None:
    sync_inventory(tenant, key)
    policy = policies_of(tenant, key)[0]
    change_assignments(simulator, policy, to_group("group-1"))

    run = sync_inventory(tenant, key)

    assert (run.counts["created"], run.counts["updated"]) == (0, 1)
    first, second = versions_of(policy)
    assert (first.content_hash, first.content) == (second.content_hash, second.content)
    assert targets_of(first) != targets_of(second) == ["group-1"]


def test_the_same_assignments_in_another_order_are_no_change(tenant: Tenant, simulator: Simulator) -> None:
    sync_inventory(tenant, CATALOG)
    policy = policies_of(tenant, CATALOG)[0]
    change_assignments(simulator, policy, to_group("group-1"), to_group("group-2"))
    sync_inventory(tenant, CATALOG)
    change_assignments(simulator, policy, to_group("group-2"), to_group("group-1"))

    run = sync_inventory(tenant, CATALOG)

    assert (run.counts["updated"], len(versions_of(policy))) == (0, 2)


def test_versions_from_before_the_upgrade_learn_their_assignments_silently(tenant: Tenant) -> None:
    sync_inventory(tenant)
    known = {policy.id: (policy.assignments_hash, versions_of(policy)[0].assignments) for policy in policies_of(tenant)}
    with transaction() as session:
        session.execute(update(DbPolicy).values(assignments_hash=None))
        session.execute(update(DbPolicyVersion).values(assignments=None))
    before = count(DbPolicyVersion)

    run = sync_inventory(tenant)

    assert (run.counts["created"], run.counts["updated"], count(DbPolicyVersion)) == (0, 0, before)
    learned = {
        policy.id: (policy.assignments_hash, versions_of(policy)[0].assignments) for policy in policies_of(tenant)
    }
    assert learned == known


def test_the_comparison_of_two_versions_shows_changed_assignments(tenant: Tenant, simulator: Simulator) -> None:
    change_later = sync_inventory(tenant, CATALOG)
    assert change_later.outcome == Outcome.SUCCEEDED
    policy = policies_of(tenant, CATALOG)[0]
    change_assignments(simulator, policy, to_group("group-1"))
    sync_inventory(tenant, CATALOG)
    old, new = find_version(policy.id, 1), find_version(policy.id, 2)
    assert old
    assert new

    comparison = compare(tenant.id, policy.id, old, new)

    assert not comparison.is_same
    added = [row for row in comparison.rows or () if row.label == "Assignment: group-1"]
    assert [(row.before, row.after) for row in added] == [(None, "included")]
    assert all(row.path.startswith("assignments/") for row in comparison.rows or ())


def test_assignments_that_cannot_be_read_are_a_failure_and_keep_what_is_known(
    tenant: Tenant, simulator: Simulator
) -> None:
    sync_inventory(tenant, APART)
    before = count(DbPolicyVersion)
    broken = policies_of(tenant, APART)[0]
    options = {"status": 403}
    path = f"/{APART}/{broken.external_id}/assignments"
    simulator.control("POST", "faults", effect="status", path=path, options=options)

    run = sync_inventory(tenant, APART)

    assert (run.outcome, run.counts["failed"], count(DbPolicyVersion)) == (Outcome.PARTIALLY_SUCCEEDED, 0, before)
    assert [(failure.code, failure.count) for failure in run.failures] == [("graph.forbidden", 1)]
    fetch = find_fetch(broken.id)
    assert fetch is not None
    assert (fetch.failure_code, fetch.fetched_version) == ("graph.forbidden", 1)
    assert versions_of(broken)[0].assignments is not None


def test_a_sync_of_chosen_policies_reads_their_assignments_too(tenant: Tenant, simulator: Simulator) -> None:
    sync_inventory(tenant, CATALOG)
    policy = policies_of(tenant, CATALOG)[0]
    change_assignments(simulator, policy, to_group("group-1"))

    run = run_operation("policies.sync", tenant, None, {"policy_ids": [policy.id]})

    assert (run.outcome, run.counts["updated"]) == (Outcome.SUCCEEDED, 1)
    assert targets_of(versions_of(policy)[-1]) == ["group-1"]


def test_a_fetch_that_finds_other_assignments_adds_a_version(tenant: Tenant, simulator: Simulator) -> None:
    sync_inventory(tenant, CATALOG)
    policy, other, *_ = policies_of(tenant, CATALOG)
    change_assignments(simulator, policy, to_group("group-1"))

    run_operation("assignments.fetch", tenant, None, {"policy_ids": [policy.id, other.id]})

    first, second = versions_of(policy)
    assert (first.content, first.content_hash, first.content_bytes) == (
        second.content,
        second.content_hash,
        second.content_bytes,
    )
    assert targets_of(second) == ["group-1"]
    assert len(versions_of(other)) == 1
    assert sync_inventory(tenant, CATALOG).counts["updated"] == 0


def test_most_types_cost_no_request_for_assignments(tenant: Tenant, simulator: Simulator) -> None:
    simulator.control("DELETE", "requests")

    sync_inventory(tenant)

    asked = simulator.control("GET", "requests?path=/assignments")["requests"]
    apart = {
        each.key
        for each in POLICY_TYPES
        if each.assignable and not (each.assignments_in_list or each.assignments_in_item)
    }
    assert {"mobileApps", APART, "windowsAutopilotDeploymentProfiles"} <= apart
    assert {each["path"].split("/")[3] for each in asked} == apart
    assert simulator.control("GET", f"tenants/{CONTOSO}/{CATALOG}")["value"]


def test_a_list_from_before_another_run_stored_assignments_is_no_news(
    tenant: Tenant, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync_inventory(tenant, CATALOG)
    policy = policies_of(tenant, CATALOG)[0]

    def read_later(*args: Any) -> Any:
        change_assignments(simulator, policy, to_group("group-1"))
        record_fetched({policy.id: [to_group("group-1")]}, run_id=1, at=utcnow())
        return read_in_chunks(*args)

    monkeypatch.setattr(operations, "read_in_chunks", read_later)
    run = sync_inventory(tenant, CATALOG)

    assert (run.outcome, run.counts["updated"]) == (Outcome.SUCCEEDED, 0)
    assert [targets_of(version) for version in versions_of(policy)][1:] == [["group-1"]]
    monkeypatch.undo()
    assert sync_inventory(tenant, CATALOG).counts["updated"] == 0
