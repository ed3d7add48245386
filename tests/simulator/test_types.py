"""Every write is held against Graph's types, in the words of the service that owns the path."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ops_admin.simulator.demo import tenants
from ops_admin.simulator.relations import kind_of, links_of
from ops_admin.simulator.resources import RESOURCES
from ops_admin.simulator.schema import Body, check_body, load_schema
from tests.simulator.service import Service, nested

CONFIGURATIONS = "/deviceManagement/deviceConfigurations"
COMPLIANCE = "/deviceManagement/deviceCompliancePolicies"
ACCESS = "/identity/conditionalAccess/policies"
ROOT = Path(__file__).parents[2]
SCHEMA = ROOT.parent / "shared" / "graph-schema" / "schema.json"


def restrictions(**fields: Any) -> dict[str, Any]:
    return {"@odata.type": "#microsoft.graph.iosGeneralDeviceConfiguration", "displayName": "x", **fields}


REFUSED = {
    "unknown property": (
        restrictions(passcodeColour="red"),
        "The property 'passcodeColour' does not exist on type"
        " 'microsoft.management.services.api.iosGeneralDeviceConfiguration'.",
    ),
    "property of another type": (
        restrictions(bitLockerEnabled=True),
        "The property 'bitLockerEnabled' does not exist",
    ),
    "text for a boolean": (
        restrictions(passcodeRequired="yes"),
        "Cannot convert the literal 'yes' to the expected type 'Edm.Boolean'.",
    ),
    "number for a text": (
        restrictions(description=7),
        "Cannot convert the literal '7' to the expected type 'Edm.String'.",
    ),
    "boolean for a number": (
        restrictions(passcodeMinimumLength=True),
        "Cannot convert the literal 'true' to the expected type 'Edm.Int32'.",
    ),
    "unknown value": (restrictions(safariCookieSettings="sometimes"), "Requested value 'sometimes' was not found."),
    "read-only property": (restrictions(supportsScopeTags=True, createdDateTime="2024-01-01T00:00:00Z"), "read-only"),
    "unknown type": (
        {"@odata.type": "#microsoft.graph.iosMagicConfiguration", "displayName": "x"},
        "A type named 'microsoft.graph.iosMagicConfiguration' could not be resolved by the model.",
    ),
    "type of another collection": (
        {"@odata.type": "#microsoft.graph.iosCompliancePolicy", "displayName": "x"},
        "is not assignable to the expected type 'microsoft.management.services.api.deviceConfiguration'.",
    ),
    "no type": ({"displayName": "x"}, "Cannot create an abstract class."),
    "abstract type": (
        {"@odata.type": "#microsoft.graph.windowsCertificateProfileBase", "displayName": "x"},
        "Cannot create an abstract class.",
    ),
    "unknown property deep inside": (
        restrictions(compliantAppsList=[{"name": "x", "colour": "red"}]),
        "The property 'colour' does not exist",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_the_layer_that_reads_bodies_says_what_is_wrong(service: Service, case: str) -> None:
    """Intune-PowerShell-SDK #97, Microsoft365DSC #5954, Win32App-Migration-Tool #23, IntuneManagement #249."""
    body, words = REFUSED[case]
    answer = service.send("POST", CONFIGURATIONS, json=body)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, "ModelValidationFailure")
    assert words in error["message"]
    assert error["innerError"]["message"] == error["message"]


@pytest.mark.parametrize("value", ["text", {"a": 1}, [7], [None]])
def test_a_collection_of_something_else_does_not_match_the_schema(service: Service, value: Any) -> None:
    """Intune-PowerShell-SDK #4, msgraph-sdk-powershell #960."""
    answer = service.send("POST", CONFIGURATIONS, json=restrictions(compliantAppsList=value))
    assert answer.status_code == 400
    assert "does not match schema" in answer.json()["error"]["message"]


def test_flags_are_separated_by_commas_and_each_is_looked_up(service: Service) -> None:
    path = "/deviceManagement/notificationMessageTemplates"
    good = {"displayName": "x", "brandingOptions": "includeCompanyLogo,includeCompanyName"}
    bad = {"displayName": "x", "brandingOptions": "includeCompanyLogo,includeCat"}
    assert service.send("POST", path, json=good).status_code == 201
    assert service.send("POST", path, json=bad).status_code == 400


def test_null_is_a_value_of_everything(service: Service) -> None:
    body = restrictions(passcodeRequired=None, compliantAppsList=None, safariCookieSettings=None)
    assert service.send("POST", CONFIGURATIONS, json=body).status_code == 201


def test_a_change_is_looked_at_as_a_new_thing_is(service: Service) -> None:
    made = service.send("POST", CONFIGURATIONS, json=restrictions()).json()
    answer = service.send("PATCH", f"{CONFIGURATIONS}/{made['id']}", json=restrictions(passcodeColour="red"))
    assert answer.status_code == 400
    assert "passcodeColour" in answer.json()["error"]["message"]


def test_a_navigation_property_is_not_written_through_its_owner(service: Service) -> None:
    body = restrictions(deviceStatuses=[])
    answer = service.send("POST", CONFIGURATIONS, json=body)
    assert answer.status_code == 400
    assert "deviceStatuses" in nested(answer)["Message"]


@pytest.mark.parametrize(
    "change",
    [
        {"colour": "red"},
        {"state": "on"},
        {"conditions": {"clientAppTypes": ["all"], "weather": "rain"}},
        {"grantControls": {"operator": "OR", "builtInControls": ["password123"]}},
    ],
    ids=["property", "value", "deep property", "deep value"],
)
def test_conditional_access_says_1007_to_all_of_that(service: Service, change: dict[str, Any]) -> None:
    """msgraph-sdk-powershell #3089, terraform-provider-azuread #790."""
    policy = service.rows(ACCESS)[0]["id"]
    answer = service.send("PATCH", f"{ACCESS}/{policy}", json=change)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BadRequest")
    assert answer.json()["error"]["message"].startswith("1007: Incoming ConditionalAccessPolicy object is null")


def test_conditional_access_says_1001_to_what_is_read_only(service: Service) -> None:
    policy = service.rows(ACCESS)[0]["id"]
    change = {"modifiedDateTime": "2024-01-01T00:00:00Z"}
    answer = service.send("PATCH", f"{ACCESS}/{policy}", json=change)
    assert answer.json()["error"]["message"].startswith("1001: 'modifiedDateTime' is a readonly field")


ACTIONS = {
    "deviceConfigurations/assign": ("deviceManagement/deviceConfigurations", "assign", {"assignments": [{"aim": 1}]}),
    "deviceHealthScripts/assign": ("deviceManagement/deviceHealthScripts", "assign", {"assignments": []}),
    "scheduleActionsForRules": (
        "deviceManagement/deviceCompliancePolicies",
        "scheduleActionsForRules",
        {"deviceComplianceScheduledActionForRules": [{"scheduledActionConfigurations": [{"actionType": "explode"}]}]},
    ),
    "updateDefinitionValues": (
        "deviceManagement/groupPolicyConfigurations",
        "updateDefinitionValues",
        {"added": [{"enabled": "maybe"}]},
    ),
    "updateSettings": (
        "deviceManagement/intents",
        "updateSettings",
        {"settings": [{"definitionId": "x", "valueJson": "true"}]},
    ),
    "setPriority": ("deviceManagement/deviceEnrollmentConfigurations", "setPriority", {"priority": "first"}),
    "policySets/update": ("deviceAppManagement/policySets", "update", {"items": []}),
    "targetApps": (
        "deviceAppManagement/iosManagedAppProtections",
        "targetApps",
        {"apps": [{"mobileAppIdentifier": {"bundleId": "x"}}]},
    ),
    "updateRelationships": (
        "deviceAppManagement/mobileApps",
        "updateRelationships",
        {"relationships": [{"targetId": "x"}]},
    ),
    "updateAllowedCombinations": (
        "identity/conditionalAccess/authenticationStrength/policies",
        "updateAllowedCombinations",
        {"allowedCombinations": ["magic"]},
    ),
}


@pytest.mark.parametrize("action", ACTIONS)
def test_parameters_of_actions_have_types_too(service: Service, action: str) -> None:
    path, name, body = ACTIONS[action]
    item = service.rows(f"/{path}")[-1]["id"]
    before = service.get(f"/{path}/{item}").json()
    assert service.send("POST", f"/{path}/{item}/{name}", json=body).status_code == 400
    assert service.get(f"/{path}/{item}").json() == before


def test_a_body_without_end_is_refused(service: Service) -> None:
    deep: Any = "x"
    for _ in range(300):
        deep = {"settings": [deep]}
    for path in (CONFIGURATIONS, "/deviceManagement/configurationPolicies"):
        answer = service.send("POST", path, json={"name": "x", "displayName": "x", "settings": deep})
        assert answer.status_code == 400


@pytest.mark.parametrize("tenant", [0, 1, 2], ids=["contoso", "fabrikam", "northwind"])
def test_the_demo_fits_the_types(tenant: int) -> None:
    shown = Body(load_schema(), reading=True)
    for resource in [resource for resource in RESOURCES if resource.type]:
        for document in tenants()[tenant].documents(resource).values():
            links = links_of(resource, kind_of(resource, document))
            check_body(shown, resource.type, {n: v for n, v in document.items() if n not in links})


@pytest.mark.skipif(not SCHEMA.is_file(), reason="the description of Graph's types is not beside the repository")
def test_the_extract_is_what_the_script_makes_of_the_description(tmp_path: Path) -> None:
    made = tmp_path / "graph_types.json"
    subprocess.run([sys.executable, ROOT / "scripts/graph-types", SCHEMA, made], check=True)
    assert made.read_text() == (ROOT / "ops_admin/simulator/schema/graph_types.json").read_text()
