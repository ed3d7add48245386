"""What a tenant has besides policies is written by several requests, which can be repeated at any point (R59)."""

from collections.abc import Iterator
from typing import Any

import pytest

from ops_admin.graph.client import GraphClient
from ops_admin.graph.errors import GraphError
from ops_admin.graph.reading import list_policies, read_policy
from ops_admin.graph.resources import PolicyType, get_policy_type
from ops_admin.graph.writing import create_policy, update_policy
from ops_admin.simulator.demo.notices import DEFAULT_BRANDING, NOT_COMPLIANT
from ops_admin.simulator.demo.sign_in import PLANT_STRENGTH, SECURITY_KEYS
from tests.graph.simulated import CONTOSO, FABRIKAM, Simulator, running_simulator

Document = dict[str, Any]
TAGS = get_policy_type("roleScopeTags")
FILTERS = get_policy_type("assignmentFilters")
TEMPLATES = get_policy_type("notificationMessageTemplates")
LOCATIONS = get_policy_type("namedLocations")
STRENGTHS = get_policy_type("authenticationStrengthPolicies")
CONTEXTS = get_policy_type("authenticationContextClassReferences")
BRANDING = get_policy_type("intuneBrandingProfiles")


@pytest.fixture(scope="module")
def running() -> Iterator[Simulator]:
    with running_simulator("--strict") as simulator:
        yield simulator


@pytest.fixture
def simulator(running: Simulator) -> Simulator:
    running.control("POST", "reset")
    return running


@pytest.fixture
def client(simulator: Simulator) -> GraphClient:
    return simulator.client()


def named(client: GraphClient, policy_type: PolicyType, name: str) -> Document:
    items = [item for page in list_policies(client, policy_type) for item in page]
    (found,) = [item for item in items if item[policy_type.name_field] == name]
    return read_policy(client, policy_type, found)


def writes(simulator: Simulator, tenant: str = CONTOSO) -> list[tuple[str, str]]:
    rows = simulator.control("GET", f"requests?tenant={tenant}")["requests"]
    sent = [
        row for row in rows if row["method"] != "GET" and "$batch" not in row["path"] and "token" not in row["path"]
    ]
    return [(row["method"], row["path"].rpartition("/")[2]) for row in sent]


@pytest.mark.parametrize("policy_type", [TAGS, STRENGTHS], ids=lambda each: each.key)
def test_what_belongs_to_microsoft_is_no_policy(client: GraphClient, policy_type: PolicyType) -> None:
    items = [item for page in list_policies(client, policy_type) for item in page]
    assert len(items) == 2
    assert not any(item.get("isBuiltIn") or item.get("policyType") == "builtIn" for item in items)


def test_the_compliant_network_is_no_location_of_the_tenant(simulator: Simulator, client: GraphClient) -> None:
    network = {"@odata.type": "#microsoft.graph.compliantNetworkNamedLocation", "displayName": "All compliant networks"}
    before = sum(len(page) for page in list_policies(client, LOCATIONS))
    simulator.control("POST", f"tenants/{CONTOSO}/namedLocations", **network)
    assert sum(len(page) for page in list_policies(client, LOCATIONS)) == before


def test_messages_become_those_wanted_with_as_few_requests_as_possible(
    simulator: Simulator, client: GraphClient
) -> None:
    live = named(client, TEMPLATES, NOT_COMPLIANT)
    german, english = live["localizedNotificationMessages"]
    french = {"locale": "fr-fr", "subject": "Bonjour", "messageTemplate": "Texte", "isDefault": True}
    wanted = {**live, "localizedNotificationMessages": [{**english, "subject": "Please update"}, french]}
    assert german["isDefault"]
    simulator.control("DELETE", "requests")

    update_policy(client, TEMPLATES, live["id"], wanted, live)

    methods = [method for method, _ in writes(simulator)]
    assert methods == ["POST", "PATCH", "DELETE"]
    after = named(client, TEMPLATES, NOT_COMPLIANT)
    assert after["defaultLocale"] == "fr-fr"
    assert {each["locale"]: each["subject"] for each in after["localizedNotificationMessages"]} == {
        "en-us": "Please update",
        "fr-fr": "Bonjour",
    }
    update_policy(client, TEMPLATES, live["id"], wanted, after)
    assert len(writes(simulator)) == len(methods)


def test_a_template_without_its_messages_is_completed(simulator: Simulator, client: GraphClient) -> None:
    content, there = named(client, TEMPLATES, NOT_COMPLIANT), simulator.client(tenant=FABRIKAM)
    simulator.control("DELETE", f"tenants/{FABRIKAM}/notificationMessageTemplates")
    made: list[str] = []
    rule = {"effect": "status", "options": {"status": 403}}
    path = "^/beta/deviceManagement/notificationMessageTemplates/.*/localizedNotificationMessages$"
    simulator.control("POST", "faults", path=path, method="POST", tenant=FABRIKAM, **rule)
    with pytest.raises(GraphError):
        create_policy(there, TEMPLATES, content, made.append)
    simulator.control("DELETE", "faults")

    update_policy(there, TEMPLATES, made[0], content, read_policy(there, TEMPLATES, {"id": made[0]}))

    assert named(there, TEMPLATES, NOT_COMPLIANT)["defaultLocale"] == "de-de"


def test_a_strength_is_narrowed_and_widened(simulator: Simulator, client: GraphClient) -> None:
    live = named(client, STRENGTHS, PLANT_STRENGTH)
    (configuration,) = live["combinationConfigurations"]
    fewer = {**live, "combinationConfigurations": [{**configuration, "allowedAAGUIDs": SECURITY_KEYS[:1]}]}
    others = {**live, "allowedCombinations": ["windowsHelloForBusiness"], "combinationConfigurations": []}

    for wanted in (fewer, others, live):
        update_policy(client, STRENGTHS, live["id"], wanted, named(client, STRENGTHS, PLANT_STRENGTH))
        now = named(client, STRENGTHS, PLANT_STRENGTH)
        assert now["allowedCombinations"] == wanted["allowedCombinations"]
        keys = [each["allowedAAGUIDs"] for each in now["combinationConfigurations"]]
        assert keys == [each["allowedAAGUIDs"] for each in wanted["combinationConfigurations"]]


def test_a_context_keeps_its_id_if_that_is_free_and_never_takes_another_s(
    simulator: Simulator, client: GraphClient
) -> None:
    there = simulator.client(tenant=FABRIKAM)
    first, second = (item for page in list_policies(client, CONTEXTS) for item in page)
    assert [first["id"], second["id"]] == ["c1", "c2"]

    made = [create_policy(there, CONTEXTS, each).external_id for each in (second, first)]

    assert made == ["c2", "c3"]
    names = {item["id"]: item["displayName"] for page in list_policies(there, CONTEXTS) for item in page}
    assert names == {"c1": "Finance approvals", "c2": second["displayName"], "c3": first["displayName"]}


def test_when_all_contexts_are_in_use_none_is_written(simulator: Simulator, client: GraphClient) -> None:
    rows = [{"id": f"c{number}", "displayName": str(number)} for number in range(2, 100)]
    simulator.control("POST", f"tenants/{FABRIKAM}/authenticationContextClassReferences", value=rows)
    (content, _) = (item for page in list_policies(client, CONTEXTS) for item in page)
    with pytest.raises(GraphError, match=r"graph\.conflict"):
        create_policy(simulator.client(tenant=FABRIKAM), CONTEXTS, content)
    assert writes(simulator, FABRIKAM) == []


def test_pictures_are_read_and_taken_away_again(client: GraphClient) -> None:
    live = read_policy(client, BRANDING, client.get(BRANDING.item_path(DEFAULT_BRANDING)))
    assert live["themeColorLogo"]["type"] == "image/png"
    wanted = {**live, "themeColorLogo": None, "contactITName": "Support"}

    update_policy(client, BRANDING, DEFAULT_BRANDING, wanted, live)

    after = read_policy(client, BRANDING, client.get(BRANDING.item_path(DEFAULT_BRANDING)))
    assert (after["themeColorLogo"], after["contactITName"]) == (None, "Support")
    assert after["lightBackgroundLogo"] == live["lightBackgroundLogo"]


def test_the_tags_of_a_filter_are_written(simulator: Simulator, client: GraphClient) -> None:
    live = named(client, FILTERS, "Kiosk devices")
    update_policy(client, FILTERS, live["id"], {**live, "roleScopeTags": ["1"]}, live)
    assert named(client, FILTERS, "Kiosk devices")["roleScopeTags"] == ["1"]
