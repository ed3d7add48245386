"""Groups of managed apps, settings of app configurations, and both ends of relationships between apps."""

from typing import Any

import pytest

from ops_admin.simulator.demo.app_settings import app_id
from tests.simulator.service import Service

APPS = "/deviceAppManagement/mobileApps"
CONFIGURATIONS = "/deviceAppManagement/targetedManagedAppConfigurations"
PROTECTIONS = "/deviceAppManagement/iosManagedAppProtections"
NEW, OLD, PORTAL = app_id("7-Zip 24.08"), app_id("7-Zip 23.01"), app_id("Company Portal")
IDENTIFIER = {"@odata.type": "#microsoft.graph.iosMobileAppIdentifier", "bundleId": "com.example.app"}
SUPERSEDENCE = {"@odata.type": "#microsoft.graph.mobileAppSupersedence", "supersedenceType": "replace"}


def relate(service: Service, *rows: dict[str, Any]) -> int:
    answer = service.send("POST", f"{APPS}/{NEW}/updateRelationships", json={"relationships": list(rows)})
    return int(answer.status_code)


def test_a_policy_for_a_group_of_apps_has_the_apps_of_the_group(service: Service) -> None:
    """IntuneManagement #67."""
    body = {"displayName": "New", "appGroupType": "allApps", "apps": [{"mobileAppIdentifier": IDENTIFIER}]}
    path = f"{PROTECTIONS}/{service.send('POST', PROTECTIONS, json=body).json()['id']}"
    assert len(service.rows(f"{path}/apps")) == 6
    chosen = {"appGroupType": "selectedPublicApps", "apps": [{"mobileAppIdentifier": IDENTIFIER}]}
    assert service.send("POST", f"{path}/targetApps", json=chosen).status_code == 204
    assert [row["mobileAppIdentifier"]["bundleId"] for row in service.rows(f"{path}/apps")] == ["com.example.app"]
    group = {"appGroupType": "allCoreMicrosoftApps", "apps": []}
    assert service.send("POST", f"{path}/targetApps", json=group).status_code == 204
    assert len(service.rows(f"{path}/apps")) == 3


def test_the_settings_of_a_configuration_are_changed_by_an_action(service: Service) -> None:
    path = f"{CONFIGURATIONS}/{service.rows(CONFIGURATIONS)[0]['id']}"
    settings = service.rows(f"{path}/settings")
    assert len(settings) == 2
    assert service.send("PATCH", path, json={"settings": []}).status_code == 400
    assert service.send("POST", f"{path}/changeSettings", json={"settings": settings}).status_code == 400
    new = [{name: value for name, value in settings[0].items() if name != "id"}]
    assert service.send("POST", f"{path}/changeSettings", json={"settings": new}).status_code == 204
    assert len(service.rows(f"{path}/settings")) == 1


def test_both_ends_show_a_relationship(service: Service) -> None:
    (child,) = service.rows(f"{APPS}/{NEW}/relationships")
    (parent,) = service.rows(f"{APPS}/{OLD}/relationships")
    assert (child["targetType"], child["targetId"], child["targetDisplayName"]) == ("child", OLD, "7-Zip 23.01")
    assert (parent["targetType"], parent["targetId"], parent["targetDisplayName"]) == ("parent", NEW, "7-Zip 24.08")


def test_all_relationships_are_written_at_once(service: Service) -> None:
    """IntuneWin32App #80 and #105: what is left out is gone."""
    dependency = {"@odata.type": "#microsoft.graph.mobileAppDependency", "dependencyType": "autoInstall"}
    assert relate(service, {**dependency, "targetId": PORTAL}) == 204
    assert [row["targetId"] for row in service.rows(f"{APPS}/{NEW}/relationships")] == [PORTAL]
    assert service.rows(f"{APPS}/{OLD}/relationships") == []
    assert service.get(f"{APPS}/{NEW}").json()["dependentAppCount"] == 1


@pytest.mark.parametrize(
    "row",
    [
        {**SUPERSEDENCE, "targetId": NEW},
        {**SUPERSEDENCE, "targetId": PORTAL, "targetType": "parent"},
        {"@odata.type": SUPERSEDENCE["@odata.type"], "targetId": PORTAL},
        {"@odata.type": "#microsoft.graph.mobileAppRelationship", "targetId": PORTAL},
    ],
    ids=["itself", "other end", "no way", "no kind"],
)
def test_a_relationship_is_refused(service: Service, row: dict[str, Any]) -> None:
    assert relate(service, row) == 400


def test_relationships_are_a_list_of_different_apps(service: Service) -> None:
    """IntuneWin32App #122 and #145."""
    row = {**SUPERSEDENCE, "targetId": PORTAL}
    assert relate(service, row, row) == 400
    for given in (None, row):
        body = {"relationships": given}
        assert service.send("POST", f"{APPS}/{NEW}/updateRelationships", json=body).status_code == 400
    assert service.send("POST", f"{APPS}/{NEW}/relationships", json=row).status_code == 405


def test_an_app_is_made_without_categories(service: Service) -> None:
    """microsoft-graph-docs #6029: they are added one by one."""
    category = service.rows("/deviceAppManagement/mobileAppCategories")[0]["id"]
    link = f"https://graph.microsoft.com/beta/deviceAppManagement/mobileAppCategories('{category}')"
    body = {"@odata.type": "#microsoft.graph.webApp", "displayName": "Link", "publisher": "x"}
    assert service.send("POST", APPS, json={**body, "categories@odata.bind": [link]}).status_code == 400
    made = service.send("POST", APPS, json=body).json()["id"]
    assert service.send("POST", f"{APPS}/{made}/categories/$ref", json={"@odata.id": link}).status_code == 204
    assert service.send("DELETE", f"{APPS}/{made}/categories/{category}/$ref").status_code == 204
    assert service.rows(f"{APPS}/{made}/categories") == []


def test_a_configuration_says_whether_its_app_is_one_of_the_maker(service: Service) -> None:
    path = "/deviceAppManagement/mobileAppConfigurations"
    kind = "#microsoft.graph.androidManagedStoreAppConfiguration"
    body = {"@odata.type": kind, "displayName": "New", "packageId": "app:x", "targetedMobileApps": []}
    assert service.send("POST", path, json={**body, "appSupportsOemConfig": True}).status_code == 400
    for apps, expected in ((["Zebra OEMConfig"], True), (["Intranet"], False)):
        sent = {**body, "targetedMobileApps": [app_id(each) for each in apps]}
        assert service.send("POST", path, json=sent).json()["appSupportsOemConfig"] is expected


def test_files_of_rules_are_written_one_by_one(service: Service) -> None:
    """IntuneManagement leaves them out of what it writes."""
    policies = "/deviceAppManagement/mdmWindowsInformationProtectionPolicies"
    path = f"{policies}/{service.rows(policies)[0]['id']}"
    name, file = "exemptAppLockerFiles", {"displayName": "Rules", "file": "PGEvPg=="}
    assert service.send("PATCH", path, json={name: [file]}).status_code == 400
    assert service.send("POST", policies, json={"displayName": "New", name: [file]}).status_code == 400
    made = service.send("POST", f"{path}/{name}", json=file)
    assert made.status_code == 201
    assert [row["displayName"] for row in service.rows(f"{path}/{name}")] == ["Rules"]
    assert service.send("POST", f"{path}/{name}", json={"displayName": "Rules"}).status_code == 400
    assert service.send("POST", f"{path}/{name}", json={**file, "owner": "x"}).status_code == 400
    assert service.send("DELETE", f"{path}/{name}/{made.json()['id']}").status_code == 204
    assert service.send("DELETE", f"{path}/{name}/{made.json()['id']}").status_code == 404
    assert service.rows(f"{path}/{name}") == []
