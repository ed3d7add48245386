"""Enrollment: priorities, names, and what people are told."""

from typing import Any

import pytest

from ops_admin.simulator.demo import FABRIKAM
from ops_admin.simulator.demo.notices import DEFAULT_BRANDING, template_id
from tests.simulator.service import Service, nested

CONFIGURATIONS = "/deviceManagement/deviceEnrollmentConfigurations"
PAGE = "#microsoft.graph.windows10EnrollmentCompletionPageConfiguration"
TEMPLATES = "/deviceManagement/notificationMessageTemplates"
BRANDING = "/deviceManagement/intuneBrandingProfiles"


def make_page(**fields: Any) -> dict[str, Any]:
    return {"@odata.type": PAGE, "displayName": "New", **fields}


def made(service: Service, path: str, body: dict[str, Any]) -> str:
    answer = service.send("POST", path, json=body)
    assert answer.status_code in (200, 201), answer.text
    return f"{path}/{answer.json()['id']}"


def priorities(service: Service) -> dict[str, int]:
    return {row["displayName"]: row["priority"] for row in service.rows(CONFIGURATIONS) if row["@odata.type"] == PAGE}


def test_a_taken_priority_is_a_conflict(service: Service) -> None:
    taken = service.send("POST", CONFIGURATIONS, json=make_page(priority=1))
    assert (taken.status_code, taken.json()["error"]["code"]) == (409, "Conflict")
    made(service, CONFIGURATIONS, make_page())
    assert priorities(service) == {"Status page - offices": 1, "New": 2}


def test_priorities_are_set_by_an_action_and_the_others_make_room(service: Service) -> None:
    """Microsoft365DSC, pull request 4295."""
    second = made(service, CONFIGURATIONS, make_page())
    third = made(service, CONFIGURATIONS, make_page(displayName="Third"))
    assert service.send("POST", f"{third}/setPriority", json={"priority": 1}).status_code == 200
    assert priorities(service) == {"Third": 1, "Status page - offices": 2, "New": 3}
    for path, number in ((third, 1), (second, 9), (second, 0)):
        assert service.send("POST", f"{path}/setPriority", json={"priority": number}).status_code == 400
    patched = service.send("PATCH", second, json=make_page(priority=1))
    assert "priority" in nested(patched)["Message"]


def test_the_default_keeps_its_place(service: Service) -> None:
    default = next(row["id"] for row in service.rows(CONFIGURATIONS) if "_Default" in row["id"])
    assert service.send("POST", f"{CONFIGURATIONS}/{default}/setPriority", json={"priority": 1}).status_code == 400


def test_a_deployment_profile_has_no_hyphen_in_its_name(service: Service) -> None:
    """Microsoft365DSC #3892."""
    path = "/deviceManagement/windowsAutopilotDeploymentProfiles"
    body = {"@odata.type": "#microsoft.graph.azureADWindowsAutopilotDeploymentProfile", "displayName": "A - b"}
    assert service.send("POST", path, json=body).status_code == 400
    assert service.send("POST", path, json={**body, "displayName": "A b"}).status_code == 201


def test_messages_are_made_one_by_one_and_one_is_the_default(service: Service) -> None:
    """microsoft-graph-docs #2243, IntuneManagement: Start-PreImportNotifications, IntuneCD."""
    message = {"locale": "de-DE", "subject": "Hallo", "messageTemplate": "Text", "isDefault": True}
    whole = {"displayName": "x", "localizedNotificationMessages": [message]}
    assert service.send("POST", TEMPLATES, json=whole).status_code == 400
    assert service.send("POST", TEMPLATES, json={"displayName": "x", "defaultLocale": "de-de"}).status_code == 400
    template = made(service, TEMPLATES, {"displayName": "x"})
    german = made(service, f"{template}/localizedNotificationMessages", message)
    english = made(
        service, f"{template}/localizedNotificationMessages", {**message, "locale": "en-us", "isDefault": False}
    )
    assert service.get(template).json()["defaultLocale"] == "de-de"
    assert service.send("PATCH", english, json={"isDefault": True}).status_code == 200
    assert service.get(template).json()["defaultLocale"] == "en-us"
    assert service.send("PATCH", english, json={"locale": "fr-fr"}).status_code == 400
    assert service.send("POST", f"{template}/localizedNotificationMessages", json=message).status_code == 400
    assert service.send("DELETE", english).status_code == 400
    assert service.send("DELETE", german).status_code == 204
    assert [row["locale"] for row in service.rows(f"{template}/localizedNotificationMessages")] == ["en-us"]


@pytest.mark.parametrize("change", [{"subject": 7}, {"colour": "red"}, {"id": "x"}])
def test_messages_have_types_too(service: Service, change: dict[str, Any]) -> None:
    path = f"{TEMPLATES}/{template_id('contoso')}/localizedNotificationMessages"
    body = {"locale": "fr-fr", "subject": "x", "messageTemplate": "x", **change}
    assert service.send("POST", path, json=body).status_code == 400


def test_pictures_have_addresses_of_their_own(service: Service) -> None:
    """IntuneManagement: Start-PostGetIntuneBranding."""
    item = service.get(f"{BRANDING}/{DEFAULT_BRANDING}").json()
    names = ("themeColorLogo", "lightBackgroundLogo", "landingPageCustomizedImage")
    assert [item[name] for name in names] == [None] * 3
    picture = service.get(f"{BRANDING}/{DEFAULT_BRANDING}/themeColorLogo").json()
    assert (picture["type"], picture["value"][:8]) == ("image/png", "iVBORw0K")
    new = {"profileName": "x", "displayName": "x"}
    content = {"type": "image/png", "value": picture["value"]}
    assert service.send("POST", BRANDING, json={**new, "themeColorLogo": content}).status_code == 400
    profile = made(service, BRANDING, new)
    assert service.send("PATCH", profile, json={"themeColorLogo": content}).status_code == 200
    assert service.get(f"{profile}/themeColorLogo").json()["value"] == content["value"]


def test_the_default_look_is_there_everywhere_and_only_partly_open(service: Service) -> None:
    default = f"{BRANDING}/{DEFAULT_BRANDING}"
    assert service.as_tenant(FABRIKAM).get(default).json()["isDefaultProfile"] is True
    for body in ({"profileName": "x"}, {"profileDescription": "x"}, {"isDefaultProfile": False}):
        assert service.send("PATCH", default, json=body).status_code == 400
    assert service.send("PATCH", default, json={"contactITName": "Helpdesk"}).status_code == 200
    assert service.send("DELETE", default).status_code == 400


NEVER_CHANGED = {
    "feature updates": ("windowsFeatureUpdateProfiles", {"endOfSupportDate": "2026-10-13T00:00:00Z"}),
    "driver updates": ("windowsDriverUpdateProfiles", {"approvalType": "manual"}),
    "quality updates": ("windowsQualityUpdateProfiles", {"releaseDateDisplayName": "x"}),
    "filters": ("assignmentFilters", {"platform": "windows10AndLater"}),
    "custom attributes": ("deviceCustomAttributeShellScripts", {"customAttributeName": "x"}),
    "remediations": ("deviceHealthScripts", {"version": "9"}),
    "templates": ("groupPolicyConfigurations", {"policyConfigurationIngestionType": "custom"}),
    "intents": ("intents", {"templateId": "x"}),
    "roles": ("roleDefinitions", {"isBuiltIn": False}),
}


@pytest.mark.parametrize("case", NEVER_CHANGED)
def test_some_properties_are_never_changed(service: Service, case: str) -> None:
    """IntuneManagement (PropertiesToRemoveForUpdate), IntuneCD, CIPP."""
    key, body = NEVER_CHANGED[case]
    path = f"/deviceManagement/{key}"
    item = f"{path}/{service.rows(path)[-1]['id']}"
    assert service.send("PATCH", item, json=body).status_code == 400
    assert service.send("PATCH", item, json={"description": "x"}).status_code == 200


@pytest.mark.parametrize(
    "name", ["featureUpdatesWillBeRolledBack", "qualityUpdatesPauseStartDate", "featureUpdatesRollbackStartDateTime"]
)
def test_an_update_ring_is_not_rolled_back_by_a_change(service: Service, name: str) -> None:
    path = "/deviceManagement/deviceConfigurations"
    kind = "#microsoft.graph.windowsUpdateForBusinessConfiguration"
    ring = next(row["id"] for row in service.rows(path) if row["@odata.type"] == kind)
    value = {"featureUpdatesWillBeRolledBack": True, "qualityUpdatesPauseStartDate": "2025-01-01"}
    body = {"@odata.type": kind, name: value.get(name, "2025-01-01T00:00:00Z")}
    assert service.send("PATCH", f"{path}/{ring}", json=body).status_code == 400
    assert (
        service.send("PATCH", f"{path}/{ring}", json={"@odata.type": kind, "driversExcluded": True}).status_code == 200
    )
