"""An application may do what it was granted."""

import base64
import json

import pytest

from tests.simulator.service import Service, nested

SCRIPTS = "/deviceManagement/deviceManagementScripts"


def withhold(service: Service, *names: str) -> None:
    service.control("PUT", f"/tenants/{service.tenant}/conduct", {"withheld": list(names)})


def both(area: str) -> tuple[str, str]:
    return f"{area}.Read.All", f"{area}.ReadWrite.All"


AREAS = {
    "DeviceManagementApps": "/deviceAppManagement/mobileApps",
    "DeviceManagementConfiguration": "/deviceManagement/configurationPolicies",
    "DeviceManagementRBAC": "/deviceManagement/roleScopeTags",
    "DeviceManagementScripts": SCRIPTS,
    "DeviceManagementServiceConfig": "/deviceManagement/deviceEnrollmentConfigurations",
}


@pytest.mark.parametrize("area", AREAS)
def test_a_read_needs_one_of_two_permissions(service: Service, area: str) -> None:
    """IntuneAssistant #6, GetIntuneAssignments #14."""
    withhold(service, *both(area))
    answer = service.get(AREAS[area])
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "Forbidden")
    words = f"Application must have one of the following scopes: {', '.join(both(area))}"
    assert words in nested(answer)["Message"]
    for each in both(area):
        withhold(service, each)
        assert service.get(AREAS[area]).status_code == 200
    others = [path for name, path in AREAS.items() if name != area]
    withhold(service, *both(area))
    assert {service.get(path).status_code for path in others} == {200}


def test_a_write_needs_the_permission_to_write(service: Service) -> None:
    withhold(service, "DeviceManagementScripts.ReadWrite.All")
    body = {"displayName": "x", "scriptContent": "", "fileName": "x.ps1"}
    assert service.get(SCRIPTS).status_code == 200
    assert service.send("POST", SCRIPTS, json=body).status_code == 403
    script = service.rows(SCRIPTS)[0]["id"]
    assert service.send("DELETE", f"{SCRIPTS}/{script}").status_code == 403
    assert service.get(f"{SCRIPTS}/{script}").status_code == 200
    withhold(service)
    assert service.send("POST", SCRIPTS, json=body).status_code == 201


def test_conditional_access_has_permissions_of_its_own(service: Service) -> None:
    """terraform-provider-azuread #1687."""
    path = "/identity/conditionalAccess/policies"
    policy = service.rows(path)[0]["id"]
    withhold(service, "Policy.ReadWrite.ConditionalAccess")
    answer = service.send("PATCH", f"{path}/{policy}", json={"state": "disabled"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "AccessDenied")
    assert service.get(path).status_code == 200
    withhold(service, "Policy.Read.All")
    assert service.get(path).status_code == 403


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("/groups", ("GroupMember.Read.All", "Group.Read.All", "Directory.Read.All")),
        ("/users", ("User.Read.All", "Directory.Read.All")),
        ("/identityGovernance/termsOfUse/agreements", ("Agreement.Read.All", "Agreement.ReadWrite.All")),
    ],
)
def test_the_directory_says_it_in_its_own_words(service: Service, path: str, names: tuple[str, ...]) -> None:
    withhold(service, *names)
    answer = service.get(path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "Authorization_RequestDenied")


def test_a_token_names_what_was_granted(service: Service) -> None:
    withhold(service, "DeviceManagementRBAC.ReadWrite.All")
    payload = str(service.ask_token().json()["access_token"]).split(".")[1]
    roles = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["roles"]
    assert "DeviceManagementRBAC.ReadWrite.All" not in roles
    assert "DeviceManagementRBAC.Read.All" in roles
    service.control("POST", "/reset", {})


def test_an_unknown_kind_of_conduct_is_refused(service: Service) -> None:
    path = f"{service.origin}/_sim/tenants/{service.tenant}/conduct"
    for body in ({"mood": "bad"}, {"foreign_tokens": "eat"}):
        assert service.http.put(path, json=body, timeout=9).status_code == 400
