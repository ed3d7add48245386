"""Writes policies to the simulated Microsoft Graph, which refuses what the real one refuses (R43)."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from ops_admin.graph.bodies import changes_of, is_default, writable
from ops_admin.graph.canonical import content_hash
from ops_admin.graph.client import GraphClient
from ops_admin.graph.errors import GraphError
from ops_admin.graph.reading import read_policy
from ops_admin.graph.resources import POLICY_TYPES, PolicyType, get_policy_type
from ops_admin.graph.rollouts import has_begun
from ops_admin.graph.unwritable import needs_package
from ops_admin.graph.writing import create_policy, update_policy
from ops_admin.references.link_kinds import links_of
from tests.graph.simulated import CONTOSO, CORPUS, FABRIKAM, Simulator, read_all, running_simulator
from tests.support.vaults import KNOWN

# A role assignment refers to a role of its own tenant, and a policy set to policies, so they are written there.
WRITTEN_ELSEWHERE = [each for each in POLICY_TYPES if each.key not in ("roleAssignments", "policySets")]


@pytest.fixture(scope="module")
def running() -> Iterator[Simulator]:
    with running_simulator() as simulator:
        yield simulator


@pytest.fixture
def simulator(running: Simulator) -> Simulator:
    running.control("POST", "reset")
    return running


@pytest.fixture
def there(simulator: Simulator) -> GraphClient:
    return simulator.client(tenant=FABRIKAM)


def policies_of(simulator: Simulator, policy_type: PolicyType) -> list[dict[str, Any]]:
    contents = read_all(simulator.client(), policy_type)
    made_elsewhere = [each for each in contents if needs_package(each, policy_type.key)]
    return [each for each in contents if not is_default(each, policy_type) and each not in made_elsewhere]


def names_own_things(content: dict[str, Any], policy_type: PolicyType) -> bool:
    """Whether it names what exists only in its own tenant: a location, a certificate, an uploaded template.

    A rollout that is over exists there only, too.
    """
    uploaded = content.get("policyConfigurationIngestionType") == "custom"
    return (
        names_a_place(content)
        or uploaded
        or has_begun(content.get("rolloutSettings"))
        or any(content.get(name) for name in links_of(policy_type.key, content).targets)
    )


def names_a_place(content: dict[str, Any]) -> bool:
    locations = (content.get("conditions") or {}).get("locations") or {}
    named = [*(locations.get("includeLocations") or []), *(locations.get("excludeLocations") or [])]
    return any(each not in ("All", "AllTrusted") for each in named)


def reread(client: GraphClient, policy_type: PolicyType, external_id: str) -> dict[str, Any]:
    item = client.get(policy_type.item_path(external_id))
    return read_policy(client, policy_type, item)


@pytest.mark.parametrize("policy_type", WRITTEN_ELSEWHERE, ids=lambda each: each.key)
def test_a_policy_of_each_type_is_the_same_in_another_tenant(
    simulator: Simulator, there: GraphClient, policy_type: PolicyType
) -> None:
    contents = [each for each in policies_of(simulator, policy_type) if not names_own_things(each, policy_type)]
    before = copy.deepcopy(contents)

    made = [create_policy(there, policy_type, content, secrets=KNOWN).external_id for content in contents]

    copies = [reread(there, policy_type, external_id) for external_id in made]
    assert len(made) > 0
    assert [content_hash(each) for each in copies] == [content_hash(each) for each in contents]
    assert [changes_of(*pair, policy_type) for pair in zip(contents, copies, strict=True)] == [frozenset()] * len(made)
    assert contents == before


@pytest.mark.parametrize("policy_type", POLICY_TYPES, ids=lambda each: each.key)
def test_an_update_brings_a_policy_of_each_type_back(simulator: Simulator, policy_type: PolicyType) -> None:
    client = simulator.client()
    for wanted in read_all(client, policy_type):
        spoil(simulator, policy_type, wanted)
        live = reread(client, policy_type, wanted["id"])
        assert changes_of(wanted, live, policy_type)

        update_policy(client, policy_type, wanted["id"], wanted, live, KNOWN)

        assert content_hash(reread(client, policy_type, wanted["id"])) == content_hash(wanted)


def spoil(simulator: Simulator, policy_type: PolicyType, content: dict[str, Any]) -> None:
    """Change the description, and remove, change or add an element of every sub-resource."""
    text = "description" if "description" in content else "displayName"
    changed: dict[str, Any] = {text: "somebody changed this"}
    if policy_type.key == "conditionalAccessPolicies":
        changed = {"state": "disabled"}
    if settings := content.get("settings"):
        changed["settings"] = [{**each, "valueJson": "bent"} for each in settings]
    if values := content.get("definitionValues"):
        more = {"id": "surplus", "enabled": True, "definition": {"id": "of-nobody"}, "presentationValues": []}
        changed["definitionValues"] = [{**values[0], "enabled": not values[0]["enabled"]}, *values[2:], more]
    if rules := content.get("scheduledActionsForRule"):
        changed["scheduledActionsForRule"] = [{**each, "scheduledActionConfigurations": []} for each in rules]
    if messages := content.get("localizedNotificationMessages"):
        more = {"id": "surplus", "locale": "fr-fr", "subject": "x", "messageTemplate": "x", "isDefault": False}
        changed["localizedNotificationMessages"] = [{**messages[0], "subject": "bent"}, more]
    if content.get("combinationConfigurations"):
        changed["combinationConfigurations"] = []
    if content.get("themeColorLogo"):
        changed["themeColorLogo"] = None
    simulator.control("PATCH", f"tenants/{CONTOSO}/{policy_type.key}/{content['id']}", **changed)


@pytest.mark.parametrize("policy_type", POLICY_TYPES, ids=lambda each: each.key)
def test_nothing_is_sent_for_an_unchanged_policy(simulator: Simulator, policy_type: PolicyType) -> None:
    client = simulator.client()
    content = read_all(client, policy_type)[0]
    simulator.control("DELETE", "requests")

    update_policy(client, policy_type, content["id"], content, content)

    assert simulator.control("GET", "requests")["count"] == 0


def test_an_intent_is_made_from_its_template(simulator: Simulator, there: GraphClient) -> None:
    policy_type = get_policy_type("intents")
    content = policies_of(simulator, policy_type)[0]
    simulator.control("DELETE", "requests")

    create_policy(there, policy_type, content, secrets=KNOWN)

    requests = simulator.control("GET", "requests")["requests"]
    (sent,) = [each for each in requests if each["method"] == "POST" and not each["path"].endswith("/token")]
    assert sent["path"] == f"/beta/deviceManagement/templates/{content['templateId']}/createInstance"


@pytest.mark.parametrize("key", ["configurationPolicies", "deviceCompliancePolicies", "groupPolicyConfigurations"])
def test_sub_resources_are_sent_without_what_the_service_adds(simulator: Simulator, key: str) -> None:
    policy_type = get_policy_type(key)
    parts = ("settings", "scheduledActionsForRule", "definitionValues")
    content = policies_of(simulator, policy_type)[0]
    given = [part for name in parts for part in content.get(name, [])]
    assert all("id" in part for part in given)

    sent = [part for name in parts for part in writable(content, policy_type).get(name, [])]

    assert [part.keys() & {"id", "createdDateTime", "lastModifiedDateTime"} for part in sent] == [set()] * len(given)


def test_only_what_changed_is_sent(simulator: Simulator) -> None:
    client, policy_type = simulator.client(), get_policy_type("deviceCompliancePolicies")
    wanted = read_all(client, policy_type)[0]
    live = {**wanted, "scheduledActionsForRule": []}
    simulator.control("DELETE", "requests")

    update_policy(client, policy_type, wanted["id"], wanted, live, KNOWN)

    sent = [
        (each["method"], each["path"].rpartition("/")[2]) for each in simulator.control("GET", "requests")["requests"]
    ]
    assert sent == [("POST", "scheduleActionsForRules")]


def test_the_new_id_is_reported_before_further_calls(simulator: Simulator, there: GraphClient) -> None:
    policy_type = get_policy_type("groupPolicyConfigurations")
    content = policies_of(simulator, policy_type)[0]
    simulator.control("POST", "faults", effect="status", path="updateDefinitionValues", options={"status": 400})
    told: list[str] = []

    with pytest.raises(GraphError, match=r"graph\.bad_request"):
        create_policy(there, policy_type, content, told.append, KNOWN)
    simulator.control("DELETE", "faults")
    live = reread(there, policy_type, told[0])
    update_policy(there, policy_type, told[0], content, live)

    assert content_hash(reread(there, policy_type, told[0])) == content_hash(content)


def test_everything_but_what_the_service_adds_is_sent() -> None:
    content = {
        "@odata.type": "#microsoft.graph.windows10GeneralConfiguration",
        "@odata.context": "https://graph.example/$metadata",
        "id": "1",
        "createdDateTime": "2024-01-01T00:00:00Z",
        "lastModifiedDateTime": "2024-01-01T00:00:00Z",
        "version": 3,
        "supportsScopeTags": True,
        "displayName": "Disks",
        "roleScopeTagIds@odata.type": "#Collection(String)",
        "roleScopeTagIds": ["0"],
        "omaSettings": [{"@odata.type": "#microsoft.graph.omaSettingString", "id": "stays", "value@odata.type": "#x"}],
        "assignments": [],
    }

    assert writable(content, get_policy_type("deviceConfigurations")) == {
        "@odata.type": "#microsoft.graph.windows10GeneralConfiguration",
        "displayName": "Disks",
        "roleScopeTagIds": ["0"],
        "omaSettings": [{"@odata.type": "#microsoft.graph.omaSettingString", "id": "stays"}],
    }


def test_properties_that_a_patch_leaves_alone_are_no_difference() -> None:
    wanted, live = {"displayName": "Disks"}, {"displayName": "Disks", "added": "by a later Intune"}

    assert changes_of(wanted, live, get_policy_type("deviceConfigurations")) == frozenset()
    assert changes_of(
        {"name": "Disks"}, {"name": "Disks", "description": "x"}, get_policy_type("configurationPolicies")
    )


def test_a_value_that_was_null_is_a_difference_and_one_that_is_left_out_is_none() -> None:
    policy_type = get_policy_type("deviceConfigurations")

    assert changes_of({"description": None}, {"description": "by hand"}, policy_type) == {"description"}
    assert changes_of({"description": None}, {}, policy_type) == frozenset()


def test_a_new_value_where_there_was_none_is_a_difference() -> None:
    wanted, live = {"displayName": "Disks", "description": None}, {"displayName": "Disks", "description": "drifted"}
    policy_type = get_policy_type("deviceConfigurations")

    assert changes_of(wanted, live, policy_type) == {"description"}
    assert changes_of(wanted, {"displayName": "Disks"}, policy_type) == frozenset()


def test_a_default_is_recognized_by_its_id_or_its_priority() -> None:
    policy_type = get_policy_type("deviceEnrollmentConfigurations")

    assert is_default({"id": "0a_DefaultLimit"}, policy_type)
    assert is_default({"id": "0a", "priority": 0}, policy_type)
    assert not is_default({"id": "0a", "priority": 1}, policy_type)


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the folder of exported policies is not there")
def test_real_policies_are_the_same_in_another_tenant() -> None:
    with running_simulator("--corpus", str(CORPUS)) as simulator:
        there = simulator.client(tenant=FABRIKAM)
        for policy_type in POLICY_TYPES:
            contents = read_all(simulator.client(), policy_type)
            made = {create_policy(there, policy_type, content, secrets=KNOWN).external_id for content in contents}
            copies = [each for each in read_all(there, policy_type) if each["id"] in made]
            assert sorted(content_hash(each) for each in copies) == sorted(content_hash(each) for each in contents)
