"""Conditional Access: what it refuses, and what works from the moment of its creation on."""

from typing import Any

import pytest

from ops_admin.simulator.demo import FABRIKAM, NORTHWIND, tenants
from ops_admin.simulator.demo.sign_in import strength_id, terms_id
from tests.simulator.service import Service

POLICIES = "/identity/conditionalAccess/policies"
CONTOSO, FABRIKAM_TENANT = tenants()[0], tenants()[1]
NOBODY_HAS = "11111111-2222-4333-8444-555555555555"


def make_policy(**fields: Any) -> dict[str, Any]:
    body: dict[str, Any] = {
        "displayName": "New",
        "state": "enabledForReportingButNotEnforced",
        "conditions": {
            "clientAppTypes": ["all"],
            "applications": {"includeApplications": ["All"]},
            "users": {"includeUsers": ["All"]},
        },
        "grantControls": {"operator": "OR", "builtInControls": ["mfa"]},
    }
    return {**body, **fields}


def with_condition(**fields: Any) -> dict[str, Any]:
    body = make_policy()
    return {**body, "conditions": {**body["conditions"], **fields}}


def refused(service: Service, body: dict[str, Any]) -> str:
    answer = service.send("POST", POLICIES, json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BadRequest"), answer.text
    return str(answer.json()["error"]["message"])


def test_a_strength_with_more_than_its_id_is_refused(service: Service) -> None:
    """msgraph-sdk-powershell #3089, IntuneManagement #109."""
    path = "/identity/conditionalAccess/authenticationStrength/policies"
    strength = service.get(f"{path}/{strength_id('contoso')}").json()
    strength.pop("@odata.context")
    controls = {"operator": "OR", "builtInControls": [], "authenticationStrength": strength}
    assert refused(service, make_policy(grantControls=controls)).startswith("1007: Incoming ConditionalAccessPolicy")
    controls["authenticationStrength"] = {"id": strength["id"]}
    assert service.send("POST", POLICIES, json=make_policy(grantControls=controls)).status_code == 201


def test_an_enabled_policy_works_at_once(service: Service) -> None:
    """IntuneManagement #298: people were locked out."""
    live = f"/tenants/{FABRIKAM}/live"
    fabrikam = service.as_tenant(FABRIKAM)
    assert service.control("GET", live) == {"live": [], "report_only": []}
    made = fabrikam.send("POST", POLICIES, json=make_policy(state="enabled")).json()
    fabrikam.send("POST", POLICIES, json=make_policy())
    now = service.control("GET", live)
    assert [(row["id"], row["since"]) for row in now["live"]] == [(made["id"], made["createdDateTime"])]
    assert len(now["report_only"]) == 1


UNKNOWN = {
    "group": with_condition(users={"includeGroups": [NOBODY_HAS]}),
    "user": with_condition(users={"includeUsers": [NOBODY_HAS]}),
    "location": with_condition(locations={"includeLocations": [NOBODY_HAS]}),
    "application": with_condition(applications={"includeApplications": [NOBODY_HAS]}),
    "context": with_condition(applications={"includeAuthenticationContextClassReferences": ["c9"]}),
    "role that is no id": with_condition(users={"includeRoles": ["Administrator"]}),
    "service principal": with_condition(clientApplications={"includeServicePrincipals": [NOBODY_HAS]}),
    "terms of use": make_policy(grantControls={"operator": "OR", "termsOfUse": [terms_id("fabrikam")]}),
    "strength": make_policy(
        grantControls={"operator": "OR", "authenticationStrength": {"id": strength_id("fabrikam")}}
    ),
}


@pytest.mark.parametrize("case", UNKNOWN)
def test_what_a_policy_is_about_must_exist(service: Service, case: str) -> None:
    """CIPP #3614, #4194; Microsoft365DSC #4774, #5390; IntuneManagement #148."""
    words = {"group": f"1054: Invalid group value: {NOBODY_HAS}.", "location": "1040: NamedLocation with id"}
    usual = "The server could not process the request because it is malformed or incorrect."
    assert refused(service, UNKNOWN[case]).startswith(words.get(case, usual))


def test_a_role_that_the_directory_does_not_have_is_taken_and_means_nothing(service: Service) -> None:
    body = with_condition(users={"includeRoles": [NOBODY_HAS]})
    made = service.send("POST", POLICIES, json=body).json()
    (row,) = service.control("GET", f"/tenants/{service.tenant}/broken")["value"]
    assert (row["id"], row["kind"], row["value"]) == (made["id"], "accessRole", NOBODY_HAS)


def test_ids_of_one_tenant_mean_nothing_in_another(service: Service) -> None:
    fabrikam = service.as_tenant(FABRIKAM)
    location = next(iter(CONTOSO.collection("namedLocations")))
    assert refused(fabrikam, with_condition(locations={"includeLocations": [location]})).startswith("1040")
    own = next(iter(FABRIKAM_TENANT.collection("namedLocations")))
    answer = fabrikam.send("POST", POLICIES, json=with_condition(locations={"includeLocations": [own]}))
    assert answer.status_code == 201


NOT_A_POLICY = {
    "no applications": (with_condition(applications=None), "1011"),
    "empty applications": (with_condition(applications={"includeApplications": []}), "1011"),
    "applications and actions": (
        with_condition(
            applications={"includeApplications": ["All"], "includeUserActions": ["urn:user:registerdevice"]}
        ),
        "1012",
    ),
    "no controls": (make_policy(grantControls=None), "1007"),
    "no conditions": ({"displayName": "x", "state": "disabled"}, "1007"),
    "device states": (with_condition(deviceStates={"includeStates": ["All"]}), "The server could not process"),
    "resilience as it was read": (
        make_policy(sessionControls={"disableResilienceDefaults": False}),
        "The server could not process",
    ),
    "template": (make_policy(templateId="c7503427-338e-4c5e-902d-abe252abfb43"), "1001"),
}


@pytest.mark.parametrize("case", NOT_A_POLICY)
def test_a_policy_must_make_sense(service: Service, case: str) -> None:
    body, words = NOT_A_POLICY[case]
    assert refused(service, body).startswith(words)


def test_the_service_s_strengths_are_not_changed(service: Service) -> None:
    path = "/identity/conditionalAccess/authenticationStrength/policies"
    built_in = next(row for row in service.rows(path) if row["policyType"] == "builtIn")["id"]
    modes = {"allowedCombinations": ["fido2"]}
    assert service.send("PATCH", f"{path}/{built_in}", json={"displayName": "x"}).status_code == 400
    assert service.send("POST", f"{path}/{built_in}/updateAllowedCombinations", json=modes).status_code == 400
    own = strength_id("contoso")
    assert service.send("PATCH", f"{path}/{own}", json=modes).status_code == 400
    changed = service.send("POST", f"{path}/{own}/updateAllowedCombinations", json=modes)
    assert changed.json()["currentCombinations"] == ["fido2"]
    assert service.get(f"{path}/{own}").json()["allowedCombinations"] == ["fido2"]


def test_strengths_are_found_at_all_their_addresses(service: Service) -> None:
    for path in (
        "policies/authenticationStrengthPolicies",
        "identity/conditionalAccess/authenticationStrengths/policies",
    ):
        assert len(service.rows(f"/{path}")) == 5


def test_contexts_have_ids_of_their_makers_choice_but_only_once(service: Service) -> None:
    path = "/identity/conditionalAccess/authenticationContextClassReferences"
    northwind = service.as_tenant(NORTHWIND)
    body = {"id": "c7", "displayName": "Payroll", "isAvailable": True}
    assert northwind.send("POST", path, json=body).status_code == 201
    assert northwind.send("POST", path, json=body).status_code == 409
    assert northwind.send("POST", path, json={**body, "id": "c100"}).status_code == 400
