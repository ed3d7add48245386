"""The client against the simulated Microsoft Graph, over real HTTP and with real tokens (R51)."""

from collections.abc import Iterator
from typing import Any

import pytest

from ops_admin.graph.canonical import content_hash
from ops_admin.graph.client import GraphClient
from ops_admin.graph.errors import GraphError
from ops_admin.graph.reading import list_assignments, list_groups, read_policy
from ops_admin.graph.resources import POLICY_TYPES, PolicyType, get_policy_type
from ops_admin.graph.settings import GraphSettings
from ops_admin.graph.unwritable import without_reports
from tests.graph.scripted import Waits
from tests.graph.simulated import CONTOSO, FABRIKAM, Simulator, read_all, running_simulator
from tests.support.vaults import as_read

CATALOG = get_policy_type("configurationPolicies")


@pytest.fixture(scope="module")
def running() -> Iterator[Simulator]:
    with running_simulator() as simulator:
        yield simulator


@pytest.fixture
def simulator(running: Simulator) -> Simulator:
    running.control("POST", "reset")
    return running


def without_id(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name != "id"}


@pytest.mark.parametrize("policy_type", POLICY_TYPES, ids=lambda each: each.key)
def test_every_type_is_read_as_it_stands_in_the_tenant(simulator: Simulator, policy_type: PolicyType) -> None:
    stored = simulator.stored(policy_type.key)
    custom = [each for each in stored if not each.get("isBuiltIn") and not policy_type.is_left_out(each)]
    for each in custom:
        each.pop("driverInventories", None)  # what devices report

    contents = read_all(simulator.client(), policy_type)

    assert [each["id"] for each in contents] == [each["id"] for each in custom]
    shown = [without_reports(each, policy_type.key) for each in custom]
    assert [content_hash(each) for each in contents] == [content_hash(as_read(each)) for each in shown]


def test_three_hundred_settings_are_read(simulator: Simulator) -> None:
    path = f"tenants/{CONTOSO}/configurationPolicies/generate"
    (policy_id,) = simulator.control("POST", path, count=1, settings=306)["ids"]

    content = read_policy(simulator.client(), CATALOG, {"id": policy_id})

    assert len(content["settings"]) == 306


def test_thousands_of_groups_are_listed(simulator: Simulator) -> None:
    before = len(simulator.control("GET", f"tenants/{CONTOSO}/groups")["value"])
    simulator.control("POST", f"tenants/{CONTOSO}/groups/generate", count=2500)

    pages = list(list_groups(simulator.client()))

    assert sum(len(page) for page in pages) == before + 2500
    assert len(pages) == 3


def test_assignments_are_listed(simulator: Simulator) -> None:
    stored = simulator.control("GET", f"tenants/{CONTOSO}/configurationPolicies")["value"]
    assigned = next(policy for policy in stored if policy.get("assignments"))

    found = list(list_assignments(simulator.client(), CATALOG, assigned["id"]))

    assert [each["target"] for each in found] == [each["target"] for each in assigned["assignments"]]


def test_the_same_policy_in_another_tenant_has_the_same_hash(simulator: Simulator) -> None:
    client = simulator.client()
    for policy_type in (CATALOG, get_policy_type("groupPolicyConfigurations")):
        stored = simulator.control("GET", f"tenants/{CONTOSO}/{policy_type.key}")["value"]
        copies = [without_id(each) for each in stored]
        for copy in copies:
            copy.get("settings", []).reverse()
        simulator.control("POST", f"tenants/{FABRIKAM}/{policy_type.key}", value=copies)

        here = {content_hash(each) for each in read_all(client, policy_type)}
        there = {content_hash(each) for each in read_all(simulator.client(tenant=FABRIKAM), policy_type)}

        assert len(here) > 0
        assert here == there


@pytest.mark.parametrize("path", [r"/settings", r"\$batch", r"/configurationPolicies\?"])
def test_temporary_throttling_loses_nothing(simulator: Simulator, path: str) -> None:
    whole = read_all(simulator.client(), CATALOG)
    options = {"status": 429, "retry_after": 2, "nested": 2}
    simulator.control("POST", "faults", effect="status", path=path, times=3, options=options)
    waits = Waits()

    assert read_all(simulator.client(waits), CATALOG) == whole
    assert 2 in waits.seconds


def test_throttling_without_retry_after_is_waited_out_by_back_off(simulator: Simulator) -> None:
    simulator.control("POST", "faults", effect="status", path="/settings", times=5, options={"status": 429})
    waits = Waits()

    assert read_all(simulator.client(waits), CATALOG)
    assert 1 <= waits.seconds[0] <= 2


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"effect": "status", "options": {"status": 429}}, "graph.throttled"),
        ({"effect": "status", "options": {"status": 503, "retry_after": 1}}, "graph.unavailable"),
        ({"effect": "status", "options": {"status": 403, "nested": 1}}, "graph.forbidden"),
        ({"effect": "reject_token"}, "graph.unauthorized"),
        ({"effect": "html"}, "graph.unexpected_response"),
        ({"effect": "truncated"}, "graph.unexpected_response"),
        ({"effect": "drop"}, "graph.unavailable"),
        ({"effect": "hang"}, "graph.timeout"),
    ],
    ids=lambda each: each if isinstance(each, str) else each["effect"],
)
def test_a_lasting_fault_ends_with_a_stable_code(simulator: Simulator, fault: dict[str, Any], code: str) -> None:
    simulator.control("POST", "faults", path="/groups", **fault)

    with pytest.raises(GraphError) as caught:
        list(list_groups(simulator.client(read_timeout=0.3, max_attempts=2)))

    assert caught.value.code == code


def test_a_token_that_stops_being_accepted_is_replaced(simulator: Simulator) -> None:
    simulator.control("POST", "faults", effect="reject_token", path="/groups", times=1)

    assert list(list_groups(simulator.client()))


def test_a_refused_secret_is_unauthorized(simulator: Simulator) -> None:
    simulator.control("PUT", "settings", refused_secrets=["wrong"])
    settings = GraphSettings(simulator.url, simulator.url, "app", "wrong")

    with pytest.raises(GraphError, match=r"graph\.unauthorized"):
        list(list_groups(GraphClient(settings, CONTOSO)))


def test_an_unknown_tenant_is_unauthorized(simulator: Simulator) -> None:
    with pytest.raises(GraphError, match=r"graph\.unauthorized"):
        list(list_groups(simulator.client(tenant="00000000-0000-4000-8000-000000000000")))


def test_groups_are_searched_with_the_header_that_graph_wants(simulator: Simulator) -> None:
    (group,) = simulator.control("POST", f"tenants/{CONTOSO}/groups/generate", count=1)["ids"]
    name = simulator.control("GET", f"tenants/{CONTOSO}/groups/{group}")["displayName"]

    found = simulator.client().items(
        "groups", params={"$search": f'"displayName:{name}"'}, headers={"ConsistencyLevel": "eventual"}
    )

    assert group in {each["id"] for each in found}


def test_a_policy_is_written_and_read_back(simulator: Simulator) -> None:
    client = simulator.client()
    path = get_policy_type("deviceManagementScripts").path
    made = client.post(path, {"displayName": "Say hello", "fileName": "a.ps1", "scriptContent": "eA=="})
    client.patch(f"{path}/{made['id']}", {"description": "changed"})
    changed = client.get(f"{path}/{made['id']}")
    client.delete(f"{path}/{made['id']}")

    assert changed["description"] == "changed"
    with pytest.raises(GraphError, match=r"graph\.not_found"):
        client.get(f"{path}/{made['id']}")


def test_a_change_that_a_second_administrator_must_approve_says_so(simulator: Simulator) -> None:
    simulator.control("POST", "faults", effect="approval", path="/deviceShellScripts")

    with pytest.raises(GraphError, match=r"graph\.approval_required"):
        simulator.client().post("deviceManagement/deviceShellScripts", {"displayName": "Say hello"})
