"""Apps: what their lists leave out, what their bodies must not say, and packages without content."""

from typing import Any

import pytest

from ops_admin.simulator.demo.app_settings import app_id
from tests.simulator.service import Service, nested

APPS = "/deviceAppManagement/mobileApps"
ZIP = app_id("7-Zip 24.08")
WIN32 = "#microsoft.graph.win32LobApp"


def make_link(**fields: Any) -> dict[str, Any]:
    return {"@odata.type": "#microsoft.graph.webApp", "displayName": "Link", "publisher": "x", **fields}


def made(service: Service, body: dict[str, Any]) -> str:
    answer = service.send("POST", APPS, json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def assign_to_all(service: Service, app: str) -> Any:
    target = {"@odata.type": "#microsoft.graph.allDevicesAssignmentTarget"}
    return service.send(
        "POST", f"{APPS}/{app}/assign", json={"mobileAppAssignments": [{"intent": "required", "target": target}]}
    )


def test_a_list_shows_neither_icons_nor_scope_tags(service: Service) -> None:
    row = next(row for row in service.rows(APPS) if row["id"] == ZIP)
    item = service.get(f"{APPS}/{ZIP}").json()
    assert (row["largeIcon"], row["roleScopeTagIds"]) == (None, [])
    assert item["largeIcon"]["type"] == "image/png"
    assert item["roleScopeTagIds"] == ["0", "1"]


def test_writing_back_what_a_list_shows_erases_the_icon(service: Service) -> None:
    service.send("PATCH", f"{APPS}/{ZIP}", json={"@odata.type": WIN32, "notes": "still there"})
    assert service.get(f"{APPS}/{ZIP}").json()["largeIcon"]
    service.send("PATCH", f"{APPS}/{ZIP}", json={"@odata.type": WIN32, "largeIcon": None})
    assert service.get(f"{APPS}/{ZIP}").json()["largeIcon"] is None


@pytest.mark.parametrize(
    "name", ["committedContentVersion", "size", "isFeatured", "publishingState", "uploadState", "dependentAppCount"]
)
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_what_the_service_says_of_an_app_is_not_sent(service: Service, name: str, method: str) -> None:
    value = service.get(f"{APPS}/{ZIP}").json()[name]
    path = APPS if method == "POST" else f"{APPS}/{ZIP}"
    assert service.send(method, path, json={"@odata.type": WIN32, "displayName": "x", name: value}).status_code == 400


def test_a_package_without_content_is_unpublished_and_cannot_be_assigned(service: Service) -> None:
    """andrew-s-taylor/public #20, IntuneManagement #323."""
    app = made(service, {"@odata.type": WIN32, "displayName": "New", "publisher": "x", "fileName": "x.intunewin"})
    item = service.get(f"{APPS}/{app}").json()
    assert (item["publishingState"], item["committedContentVersion"], item["size"]) == ("notPublished", None, 0)
    words = "Invalid operation: app's PublishingState is not 'Published'."
    assert words in nested(assign_to_all(service, app))["Message"]
    relationship = {
        "@odata.type": "#microsoft.graph.mobileAppSupersedence",
        "targetId": ZIP,
        "supersedenceType": "update",
    }
    related = service.send("POST", f"{APPS}/{app}/updateRelationships", json={"relationships": [relationship]})
    assert words in nested(related)["Message"]
    assert service.rows(f"{APPS}/{app}/assignments") == []


def test_a_package_with_content_is_assigned_and_related(service: Service) -> None:
    assert assign_to_all(service, ZIP).status_code == 204
    relationship = {"@odata.type": "#microsoft.graph.mobileAppDependency", "dependencyType": "autoInstall"}
    path = f"{APPS}/{ZIP}/updateRelationships"
    known = {**relationship, "targetId": app_id("Company Portal")}
    assert service.send("POST", path, json={"relationships": [known]}).status_code == 204
    assert [row["targetId"] for row in service.rows(f"{APPS}/{ZIP}/relationships")] == [app_id("Company Portal")]
    unknown = {**relationship, "targetId": "11111111-2222-4333-8444-555555555555"}
    assert service.send("POST", path, json={"relationships": [unknown]}).status_code == 400


def test_an_app_of_a_store_is_published_after_a_while(service: Service) -> None:
    service.control("PUT", f"/tenants/{service.tenant}/conduct", {"publishing_seconds": 600})
    body = {"@odata.type": "#microsoft.graph.winGetApp", "displayName": "New", "packageIdentifier": "9WZDNCRFJ3PZ"}
    app = made(service, body)
    assert service.get(f"{APPS}/{app}").json()["publishingState"] == "processing"
    service.control("PUT", f"/tenants/{service.tenant}/conduct", {"publishing_seconds": 0})
    assert service.get(f"{APPS}/{app}").json()["publishingState"] == "published"


def test_a_link_is_published_at_once(service: Service) -> None:
    app = made(service, make_link(appUrl="https://x.example"))
    assert assign_to_all(service, app).status_code == 204


def test_the_address_of_a_store_is_not_changed(service: Service) -> None:
    """IntuneManagement: Start-PreUpdateApplication."""
    badge = {"@odata.type": "#microsoft.graph.iosStoreApp", "appStoreUrl": "https://apps.apple.com/app/id1"}
    answer = service.send("PATCH", f"{APPS}/{app_id('Contoso Visitor Badge')}", json=badge)
    assert "appStoreUrl" in nested(answer)["Message"]


def test_microsoft_365_takes_no_unset_file_format(service: Service) -> None:
    """IntuneManagement: Start-PreImportApplication."""
    body = {"@odata.type": "#microsoft.graph.officeSuiteApp", "displayName": "New", "publisher": "x"}
    unset = {**body, "officeSuiteAppDefaultFileFormat": "notConfigured"}
    assert service.send("POST", APPS, json=unset).status_code == 400
    assert service.send("POST", APPS, json=body).status_code == 201


def test_categories_are_references(service: Service) -> None:
    (category,) = service.rows(f"{APPS}/{ZIP}/categories")
    other = next(row for row in service.rows("/deviceAppManagement/mobileAppCategories") if row["id"] != category["id"])
    link = {"@odata.id": f"https://graph.microsoft.com/beta/deviceAppManagement/mobileAppCategories/{other['id']}"}
    assert service.send("POST", f"{APPS}/{ZIP}/categories/$ref", json=link).status_code == 204
    assert [row["id"] for row in service.rows(f"{APPS}/{ZIP}/categories")] == [category["id"], other["id"]]


PROTECTIONS = "/deviceAppManagement/iosManagedAppProtections"


def make_protection(**fields: Any) -> dict[str, Any]:
    return {"displayName": "New", "pinRequired": True, **fields}


def test_a_policy_for_managed_apps_is_made_with_its_apps_and_changed_without(service: Service) -> None:
    """CIPP: Set-CIPPIntunePolicy; terraform-provider-microsoft365 #3699; Intune-PowerShell-SDK #127."""
    identifier = {"@odata.type": "#microsoft.graph.iosMobileAppIdentifier", "bundleId": "com.example.app"}
    apps = [{"mobileAppIdentifier": identifier}]
    answer = service.send("POST", PROTECTIONS, json=make_protection(apps=apps))
    assert answer.status_code == 201
    path = f"{PROTECTIONS}/{answer.json()['id']}"
    assert answer.json()["id"].startswith("T_")
    assert service.get(path).json()["deployedAppCount"] == 1
    assert service.send("PATCH", path, json={"apps": []}).status_code == 400
    assert service.send("POST", f"{path}/targetApps", json={"apps": []}).status_code == 204
    assert service.rows(f"{path}/apps") == []
    assert service.send("POST", PROTECTIONS, json=make_protection(assignments=[])).status_code == 400


@pytest.mark.parametrize("name", ["isAssigned", "deployedAppCount", "version"])
def test_what_the_service_says_of_such_a_policy_is_not_sent(service: Service, name: str) -> None:
    value = service.rows(PROTECTIONS)[0][name]
    assert service.send("POST", PROTECTIONS, json=make_protection(**{name: value})).status_code == 400


def test_one_address_has_all_policies_for_managed_apps(service: Service) -> None:
    path = "/deviceAppManagement/managedAppPolicies"
    kinds = {row["@odata.type"].rpartition(".")[2] for row in service.rows(path)}
    assert len(kinds) == 5
    assert all("apps" not in row for row in service.rows(path))
    kind = "#microsoft.graph.iosManagedAppProtection"
    new = service.send("POST", path, json=make_protection(**{"@odata.type": kind})).json()
    assert service.get(f"{PROTECTIONS}/{new['id']}").json()["displayName"] == "New"
    assert (
        service.send("PATCH", f"{path}/{new['id']}", json={"@odata.type": kind, "description": "x"}).status_code == 204
    )
    assert service.send("DELETE", f"{path}/{new['id']}").status_code == 204
    assert service.send("POST", path, json=make_protection()).status_code == 400
    assert service.send("DELETE", f"{path}/{new['id']}").status_code == 404


def test_a_policy_set_is_written_by_an_action(service: Service) -> None:
    """microsoft-graph-docs #19751, microsoft-graph-explorer-v4 #2930."""
    path = "/deviceAppManagement/policySets"
    policy_set = f"{path}/{service.rows(path)[0]['id']}"
    items = service.rows(f"{policy_set}/items")
    assert service.get(f"{policy_set}/assignments").status_code == 400
    assert len(service.get(f"{policy_set}?$expand=assignments,items").json()["assignments"]) == 1
    everyone = {"target": {"@odata.type": "#microsoft.graph.allDevicesAssignmentTarget"}}
    kind = "#microsoft.graph.mobileAppPolicySetItem"
    body = {
        "addedPolicySetItems": [{"@odata.type": kind, "payloadId": ZIP, "intent": "required"}],
        "deletedPolicySetItems": [items[0]["id"]],
        "assignments": [everyone],
    }
    assert service.send("POST", f"{policy_set}/update", json=body).status_code == 204
    assert [row["payloadId"] for row in service.rows(f"{policy_set}/items")] == [
        *(row["payloadId"] for row in items[1:]),
        ZIP,
    ]
    (left,) = service.get(f"{policy_set}?$expand=assignments").json()["assignments"]
    assert left["target"]["@odata.type"] == everyone["target"]["@odata.type"]
    for name, value in (("status", "success"), ("errorCode", "noError")):
        assert service.send("POST", path, json={"displayName": "x", name: value}).status_code == 400
    gone = {"deletedPolicySetItems": ["11111111-2222-4333-8444-555555555555"]}
    assert service.send("POST", f"{policy_set}/update", json=gone).status_code == 404
