"""Whom a restore reaches: said before and after, with assignments kept, merged or replaced as chosen (R58)."""

from typing import Any

import pytest

from ops_admin.access.queries import Tenant
from ops_admin.intune.backups.queries import BackupSet
from ops_admin.intune.restore import queries
from ops_admin.intune.restore.assignment_modes import choose_assign_mode
from ops_admin.intune.restore.drafting import copy_restore
from ops_admin.intune.restore.groups import Decided, decide_groups, resolve_same_groups
from ops_admin.intune.restore.queries import Restore
from ops_admin.intune.restore.reach import Reach, Target, find_reach, people_of, summarize_reach
from ops_admin.intune.restore.reach_labels import describe_gain, describe_loss, describe_reach
from ops_admin.intune.restore.reaching import planned_reach, written_reach
from ops_admin.intune.restore.states import AssignMode
from ops_admin.runs.ledger import Run
from ops_admin.runs.states import Outcome
from tests.graph.simulated import Simulator
from tests.intune.restore.restoring import (
    SYSTEM,
    actions_of,
    execute_restore,
    fresh,
    held,
    item_named,
    make_backup,
    make_restore,
    preview,
    results_of,
)
from tests.intune.synced import sync_groups

SCRIPTS = "deviceManagementScripts"
ACCESS = "conditionalAccessPolicies"
NAME = "Reaching"
MODES = list(AssignMode)

Assignments = list[dict[str, Any]]


class Place:
    """A simulated tenant with one script of its own, assigned as a test says."""

    def __init__(self, simulator: Simulator, tenant: Tenant) -> None:
        self._simulator = simulator
        self.tenant = tenant
        self._path = f"tenants/{tenant.external_id}"
        self.groups = {each["displayName"]: str(each["id"]) for each in held(simulator, tenant, "groups")}

    def group(self, name: str, *, excluded: bool = False) -> dict[str, Any]:
        kind = "exclusionGroupAssignmentTarget" if excluded else "groupAssignmentTarget"
        return {"target": {"@odata.type": f"#microsoft.graph.{kind}", "groupId": self.id_of(name)}}

    def id_of(self, name: str) -> str:
        if name not in self.groups:
            self._simulator.control("POST", f"{self._path}/groups", value=[{"displayName": name}])
            self.groups = {
                each["displayName"]: str(each["id"]) for each in held(self._simulator, self.tenant, "groups")
            }
        return self.groups[name]

    def remove_group(self, name: str) -> None:
        self._simulator.control("DELETE", f"{self._path}/groups/{self.groups[name]}")

    def hold(self, assignments: Assignments, **values: object) -> None:
        script = {"displayName": NAME, "scriptContent": "eA==", "assignments": assignments, **values}
        self._simulator.control("POST", f"{self._path}/{SCRIPTS}", value=[script])

    def assign(self, assignments: Assignments) -> None:
        self._simulator.control("PATCH", f"{self._path}/{SCRIPTS}/{self._script()['id']}", assignments=assignments)

    def assigned(self) -> set[str]:
        """The names of those whom the script is assigned to."""
        names = {group_id: name for name, group_id in self.groups.items()}
        targets = [each["target"] for each in self._script().get("assignments") or []]
        return {names.get(each.get("groupId"), each["@odata.type"].rpartition(".")[2]) for each in targets}

    def _script(self) -> dict[str, Any]:
        (script,) = [each for each in held(self._simulator, self.tenant, SCRIPTS) if each["displayName"] == NAME]
        return script


ALL_USERS = {"target": {"@odata.type": "#microsoft.graph.allLicensedUsersAssignmentTarget"}}
ALL_DEVICES = {"target": {"@odata.type": "#microsoft.graph.allDevicesAssignmentTarget"}}


@pytest.fixture
def here(simulator: Simulator, source: Tenant) -> Place:
    return Place(simulator, source)


@pytest.fixture
def there(simulator: Simulator, target: Tenant) -> Place:
    return Place(simulator, target)


@pytest.fixture
def backup(here: Place) -> BackupSet:
    """A script for Ada's and Bob's groups."""
    here.hold([here.group("Ada"), here.group("Bob")])
    sync_groups(here.tenant)
    return make_backup(here.tenant, types=[SCRIPTS])


def drafted(backup: BackupSet, there: Place, mode: AssignMode, **mapping: str | None) -> Restore:
    """A draft of the script; `mapping` says by name what becomes of each group."""
    sync_groups(there.tenant)
    restore = make_restore(backup, there.tenant, names={NAME})
    choose_assign_mode(restore, mode)
    source_ids = {row.source_name: row.source_group_id for row in queries.list_groups(restore.id)}
    decisions = {source_ids.get(name, ""): Decided(there.id_of(to) if to else None, to) for name, to in mapping.items()}
    decide_groups(fresh(restore), decisions)
    return fresh(restore)


def both(backup: BackupSet, there: Place, mode: AssignMode) -> Restore:
    return drafted(backup, there, mode, Ada="Ann", Bob="Ben")


def reach_of(restore: Restore, name: str = NAME) -> Reach:
    found = find_reach(item_named(restore, name).reach)
    assert found
    return found


def names_of(targets: tuple[Target, ...]) -> set[str | None]:
    return {each.name or each.kind for each in targets}


def codes(run: Run) -> set[str]:
    return {each.code for each in run.failures}


def test_a_preview_says_by_name_whom_a_policy_reaches_before_and_after(backup: BackupSet, there: Place) -> None:
    there.hold([there.group("Zoe"), ALL_DEVICES])
    restore = both(backup, there, AssignMode.MERGE)

    preview(restore)

    reach = reach_of(restore)
    assert names_of(reach.before) == {"Zoe", "all_devices"}
    assert names_of(reach.after) == {"Zoe", "all_devices", "Ann", "Ben"}
    assert describe_reach(reach) == "Reaches All devices, Zoe → All devices, Ann, Ben, 1 more"


def test_the_preview_says_so_of_policies_that_do_not_change_and_of_new_ones(backup: BackupSet, there: Place) -> None:
    restore = both(backup, there, AssignMode.MERGE)
    preview(restore)
    assert (reach_of(restore).before, names_of(reach_of(restore).after)) == ((), {"Ann", "Ben"})

    execute_restore(restore)
    again = both(backup, there, AssignMode.KEEP)
    preview(again)

    assert names_of(reach_of(again).before) == names_of(reach_of(again).after) == {"Ann", "Ben"}


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        (AssignMode.KEEP, {"Zoe"}),
        (AssignMode.MERGE, {"Zoe", "Ann", "Ben"}),
        (AssignMode.REPLACE, {"Ann", "Ben"}),
    ],
)
def test_assignments_become_what_was_chosen_and_the_result_says_it(
    backup: BackupSet, there: Place, mode: AssignMode, expected: set[str]
) -> None:
    there.hold([there.group("Zoe")], description="changed since")
    restore = both(backup, there, mode)
    preview(restore)
    planned = names_of(reach_of(restore).after)

    run = execute_restore(restore)

    assert run.outcome == Outcome.SUCCEEDED
    assert there.assigned() == planned == names_of(reach_of(restore).after) == expected
    assert names_of(reach_of(restore).before) == {"Zoe"}
    assert run.context["assignments"] == mode


@pytest.mark.parametrize("mode", MODES)
def test_a_second_preview_is_unchanged(backup: BackupSet, there: Place, mode: AssignMode) -> None:
    there.hold([there.group("Zoe")], description="changed since")
    restore = both(backup, there, mode)
    preview(restore)
    execute_restore(restore)

    again = copy_restore(fresh(restore), SYSTEM)
    preview(again)

    assert (again.assign_mode, actions_of(again)) == (mode, {"unchanged": 1})


def test_only_with_replace_is_a_surplus_assignment_a_change(backup: BackupSet, there: Place) -> None:
    restore = both(backup, there, AssignMode.MERGE)
    preview(restore)
    execute_restore(restore)
    there.assign([there.group("Ann"), there.group("Ben"), there.group("Zoe")])

    found = {}
    for mode in MODES:
        again = both(backup, there, mode)
        preview(again)
        found[mode] = actions_of(again)

    assert found == {"keep": {"unchanged": 1}, "merge": {"unchanged": 1}, "replace": {"update": 1}}


def test_kept_assignments_need_no_decision_on_groups(backup: BackupSet, there: Place) -> None:
    restore = drafted(backup, there, AssignMode.KEEP)
    assert (queries.list_groups(restore.id), queries.count_undecided(restore.id)) == ([], 0)
    preview(restore)

    assert execute_restore(restore).outcome == Outcome.SUCCEEDED
    assert there.assigned() == set()


def test_changing_the_mode_needs_another_preview_and_loses_no_decision(backup: BackupSet, there: Place) -> None:
    restore = both(backup, there, AssignMode.MERGE)
    preview(restore)
    before = {row.source_group_id: row.target_group_id for row in queries.list_groups(restore.id)}

    choose_assign_mode(fresh(restore), AssignMode.KEEP)
    assert not fresh(restore).is_previewed
    choose_assign_mode(fresh(restore), AssignMode.REPLACE)

    assert {row.source_group_id: row.target_group_id for row in queries.list_groups(restore.id)} == before


def test_replace_takes_away_only_what_the_preview_showed(backup: BackupSet, there: Place) -> None:
    there.hold([there.group("Zoe")])
    restore = both(backup, there, AssignMode.REPLACE)
    preview(restore)
    there.assign([there.group("Zoe"), there.group("Made meanwhile")])

    run = execute_restore(restore)

    assert codes(run) == {"restore.target_changed"}
    assert there.assigned() == {"Zoe", "Made meanwhile"}


def test_what_a_policy_set_assigned_stays(backup: BackupSet, there: Place) -> None:
    there.hold([{**there.group("Zoe"), "source": "policySets", "sourceId": "set"}, there.group("Yan")])
    restore = both(backup, there, AssignMode.REPLACE)
    preview(restore)

    execute_restore(restore)

    assert there.assigned() == {"Zoe", "Ann", "Ben"}


def test_a_skipped_group_makes_the_run_partial_with_a_code_of_its_own(backup: BackupSet, there: Place) -> None:
    restore = drafted(backup, there, AssignMode.MERGE, Ada="Ann", Bob=None)
    preview(restore)

    run = execute_restore(restore)

    assert (run.outcome, codes(run)) == (Outcome.PARTIALLY_SUCCEEDED, {"restore.assignments_dropped"})
    assert (run.counts["succeeded"], run.counts["failed"]) == (1, 0)
    item = item_named(restore, NAME)
    assert (item.state, item.assignments_state, results_of(restore)) == ("written", "written", {"dropped": 1})
    (dropped,) = reach_of(restore).dropped
    assert (dropped.target.name, dropped.reason) == ("Bob", "skipped")
    assert there.assigned() == {"Ann"}
    assert run.context["reach"] == {"all_users": 0, "all_devices": 0, "group": 1, "assignments_dropped": 1}


def test_continuing_such_a_restore_says_the_same_again(backup: BackupSet, there: Place) -> None:
    restore = drafted(backup, there, AssignMode.MERGE, Ada="Ann", Bob=None)
    preview(restore)
    execute_restore(restore)

    run = execute_restore(restore)

    assert (run.outcome, codes(run)) == (Outcome.PARTIALLY_SUCCEEDED, {"restore.assignments_dropped"})


def test_a_vanished_group_costs_its_assignment_and_not_the_policy(backup: BackupSet, there: Place) -> None:
    restore = both(backup, there, AssignMode.MERGE)
    preview(restore)
    there.remove_group("Ben")

    run = execute_restore(restore)

    assert (run.outcome, codes(run)) == (Outcome.PARTIALLY_SUCCEEDED, {"restore.assignments_dropped"})
    assert there.assigned() == {"Ann"}
    assert [each.reason for each in reach_of(restore).dropped] == ["missing"]


def test_a_vanished_group_lets_replace_take_nothing_away(backup: BackupSet, there: Place) -> None:
    there.hold([there.group("Zoe")])
    restore = both(backup, there, AssignMode.REPLACE)
    preview(restore)
    there.remove_group("Ben")

    execute_restore(restore)

    assert there.assigned() == {"Zoe", "Ann"}


def test_without_a_vanished_exclusion_nothing_is_assigned(here: Place, there: Place) -> None:
    here.hold([ALL_USERS, here.group("Ada", excluded=True)])
    sync_groups(here.tenant)
    restore = drafted(make_backup(here.tenant, types=[SCRIPTS]), there, AssignMode.MERGE, Ada="Ann")
    preview(restore)
    there.remove_group("Ann")

    run = execute_restore(restore)

    assert codes(run) == {"restore.assignments_dropped"}
    assert there.assigned() == set()
    assert {each.reason for each in reach_of(restore).dropped} == {"missing", "exclusion"}


def test_a_preview_counts_whom_the_policies_will_newly_reach(here: Place, there: Place) -> None:
    here.hold([ALL_USERS])
    restore = drafted(make_backup(here.tenant, types=[SCRIPTS]), there, AssignMode.REPLACE)
    there.hold([there.group("Zoe")], description="another")
    preview(restore)

    planned = planned_reach(restore)

    assert [describe_gain(each) for each in planned.gained] == ["1 policy will newly reach All users"]
    assert [describe_loss(each) for each in planned.lost] == ["1 policy will no longer reach Zoe"]
    execute_restore(restore)
    assert (planned_reach(restore).gained, written_reach(restore).gained) == ([], planned.gained)


def test_a_narrower_filter_that_is_gone_counts_as_reaching_more() -> None:
    narrow = Target("all_users", filter_id="f", filter_name="Works", filter_mode="include")
    reach = Reach((narrow,), (Target("all_users"),))

    summary = summarize_reach([reach, reach])

    assert [describe_gain(each) for each in summary.gained] == ["2 policies will newly reach All users"]
    assert describe_loss(summary.lost[0]) == "2 policies will no longer reach All users (only filter Works)"


def test_losing_an_exclusion_is_said() -> None:
    reach = Reach((Target("group", "g", "Break glass", is_excluded=True),), ())
    assert describe_loss(summarize_reach([reach]).lost[0]) == "1 policy will no longer exclude Break glass"


def test_conditional_access_says_people_groups_and_roles_in_and_out(source: Tenant, simulator: Simulator) -> None:
    restore = make_restore(make_backup(source, types=[ACCESS]), source)
    resolve_same_groups(restore)
    preview(restore)
    by_name = {each["displayName"]: each for each in held(simulator, source, ACCESS)}

    named = {target.name for item in by_name for target in reach_of(restore, item).after if target.id}

    assert None not in named
    for name, policy in by_name.items():
        reach = reach_of(restore, name)
        assert {each.key for each in reach.after} == {each.key for each in people_of(policy)}
        assert reach.before == reach.after
        assert reach.state_after == policy["state"]
    assert any(target.is_excluded for name in by_name for target in reach_of(restore, name).after)


def test_people_of_a_policy_are_told_apart() -> None:
    users = {
        "includeUsers": ["All"],
        "excludeUsers": ["u", "GuestsOrExternalUsers"],
        "includeGroups": ["g"],
        "excludeRoles": ["r"],
    }
    found = {(each.kind, each.id, each.is_excluded) for each in people_of({"conditions": {"users": users}})}
    assert found == {
        ("all_users", None, False),
        ("user", "u", True),
        ("guests", None, True),
        ("group", "g", False),
        ("role", "r", True),
    }
    assert people_of({"conditions": {"users": {"includeUsers": ["None"]}}}) == ()
