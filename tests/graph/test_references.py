"""The ids inside policies are found, and replaced, wherever they are (R55)."""

from typing import Any

import pytest

from ops_admin.references.declared import OF_A_POLICY_SET, Kind, Reference, Undeclared, find, replace, undeclared
from ops_admin.simulator.schema import load_schema

ACCESS = "conditionalAccessPolicies"
SOME_ID = "aaaaaaaa-1111-4222-8333-bbbbbbbbbbbb"
OTHER_ID = "cccccccc-1111-4222-8333-dddddddddddd"
GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10"
GRAPH = "00000003-0000-0000-c000-000000000000"
NOBODY = "00000000-0000-0000-0000-000000000000"
WIFI = "#microsoft.graph.windowsWifiEnterpriseEAPConfiguration"
REUSABLE = "#microsoft.graph.deviceManagementConfigurationReferenceSettingValue"


def conditions(part: str, **values: object) -> dict[str, Any]:
    return {"displayName": "A policy", "conditions": {part: values}}


def actions(**values: object) -> dict[str, Any]:
    return {"scheduledActionsForRule": [{"scheduledActionConfigurations": [{"actionType": "notification", **values}]}]}


def reusable(value: str) -> dict[str, Any]:
    child = {"simpleSettingValue": {"@odata.type": REUSABLE, "value": value}}
    return {"settings": [{"settingInstance": {"groupSettingCollectionValue": [{"children": [child]}]}}]}


HELD = [
    (ACCESS, conditions("users", includeUsers=[SOME_ID]), Kind.USER),
    (ACCESS, conditions("users", excludeGroups=[SOME_ID]), Kind.GROUP),
    (ACCESS, conditions("users", excludeRoles=[SOME_ID]), Kind.DIRECTORY_ROLE),
    (ACCESS, conditions("locations", excludeLocations=["All", SOME_ID]), Kind.LOCATION),
    (ACCESS, conditions("applications", includeApplications=[SOME_ID]), Kind.APPLICATION),
    (ACCESS, conditions("applications", includeAuthenticationContextClassReferences=["c1"]), Kind.CONTEXT),
    (ACCESS, conditions("clientApplications", includeServicePrincipals=[SOME_ID]), Kind.SERVICE_PRINCIPAL),
    (ACCESS, {"grantControls": {"termsOfUse": [SOME_ID]}}, Kind.TERMS),
    (ACCESS, {"grantControls": {"authenticationStrength": {"id": SOME_ID, "displayName": "Own"}}}, Kind.STRENGTH),
    ("deviceCompliancePolicies", actions(notificationTemplateId=SOME_ID), Kind.NOTIFICATION),
    ("deviceCompliancePolicies", actions(notificationMessageCCList=[SOME_ID]), Kind.GROUP),
    (
        "deviceCompliancePolicies",
        {"deviceCompliancePolicyScript": {"deviceComplianceScriptId": SOME_ID}},
        Kind.COMPLIANCE_SCRIPT,
    ),
    ("deviceEnrollmentConfigurations", {"selectedMobileAppIds": [SOME_ID]}, Kind.APP),
    (
        "deviceConfigurations",
        {"@odata.type": WIFI, "rootCertificatesForServerValidation": [{"id": SOME_ID}]},
        Kind.CONFIGURATION,
    ),
    ("deviceConfigurations", {"roleScopeTagIds": ["0", "7"]}, Kind.SCOPE_TAG),
    ("roleAssignments", {"roleDefinition": {"id": SOME_ID, "displayName": "Help desk"}}, Kind.ROLE),
    ("roleAssignments", {"roleScopeTags": [{"id": "3"}], "members": []}, Kind.SCOPE_TAG),
    ("roleAssignments", {"members": [SOME_ID]}, Kind.GROUP),
    ("configurationPolicies", reusable(SOME_ID), Kind.REUSABLE_SETTING),
]


@pytest.mark.parametrize(("type_key", "content", "kind"), HELD)
def test_an_id_is_found_and_replaced_where_it_is(type_key: str, content: dict[str, Any], kind: Kind) -> None:
    before = repr(content)
    (found,) = find(content, type_key)
    assert found.kind is kind

    changed = replace(content, type_key, lambda reference: f"new {reference.kind}")

    assert f"new {kind}" in repr(changed)
    assert repr(found.id) not in repr(changed)
    assert repr(content) == before
    assert len(find(changed, type_key)) == 1


def test_what_the_policy_says_of_it_comes_with_the_reference() -> None:
    content = {"grantControls": {"authenticationStrength": {"id": SOME_ID, "displayName": "Own"}}}
    assert find(content, ACCESS) == [Reference(Kind.STRENGTH, SOME_ID, "authenticationStrength", "Own")]


def test_an_id_that_means_nothing_is_left_out_and_none_comes_twice() -> None:
    content = conditions("locations", includeLocations=[SOME_ID, OTHER_ID, "All"])
    both = replace(content, ACCESS, lambda _reference: "one")
    assert both["conditions"]["locations"]["includeLocations"] == ["one", "All"]
    none = replace(content, ACCESS, lambda _reference: None)
    assert none["conditions"]["locations"]["includeLocations"] == ["All"]


@pytest.mark.parametrize(
    ("type_key", "content"),
    [
        (ACCESS, conditions("users", includeUsers=["All"], excludeUsers=["GuestsOrExternalUsers"])),
        (ACCESS, conditions("users", includeRoles=[GLOBAL_ADMINISTRATOR])),
        (ACCESS, conditions("users", excludeGuestsOrExternalUsers={"externalTenants": {"members": [SOME_ID]}})),
        (ACCESS, conditions("locations", includeLocations=["All"], excludeLocations=["AllTrusted", NOBODY])),
        (ACCESS, conditions("applications", includeApplications=["Office365", GRAPH], includeUserActions=["urn:x"])),
        (ACCESS, {"id": SOME_ID, "grantControls": {"authenticationStrength": {"id": NOBODY[:-1] + "4"}}}),
        (ACCESS, {"conditions": None, "grantControls": None, "sessionControls": {"signInFrequency": {"value": 4}}}),
        ("deviceCompliancePolicies", actions(notificationTemplateId=NOBODY, notificationMessageCCList=[])),
        ("deviceConfigurations", {"roleScopeTagIds": ["0"], "omaSettings": None}),
    ],
)
def test_what_is_the_same_in_every_tenant_is_no_reference(type_key: str, content: dict[str, Any]) -> None:
    assert find(content, type_key) == []
    assert [each for each in undeclared(content, type_key) if each.id != NOBODY] == []


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (conditions("devices", deviceFilter={"mode": "include", "rule": f'device.deviceId -eq "{SOME_ID}"'}), "rule"),
        ({"sessionControls": {"somethingNew": {"id": SOME_ID}}}, "somethingNew"),
        ({"somethingElse": [{"appId": SOME_ID}]}, "appId"),
    ],
)
def test_an_id_at_another_place_is_noticed(content: dict[str, Any], place: str) -> None:
    assert list(undeclared(content, ACCESS)) == [Undeclared(place, SOME_ID)]


def member(kind: str) -> dict[str, Any]:
    """A policy set with one item of this kind."""
    of_kind = {"@odata.type": f"#microsoft.graph.{kind}PolicySetItem"}
    return {"items": [{**of_kind, "payloadId": SOME_ID, "displayName": "Member", "intent": "required"}]}


@pytest.mark.parametrize(("of_item", "kind"), OF_A_POLICY_SET.items())
def test_the_item_of_a_policy_set_says_what_it_leads_to(of_item: str, kind: Kind) -> None:
    content = member(of_item.removesuffix("PolicySetItem"))
    assert find(content, "policySets") == [Reference(kind, SOME_ID, "payloadId", "Member")]
    changed = replace(content, "policySets", lambda _reference: OTHER_ID)
    assert changed["items"] == [{**content["items"][0], "payloadId": OTHER_ID}]
    assert replace(content, "policySets", lambda _reference: None)["items"] == []


def test_every_item_that_microsoft_knows_is_declared() -> None:
    schema = load_schema()
    known = {name for name in schema.own if schema.is_a(name, "policySetItem")} - {"policySetItem"}
    assert set(OF_A_POLICY_SET) == known
