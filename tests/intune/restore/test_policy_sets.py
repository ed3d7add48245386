"""Policy sets lead to policies of many types: each is found or created in the target, then the set (R55, R59)."""

from collections.abc import Iterator
from typing import Any

import pytest

from ops_admin.access.queries import Tenant
from ops_admin.intune.restore.queries import Restore
from ops_admin.intune.restore.references import list_references
from ops_admin.references.declared import Kind
from ops_admin.runs.states import Outcome
from tests.graph.simulated import Simulator, running_simulator
from tests.intune.restore.comparing import by_name, preview_again
from tests.intune.restore.restoring import (
    actions_of,
    execute_restore,
    fresh,
    held,
    item_named,
    make_backup,
    make_restore,
    preview,
    writes_to,
)
from tests.intune.restore.test_crashes import dying, execute_until_it_lives

SETS = "policySets"
NAME = "Neue Büro-PCs"


@pytest.fixture(scope="module")
def service() -> Iterator[Simulator]:
    with running_simulator("--strict") as simulator:
        yield simulator


def the_set(simulator: Simulator, tenant: Tenant) -> dict[str, Any]:
    (found,) = held(simulator, tenant, SETS)
    return found


def members(simulator: Simulator, tenant: Tenant) -> set[str]:
    """The names of what the set leads to, each looked up by id among the tenant's own policies."""
    keys = ("mobileApps", "deviceConfigurations", "deviceManagementScripts", "deviceEnrollmentConfigurations")
    names = {
        each["id"]: each["displayName"]
        for key in (*keys, "windowsAutopilotDeploymentProfiles")
        for each in held(simulator, tenant, key)
    }
    return {names[each["payloadId"]] for each in the_set(simulator, tenant)["items"]}


def restore_of(simulator: Simulator, source: Tenant, target: Tenant, *, alone: bool = False) -> Restore:
    """A restore of the set, with all that it leads to and all that these need, or without."""
    mapping = by_name(simulator, source, target)
    return make_restore(make_backup(source), target, mapping, names={NAME} if alone else None)


def test_the_members_come_first_and_the_set_leads_to_the_new_ones(
    source: Tenant, target: Tenant, simulator: Simulator
) -> None:
    restore = restore_of(simulator, source, target)
    preview(restore)
    simulator.control("DELETE", "requests")

    execute_restore(restore)

    assert members(simulator, target) == members(simulator, source)
    created, assigned = (each for each in writes_to(simulator, target) if f"/{SETS}" in each[1])
    assert (created[1], assigned[1].rpartition("/")[2]) == (f"/beta/deviceAppManagement/{SETS}", "update")
    (assignment,) = the_set(simulator, target)["assignments"]
    groups = {each["id"]: each["displayName"] for each in held(simulator, target, "groups")}
    assert assignment["target"]["groupId"] in groups
    assert item_named(preview_again(restore), NAME).action == "unchanged"


def test_without_its_members_a_set_is_left_out_and_says_which(
    source: Tenant, target: Tenant, simulator: Simulator
) -> None:
    restore = restore_of(simulator, source, target, alone=True)
    run = preview(restore)
    assert [each.code for each in run.failures] == ["restore.reference_unmapped"]
    detail = str(item_named(restore, NAME).problem_detail)
    assert "App “Company Portal”" in detail
    assert "Windows script “Map follow-me printers”" in detail
    assert "Autopilot deployment profile “Autopilot user driven”" in detail
    kinds = {row.kind for row in list_references(restore.id)}
    assert {Kind.APP, Kind.CONFIGURATION, Kind.SCRIPT, Kind.ENROLLMENT, Kind.DEPLOYMENT_PROFILE} <= kinds


@pytest.mark.parametrize("is_done", [True, False], ids=["carried out", "never sent"])
def test_a_changed_set_is_brought_back_whatever_dies(
    source: Tenant, simulator: Simulator, monkeypatch: pytest.MonkeyPatch, is_done: bool
) -> None:
    before = the_set(simulator, source)
    same = {each["id"]: each["id"] for each in held(simulator, source, "groups")}
    restore = make_restore(make_backup(source, types=[SETS]), source, same)
    others = before["items"][1:]
    surplus = {**others[0], "id": "11111111-2222-4333-8444-555555555555", "payloadId": other_app(simulator, source)}
    changed = {"items": [*others, surplus], "description": "somebody changed this", "assignments": []}
    simulator.control("PATCH", f"tenants/{source.external_id}/{SETS}/{before['id']}", **changed)
    preview(fresh(restore))
    assert actions_of(restore) == {"update": 1}

    execute_until_it_lives(restore, lambda: dying(monkeypatch, after=int(not is_done), is_done=is_done))

    after = the_set(simulator, source)
    assert payloads(after) == payloads(before)
    assert after["description"] == before["description"]
    assert len(after["assignments"]) == len(before["assignments"])
    assert preview(preview_again(restore)).outcome == Outcome.SUCCEEDED


def other_app(simulator: Simulator, tenant: Tenant) -> str:
    return str(held(simulator, tenant, "mobileApps")[-1]["id"])


def payloads(policy_set: dict[str, Any]) -> set[tuple[str, str]]:
    return {(each["@odata.type"], each["payloadId"]) for each in policy_set["items"]}
