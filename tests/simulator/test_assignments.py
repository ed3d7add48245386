"""Assignments: `/assign` replaces the whole set, each type in its own words."""

from typing import Any

import pytest

from ops_admin.simulator.resources import RESOURCES
from tests.simulator.service import Service, nested

GROUP = "#microsoft.graph.groupAssignmentTarget"
EXCLUSION = "#microsoft.graph.exclusionGroupAssignmentTarget"
ALL_DEVICES = "#microsoft.graph.allDevicesAssignmentTarget"
ASSIGNED = [resource for resource in RESOURCES if resource.assign_key]
PROFILES = "/deviceManagement/windowsAutopilotDeploymentProfiles"


def make_target(kind: str = GROUP, **fields: Any) -> dict[str, Any]:
    group = {} if kind == ALL_DEVICES else {"groupId": "22222222-3333-4444-8555-666666666666"}
    return {"@odata.type": kind, **group, **fields}


def first(service: Service, path: str) -> str:
    """The first that is neither built in nor the tenant's default: those are not assigned."""
    rows = service.rows(f"/{path}")
    row = next(row for row in rows if not row.get("isBuiltIn") and not row.get("isDefaultProfile"))
    return f"/{path}/{row['id']}"


@pytest.mark.parametrize("resource", ASSIGNED, ids=lambda resource: resource.key)
def test_assign_replaces_the_whole_set_under_the_types_own_key(service: Service, resource: Any) -> None:
    policy = first(service, resource.path)
    intent = {"intent": "required"} if resource.key == "mobileApps" else {}
    body = {resource.assign_key: [{**intent, "target": make_target()}]}
    answer = service.send("POST", f"{policy}/assign", json=body)
    (left,) = service.rows(f"{policy}/assignments")
    assert answer.status_code == resource.assigning.status
    assert left["target"]["groupId"] == make_target()["groupId"]


@pytest.mark.parametrize("resource", ASSIGNED, ids=lambda resource: resource.key)
def test_another_types_key_is_refused_and_changes_nothing(service: Service, resource: Any) -> None:
    policy = first(service, resource.path)
    before = service.rows(f"{policy}/assignments")
    assert service.send("POST", f"{policy}/assign", json={"policyAssignments": []}).status_code == 400
    assert service.rows(f"{policy}/assignments") == before


def test_an_empty_set_takes_everything_away(service: Service) -> None:
    policy = first(service, "deviceManagement/configurationPolicies")
    assert service.get(policy).json()["isAssigned"] is True
    assert service.send("POST", f"{policy}/assign", json={"assignments": []}).status_code == 200
    assert service.rows(f"{policy}/assignments") == []
    assert service.get(policy).json()["isAssigned"] is False


def test_assigning_is_no_change_of_the_policy(service: Service) -> None:
    policy = first(service, "deviceManagement/deviceConfigurations")
    before = service.get(policy).json()
    service.send("POST", f"{policy}/assign", json={"assignments": [{"target": make_target()}]})
    assert service.get(policy).json() == before


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ({"@odata.type": "#microsoft.graph.configurationManagerCollectionAssignmentTarget"}, "not a target"),
        ({"@odata.type": GROUP}, "groupId"),
        (make_target(deviceAndAppManagementAssignmentFilterType="include"), "both its id and its type"),
        (
            make_target(
                EXCLUSION,
                deviceAndAppManagementAssignmentFilterId="f",
                deviceAndAppManagementAssignmentFilterType="include",
            ),
            "exclusion",
        ),
    ],
)
def test_impossible_targets_are_refused(service: Service, target: dict[str, Any], words: str) -> None:
    policy = first(service, "deviceManagement/deviceConfigurations")
    answer = service.send("POST", f"{policy}/assign", json={"assignments": [{"target": target}]})
    assert answer.status_code == 400
    assert words in nested(answer)["Message"]


def test_an_app_is_assigned_to_a_group_once_with_each_intent(service: Service) -> None:
    app = first(service, "deviceAppManagement/mobileApps")
    uninstall = {"intent": "uninstall", "target": make_target()}
    everyone = {"intent": "available", "target": make_target(ALL_DEVICES)}
    excluded = {"intent": "available", "target": make_target(EXCLUSION)}

    def assign(*assignments: Any) -> int:
        return service.send("POST", f"{app}/assign", json={"mobileAppAssignments": assignments}).status_code

    assert assign(uninstall, everyone, excluded) == 204
    assert len({row["id"] for row in service.rows(f"{app}/assignments")}) == 3
    assert assign(uninstall, {"intent": "uninstall", "target": make_target(EXCLUSION)}) == 400


def test_the_same_group_twice_is_refused(service: Service) -> None:
    policy = first(service, "deviceManagement/deviceConfigurations")
    body = {"assignments": [{"target": make_target()}, {"target": make_target()}]}
    assert service.send("POST", f"{policy}/assign", json=body).status_code == 400


def test_an_app_needs_an_intent(service: Service) -> None:
    app = first(service, "deviceAppManagement/mobileApps")
    body = {"mobileAppAssignments": [{"target": make_target()}]}
    assert service.send("POST", f"{app}/assign", json=body).status_code == 400


def test_deployment_profiles_are_assigned_one_by_one(service: Service) -> None:
    profile = first(service, PROFILES[1:])
    before = service.rows(f"{profile}/assignments")
    made = service.send("POST", f"{profile}/assignments", json={"target": make_target()})
    assert made.status_code == 201
    assert len(service.rows(f"{profile}/assignments")) == len(before) + 1
    assert service.send("DELETE", f"{profile}/assignments/{made.json()['id']}").status_code == 204
    assert service.rows(f"{profile}/assignments") == before


def test_each_type_knows_only_its_own_way_of_assigning(service: Service) -> None:
    profile, policy = first(service, PROFILES[1:]), first(service, "deviceManagement/deviceConfigurations")
    assert service.send("POST", f"{profile}/assign", json={}).status_code == 405
    assert service.send("POST", f"{policy}/assignments", json={"target": make_target()}).status_code == 405


def test_conditional_access_has_no_assignments(service: Service) -> None:
    policy = first(service, "identity/conditionalAccess/policies")
    assert service.get(f"{policy}/assignments").status_code == 400
    assert service.send("POST", f"{policy}/assign", json={}).status_code == 405
