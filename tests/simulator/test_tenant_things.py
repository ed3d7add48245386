"""What a tenant has besides policies, as a real one takes it: tags, locations, strengths, contexts, branding."""

from typing import Any

import pytest

from ops_admin.simulator.demo import FABRIKAM
from ops_admin.simulator.demo.notices import DEFAULT_BRANDING
from ops_admin.simulator.demo.sign_in import PLANT_STRENGTH, SECURITY_KEYS, strength_id
from tests.simulator.service import Service

TAGS = "/deviceManagement/roleScopeTags"
LOCATIONS = "/identity/conditionalAccess/namedLocations"
STRENGTHS = "/identity/conditionalAccess/authenticationStrength/policies"
CONTEXTS = "/identity/conditionalAccess/authenticationContextClassReferences"
BRANDING = "/deviceManagement/intuneBrandingProfiles"
FIDO2 = "#microsoft.graph.fido2CombinationConfiguration"
EVERYBODY = {"target": {"@odata.type": "#microsoft.graph.allLicensedUsersAssignmentTarget"}}


def keys(*combinations: str) -> dict[str, Any]:
    return {"@odata.type": FIDO2, "appliesToCombinations": [*combinations], "allowedAAGUIDs": SECURITY_KEYS}


def status(service: Service, method: str, path: str, body: dict[str, Any] | None = None) -> int:
    return service.send(method, path, json=body).status_code


def test_scope_tags_are_numbered_and_the_default_is_the_service_s(service: Service) -> None:
    numbers = [int(row["id"]) for row in service.rows(TAGS)]
    made = service.send("POST", TAGS, json={"displayName": "Plants"}).json()
    assert made["id"] == str(max(numbers) + 1)
    assert status(service, "PATCH", f"{TAGS}/0", {"displayName": "x"}) == 400
    assert status(service, "POST", f"{TAGS}/0/assign", {"assignments": [EVERYBODY]}) == 400
    assert status(service, "PATCH", f"{TAGS}/{made['id']}", {"displayName": "x"}) == 200


def test_only_two_kinds_of_locations_are_made_and_they_are_not_empty(service: Service) -> None:
    network = {"@odata.type": "#microsoft.graph.compliantNetworkNamedLocation", "displayName": "All compliant"}
    empty = {"@odata.type": "#microsoft.graph.ipNamedLocation", "displayName": "x", "ipRanges": [], "isTrusted": True}
    country = {"@odata.type": "#microsoft.graph.countryNamedLocation", "displayName": "x"}
    assert [status(service, "POST", LOCATIONS, body) for body in (network, empty, country)] == [400, 400, 400]
    made = service.send("POST", LOCATIONS, json={**country, "countriesAndRegions": ["PL"]})
    assert made.status_code == 201
    path = f"{LOCATIONS}/{made.json()['id']}"
    assert status(service, "PATCH", path, {"displayName": "y"}) == 400
    assert status(service, "PATCH", path, {"@odata.type": country["@odata.type"], "displayName": "y"}) == 204


def test_a_strength_gets_its_configurations_by_requests_of_their_own(service: Service) -> None:
    whole = {"displayName": "Keys", "allowedCombinations": ["fido2"], "combinationConfigurations": [keys("fido2")]}
    assert status(service, "POST", STRENGTHS, whole) == 400
    assert status(service, "POST", STRENGTHS, {**whole, "policyType": "custom"}) == 400
    del whole["combinationConfigurations"]
    made = service.send("POST", STRENGTHS, json=whole).json()
    path = f"{STRENGTHS}/{made['id']}/combinationConfigurations"
    assert status(service, "POST", path, keys("deviceBasedPush")) == 400
    first = service.send("POST", path, json=keys("fido2"))
    assert first.status_code == 201
    assert status(service, "POST", path, keys("fido2")) == 409
    fewer = {**keys("fido2"), "allowedAAGUIDs": SECURITY_KEYS[:1]}
    assert status(service, "PATCH", f"{path}/{first.json()['id']}", fewer) == 204
    assert [row["allowedAAGUIDs"] for row in service.rows(path)] == [SECURITY_KEYS[:1]]


def test_a_combination_with_a_configuration_stays_until_that_is_gone(service: Service) -> None:
    strength = next(row["id"] for row in service.rows(STRENGTHS) if row["displayName"] == PLANT_STRENGTH)
    path = f"{STRENGTHS}/{strength}"
    other = {"allowedCombinations": ["x509CertificateMultiFactor"]}
    assert status(service, "POST", f"{path}/updateAllowedCombinations", other) == 400
    (configuration,) = service.rows(f"{path}/combinationConfigurations")
    assert status(service, "DELETE", f"{path}/combinationConfigurations/{configuration['id']}") == 204
    assert status(service, "DELETE", f"{path}/combinationConfigurations/{configuration['id']}") == 404
    assert status(service, "POST", f"{path}/updateAllowedCombinations", other) == 200


def test_the_service_s_own_strengths_get_no_configuration(service: Service) -> None:
    built_in = next(row["id"] for row in service.rows(STRENGTHS) if row["policyType"] == "builtIn")
    assert status(service, "POST", f"{STRENGTHS}/{built_in}/combinationConfigurations", keys("fido2")) == 400
    own = f"{STRENGTHS}/{strength_id('contoso')}/combinationConfigurations"
    assert status(service, "PUT", own, keys("fido2")) == 405


def test_a_patch_to_a_free_id_makes_a_context_and_to_a_taken_one_changes_it(service: Service) -> None:
    fabrikam = service.as_tenant(FABRIKAM)
    body = {"displayName": "Payroll", "isAvailable": True}
    assert status(fabrikam, "PATCH", f"{CONTEXTS}/c9", body) == 204
    assert status(fabrikam, "PATCH", f"{CONTEXTS}/c100", body) == 400
    assert status(fabrikam, "PATCH", f"{CONTEXTS}/c1", {"displayName": "Other"}) == 204
    assert {row["id"]: row["displayName"] for row in fabrikam.rows(CONTEXTS)} == {"c1": "Other", "c9": "Payroll"}


def test_a_picture_that_is_not_there_is_no_content_and_the_default_is_everybody_s(service: Service) -> None:
    path = f"{BRANDING}/{DEFAULT_BRANDING}"
    assert status(service, "PATCH", path, {"themeColorLogo": None}) == 200
    answer = service.get(f"{path}/themeColorLogo")
    assert (answer.status_code, answer.text) == (204, "")
    assert service.get(f"{path}/lightBackgroundLogo").json()["type"] == "image/png"
    assert status(service, "POST", f"{path}/assign", {"assignments": [EVERYBODY]}) == 400
    assert status(service, "PATCH", path, {"customPrivacyMessage": "x"}) == 400


@pytest.mark.parametrize("name", ["platform", "payloads"])
def test_a_filter_keeps_its_platform(service: Service, name: str) -> None:
    row = service.rows("/deviceManagement/assignmentFilters")[0]
    assert status(service, "PATCH", f"/deviceManagement/assignmentFilters/{row['id']}", {name: row[name]}) == 400
