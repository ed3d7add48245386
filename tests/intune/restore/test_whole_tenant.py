"""A tenant backed up and restored into an empty one: the same policies, assigned to the mapped groups (R43)."""

from ops_admin.access.queries import Tenant
from ops_admin.runs.states import Outcome
from tests.graph.simulated import Simulator
from tests.intune.restore.comparing import Document, assert_same, assert_written_once, by_name, preview_again
from tests.intune.restore.restoring import (
    actions_of,
    execute_restore,
    held,
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
    # Three conditional access policies name things of their own tenant; two policies are defaults.
    assert [each.code for each in preview(restore).failures] == ["restore.foreign_ids"] * 3
    assert actions_of(restore) == {"create": 52, "skip": 5}
    simulator.control("DELETE", "requests")

    run = execute_restore(restore)

    sync_inventory(target)
    assert_same(simulator, source, target, mapping)
    # Four assignments use filters that the other tenant lacks.
    assert (run.outcome, [each.code for each in run.failures]) == (
        Outcome.PARTIALLY_SUCCEEDED,
        ["restore.filter_missing"] * 2 + ["restore.foreign_ids"],
    )
    assert results_of(restore) == {"written": 48, "failed": 7, "skipped": 2}
    assert_written_once(simulator, target, created=52)
    again = preview_again(restore)
    assert actions_of(again) == {"unchanged": 52, "skip": 5}
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

    assert [each.code for each in run.failures] == ["restore.foreign_ids"]
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
