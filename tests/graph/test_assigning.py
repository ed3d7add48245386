"""Assigns policies of every type in the simulated Microsoft Graph."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from ops_admin.graph.assigning import InvalidAssignment, NotAssignable, assign, read_assignments
from ops_admin.graph.errors import GraphError
from ops_admin.graph.reading import list_assignments, list_policies
from ops_admin.graph.resources import POLICY_TYPES, PolicyType, get_policy_type
from tests.graph.scripted import Reply, ScriptedServer, Waits, make_client
from tests.graph.simulated import CONTOSO, Simulator, running_simulator

FILTER_ID = "deviceAndAppManagementAssignmentFilterId"
FILTER_TYPE = "deviceAndAppManagementAssignmentFilterType"
ASSIGNABLE = [policy_type for policy_type in POLICY_TYPES if policy_type.assignable]
AUTOPILOT = get_policy_type("windowsAutopilotDeploymentProfiles")
APPS = get_policy_type("mobileApps")


@pytest.fixture(scope="module")
def running() -> Iterator[Simulator]:
    with running_simulator() as simulator:
        yield simulator


@pytest.fixture
def simulator(running: Simulator) -> Simulator:
    running.control("POST", "reset")
    return running


def policy_id_of(simulator: Simulator, policy_type: PolicyType) -> str:
    policies = simulator.control("GET", f"tenants/{CONTOSO}/{policy_type.key}")["value"]
    fixed = [
        each for each in policies if "_Default" in each["id"] or each.get("isBuiltIn") or each.get("isDefaultProfile")
    ]
    return str(next(each["id"] for each in policies if each not in fixed))


def target(kind: str, **fields: Any) -> dict[str, Any]:
    return {"@odata.type": f"#microsoft.graph.{kind}AssignmentTarget", **fields}


def every_kind() -> list[dict[str, Any]]:
    return [
        {"target": target("group", groupId="group-1")},
        {"target": target("group", groupId="group-2", **{FILTER_ID: "filter-1", FILTER_TYPE: "exclude"})},
        {"target": target("exclusionGroup", groupId="group-3")},
        {"target": target("allDevices", **{FILTER_ID: "filter-1", FILTER_TYPE: "include"})},
        {"target": target("allLicensedUsers", **{FILTER_ID: None, FILTER_TYPE: "none"})},
    ]


def targets_in(simulator: Simulator, policy_type: PolicyType, policy_id: str) -> list[dict[str, Any]]:
    """The targets in the tenant, without empty filters, in a stable order."""
    rows = list_assignments(simulator.client(), policy_type, policy_id)
    targets = [{name: value for name, value in row["target"].items() if value not in (None, "none")} for row in rows]
    return sorted(targets, key=text)


def meant(assignments: list[dict[str, Any]]) -> list[dict[str, Any]]:
    targets = [each["target"] for each in assignments]
    return sorted([{k: v for k, v in each.items() if v not in (None, "none")} for each in targets], key=text)


def text(value: object) -> str:
    return json.dumps(value, sort_keys=True)


@pytest.mark.parametrize("policy_type", ASSIGNABLE, ids=lambda each: each.key)
def test_the_whole_set_is_replaced_with_every_kind_of_target(simulator: Simulator, policy_type: PolicyType) -> None:
    policy_id = policy_id_of(simulator, policy_type)
    wanted = [{**each, "intent": "required"} if policy_type is APPS else each for each in every_kind()]

    assign(simulator.client(), policy_type, policy_id, wanted)

    assert targets_in(simulator, policy_type, policy_id) == meant(wanted)


@pytest.mark.parametrize("policy_type", ASSIGNABLE, ids=lambda each: each.key)
def test_what_is_read_can_be_written_back(simulator: Simulator, policy_type: PolicyType) -> None:
    policy_id = policy_id_of(simulator, policy_type)
    wanted = [{**each, "intent": "available"} if policy_type is APPS else each for each in every_kind()]
    assign(simulator.client(), policy_type, policy_id, wanted)
    present = list(list_assignments(simulator.client(), policy_type, policy_id))

    assign(simulator.client(), policy_type, policy_id, present)

    assert list(list_assignments(simulator.client(), policy_type, policy_id)) == present


@pytest.mark.parametrize("policy_type", ASSIGNABLE, ids=lambda each: each.key)
def test_an_empty_set_removes_all_assignments(simulator: Simulator, policy_type: PolicyType) -> None:
    policy_id = policy_id_of(simulator, policy_type)

    assign(simulator.client(), policy_type, policy_id, [])

    assert targets_in(simulator, policy_type, policy_id) == []


def test_an_app_keeps_its_intent_and_settings(simulator: Simulator) -> None:
    policy_id = policy_id_of(simulator, APPS)
    settings = {"@odata.type": "#microsoft.graph.win32LobAppAssignmentSettings", "notifications": "hideAll"}
    wanted = {"intent": "uninstall", "settings": settings, "target": target("group", groupId="group-1")}

    assign(simulator.client(), APPS, policy_id, [wanted])

    (row,) = list_assignments(simulator.client(), APPS, policy_id)
    assert (row["intent"], row["settings"]) == ("uninstall", settings)


def test_a_deployment_profile_is_assigned_one_target_at_a_time(simulator: Simulator) -> None:
    policy_id = policy_id_of(simulator, AUTOPILOT)
    first, second, third = ({"target": target("group", groupId=f"group-{number}")} for number in range(3))
    assign(simulator.client(), AUTOPILOT, policy_id, [first, second])
    simulator.control("DELETE", "requests")

    assign(simulator.client(), AUTOPILOT, policy_id, [second, third])

    seen = simulator.control("GET", "requests?path=/assignments")["requests"]
    writes = [each["method"] for each in seen if each["method"] != "GET"]
    assert writes == ["POST", "DELETE"]
    assert targets_in(simulator, AUTOPILOT, policy_id) == meant([second, third])


def test_a_deployment_profile_can_exclude_a_group_that_it_included(simulator: Simulator) -> None:
    policy_id = policy_id_of(simulator, AUTOPILOT)
    assign(simulator.client(), AUTOPILOT, policy_id, [{"target": target("group", groupId="group-1")}])
    excluded = [{"target": target("exclusionGroup", groupId="group-1")}]

    assign(simulator.client(), AUTOPILOT, policy_id, excluded)

    assert targets_in(simulator, AUTOPILOT, policy_id) == meant(excluded)


@pytest.mark.parametrize("key", ["conditionalAccessPolicies", "roleDefinitions", "roleAssignments"])
def test_a_type_without_assignments_is_refused_before_anything_is_sent(key: str) -> None:
    with ScriptedServer().running() as server, pytest.raises(NotAssignable):
        assign(make_client(server.url), get_policy_type(key), "policy", [])
    assert server.seen == []


@pytest.mark.parametrize(
    "assignment",
    [
        {},
        {"target": {}},
        {"target": target("group")},
        {"target": target("exclusionGroup", groupId="group", **{FILTER_ID: "filter", FILTER_TYPE: "include"})},
    ],
)
def test_an_invalid_assignment_is_refused_before_anything_is_sent(assignment: dict[str, Any]) -> None:
    with ScriptedServer().running() as server, pytest.raises(InvalidAssignment):
        assign(make_client(server.url), get_policy_type("intents"), "policy", [assignment])
    assert server.seen == []


def test_an_app_without_an_intent_is_refused() -> None:
    with ScriptedServer().running() as server, pytest.raises(InvalidAssignment):
        assign(make_client(server.url), APPS, "policy", [{"target": target("allDevices")}])


def test_a_throttled_assignment_is_sent_again(waits: Waits) -> None:
    throttled = Reply(429, headers={"Retry-After": "3"})
    with ScriptedServer(throttled, Reply(200, {"value": []})).running() as server:
        assign(make_client(server.url, waits), get_policy_type("intents"), "policy", [])

    assert len(server.seen) == 2


def test_a_change_that_needs_approval_has_its_own_code(simulator: Simulator) -> None:
    simulator.control("POST", "faults", effect="approval")
    policy_type = get_policy_type("deviceConfigurations")

    with pytest.raises(GraphError) as caught:
        assign(simulator.client(), policy_type, policy_id_of(simulator, policy_type), [])

    assert caught.value.code == "graph.approval_required"


def test_a_profile_whose_present_assignments_cannot_be_read_is_left_alone(simulator: Simulator) -> None:
    policy_id = policy_id_of(simulator, AUTOPILOT)
    before = targets_in(simulator, AUTOPILOT, policy_id)
    simulator.control("POST", "faults", effect="status", options={"status": 403}, path="/assignments")

    with pytest.raises(GraphError):
        assign(simulator.client(), AUTOPILOT, policy_id, [])

    simulator.control("DELETE", "faults")
    assert targets_in(simulator, AUTOPILOT, policy_id) == before


def test_the_assignments_of_many_policies_are_read_to_their_last_page(simulator: Simulator) -> None:
    policy_type = get_policy_type("configurationPolicies")
    ids = simulator.control("POST", f"tenants/{CONTOSO}/configurationPolicies/generate", count=25, settings=1)["ids"]
    many = [{"target": target("group", groupId=f"group-{number}")} for number in range(250)]
    assign(simulator.client(), policy_type, ids[24], many)

    readings = read_assignments(simulator.client(), policy_type, [{"id": each} for each in ids])

    assert [reading.external_id for reading in readings] == ids
    assert len(readings[24].assignments or []) == 250


def test_a_policy_whose_assignments_cannot_be_read_is_an_error_of_its_own(simulator: Simulator) -> None:
    policy_id = policy_id_of(simulator, AUTOPILOT)

    found, missing = read_assignments(simulator.client(), AUTOPILOT, [{"id": policy_id}, {"id": "gone"}])

    assert found.error is None
    assert found.assignments is not None
    assert missing.error is not None
    assert missing.error.code == "graph.not_found"


@pytest.mark.parametrize("policy_type", ASSIGNABLE, ids=lambda policy_type: policy_type.key)
def test_a_list_shows_assignments_or_they_are_read_apart(simulator: Simulator, policy_type: PolicyType) -> None:
    policy_id = policy_id_of(simulator, policy_type)
    intent = {"intent": "required"} if policy_type is APPS else {}
    many = [{"target": target("group", groupId=f"group-{number}"), **intent} for number in range(120)]
    assign(simulator.client(), policy_type, policy_id, many)
    client = simulator.client()
    items = [item for page in list_policies(client, policy_type, with_assignments=True) for item in page]

    readings = {each.external_id: each for each in read_assignments(client, policy_type, items)}

    expected = list(list_assignments(client, policy_type, policy_id))
    assert (len(expected), readings[policy_id].assignments) == (120, expected)
    assert all("assignments" in item for item in items) == policy_type.assignments_in_list
