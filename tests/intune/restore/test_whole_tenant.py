"""A tenant backed up and restored into an empty one: the same policies, assigned to the mapped groups (R43)."""

from ops_admin.access.queries import Tenant
from ops_admin.runs.states import Outcome
from tests.graph.simulated import Simulator
from tests.intune.restore.comparing import Document, assert_same, assert_written_once, by_name, preview_again
from tests.intune.restore.restoring import (
    actions_of,
    execute_restore,
    held,
    items_of,
    make_backup,
    make_restore,
    preview,
    results_of,
    writes_to,
)
from tests.intune.synced import sync_groups, sync_inventory


def test_everything_is_the_same_in_the_other_tenant(source: Tenant, target: Tenant, simulator: Simulator) -> None:
    mapping = by_name(simulator, source, target)
    simulator.control("DELETE", f"tenants/{target.external_id}/assignmentFilters")
    sync_groups(target)
    sync_inventory(source)
    restore = make_restore(make_backup(source), target, mapping)
    preview(restore)
    left_out = {item.name: item.problem_code for item in items_of(restore) if item.problem_code}
    # Two policies are defaults. Fabrikam lacks the packages.
    assert left_out == {
        "7-Zip 23.01": "restore.package_missing",
        "7-Zip 24.08": "restore.reference_unmapped",  # it supersedes the other
        "Scanner - OEMConfig": "restore.reference_unmapped",
        "Zebra OEMConfig": "restore.package_missing",
        "All Users": "restore.default_missing",
        "All users and all devices": "restore.default_missing",
    }
    found = actions_of(restore)
    simulator.control("DELETE", "requests")

    run = execute_restore(restore)

    sync_inventory(target)
    assert_same(simulator, source, target, mapping)
    assert run.outcome == Outcome.PARTIALLY_SUCCEEDED
    assert {each.code for each in run.failures} == {"restore.package_missing", "restore.reference_unmapped"}
    assert results_of(restore)["skipped"] == 2
    assert_written_once(simulator, target, created=found["create"])
    again = preview_again(restore)
    in_place = found["create"] + found["update"] + found["unchanged"]
    assert actions_of(again) == {"unchanged": in_place, "skip": len(left_out)}
    simulator.control("DELETE", "requests")
    execute_restore(again)
    assert writes_to(simulator, target) == []


def test_conditional_access_and_roles_get_the_groups_and_roles_of_the_target(
    source: Tenant, target: Tenant, simulator: Simulator
) -> None:
    mapping = by_name(simulator, source, target)
    backup = make_backup(source, types=["conditionalAccessPolicies", "roleDefinitions", "roleAssignments"])
    restore = make_restore(backup, target, mapping)
    preview(restore)

    run = execute_restore(restore)

    assert [each.code for each in run.failures] == ["restore.reference_unmapped"]
    excluded = {
        each["displayName"]: each["conditions"]["users"]
        for each in held(simulator, source, "conditionalAccessPolicies")
    }
    for each in held(simulator, target, "conditionalAccessPolicies"):
        groups = excluded[each["displayName"]]["excludeGroups"]
        assert each["conditions"]["users"]["excludeGroups"] == [mapping[group] for group in groups]
    (assignment,) = held(simulator, target, "roleAssignments")
    roles = {each["displayName"]: each["id"] for each in held(simulator, target, "roleDefinitions")}
    assert assignment["roleDefinition"]["id"] == roles["Site help desk"]


def users_of(policy: Document) -> list[str]:
    """The groups in the conditions of a conditional access policy."""
    users = policy["conditions"]["users"]
    return [*users["includeGroups"], *users["excludeGroups"]]
