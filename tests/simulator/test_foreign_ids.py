"""Ids inside of bodies: refused where Graph looks them up, taken and broken where it does not."""

from typing import Any

import pytest

from ops_admin.simulator.demo import FABRIKAM, tenants
from ops_admin.simulator.demo.certificates import ROOT, configuration_id
from ops_admin.simulator.demo.notices import template_id
from ops_admin.simulator.demo.reusable import REMOTE_SUPPORT, reusable_id
from ops_admin.simulator.demo.scripts import compliance_script_id
from ops_admin.simulator.demo.settings import reference
from tests.simulator.service import Service, nested

CONTOSO = tenants()[0]
COMPLIANCE = "/deviceManagement/deviceCompliancePolicies"
CONFIGURATIONS = "/deviceManagement/deviceConfigurations"
WINDOWS = "#microsoft.graph.windows10CompliancePolicy"
GROUP = next(iter(CONTOSO.collection("groups")))
FILTER = next(iter(CONTOSO.collection("assignmentFilters")))
APP = next(iter(CONTOSO.collection("mobileApps")))


@pytest.fixture
def fabrikam(service: Service) -> Service:
    return service.as_tenant(FABRIKAM)


def make_compliance(**fields: Any) -> dict[str, Any]:
    action = {"actionType": "block", "gracePeriodHours": 0, **fields.pop("action", {})}
    rules = [{"ruleName": "x", "scheduledActionConfigurations": [action]}]
    return {"@odata.type": WINDOWS, "displayName": "New", "scheduledActionsForRule": rules, **fields}


def make_configuration(**fields: Any) -> dict[str, Any]:
    return {"@odata.type": "#microsoft.graph.sharedPCConfiguration", "displayName": "New", **fields}


def make_status_page(*apps: str) -> dict[str, Any]:
    kind = "#microsoft.graph.windows10EnrollmentCompletionPageConfiguration"
    return {"@odata.type": kind, "displayName": "New", "selectedMobileAppIds": list(apps)}


def make_catalog_policy(*instances: Any) -> dict[str, Any]:
    settings = [{"settingInstance": instance} for instance in instances]
    return {"name": "New", "platforms": "windows10", "technologies": "mdm", "settings": settings}


def make_app_configuration(*apps: str) -> dict[str, Any]:
    kind = "#microsoft.graph.iosMobileAppConfiguration"
    return {"@odata.type": kind, "displayName": "New", "targetedMobileApps": list(apps)}


def make_policy_set(payload: str) -> dict[str, Any]:
    kind = "#microsoft.graph.deviceConfigurationPolicySetItem"
    return {"displayName": "New", "items": [{"@odata.type": kind, "payloadId": payload}]}


REFUSED = {
    "notification template": (COMPLIANCE, make_compliance(action={"notificationTemplateId": template_id("contoso")})),
    "person to be told that is no id": (COMPLIANCE, make_compliance(action={"notificationMessageCCList": ["Ada"]})),
    "app of the status page": ("/deviceManagement/deviceEnrollmentConfigurations", make_status_page(APP)),
    "configured app": ("/deviceAppManagement/mobileAppConfigurations", make_app_configuration(APP)),
    "reusable setting": (
        "/deviceManagement/configurationPolicies",
        make_catalog_policy(reference("firewall_keywords", reusable_id(REMOTE_SUPPORT))),
    ),
    "member of a policy set": ("/deviceAppManagement/policySets", make_policy_set(configuration_id(ROOT))),
}


@pytest.mark.parametrize("case", REFUSED)
def test_an_id_that_is_looked_up_must_exist(fabrikam: Service, case: str) -> None:
    """powershell-intune-samples #151, Microsoft365DSC #5913, IntuneManagement #255 and #177."""
    path, body = REFUSED[case]
    before = fabrikam.rows(path)
    assert fabrikam.send("POST", path, json=body).status_code == 400
    assert fabrikam.rows(path) == before


BROKEN = {
    "scope tag": (
        CONFIGURATIONS,
        make_configuration(roleScopeTagIds=["7"]),
        {"kind": "scopeTag", "place": "roleScopeTagIds", "value": "7", "shown": "Scope Tag Deleted"},
    ),
    "script": (
        COMPLIANCE,
        make_compliance(
            deviceCompliancePolicyScript={"deviceComplianceScriptId": compliance_script_id(), "rulesContent": "e30="}
        ),
        {"kind": "complianceScript", "value": compliance_script_id()},
    ),
    "group to be told": (
        COMPLIANCE,
        make_compliance(action={"notificationMessageCCList": [GROUP]}),
        {"kind": "group", "value": GROUP},
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_an_id_that_is_not_looked_up_is_taken_and_broken(service: Service, fabrikam: Service, case: str) -> None:
    """IntuneCD #177 (scope tags), IntuneManagement #353 and IntuneCD #180 (scripts)."""
    path, body, expected = BROKEN[case]
    made = fabrikam.send("POST", path, json=body)
    assert made.status_code == 201, made.text
    (row,) = service.control("GET", f"/tenants/{FABRIKAM}/broken")["value"]
    assert {name: row[name] for name in expected} == expected
    assert row["id"] == made.json()["id"]


def test_a_scope_tag_of_the_same_number_is_another_team_s(service: Service, fabrikam: Service) -> None:
    """Nothing is broken, and still it is wrong: the number means something else."""
    names = {row["id"]: row["displayName"] for row in service.rows("/deviceManagement/roleScopeTags")}
    others = {row["id"]: row["displayName"] for row in fabrikam.rows("/deviceManagement/roleScopeTags")}
    assert (names["1"], others["1"], others["2"]) == ("Production", "Lager", "Production")
    assert fabrikam.send("POST", CONFIGURATIONS, json=make_configuration(roleScopeTagIds=["1"])).status_code == 201
    assert service.control("GET", f"/tenants/{FABRIKAM}/broken")["value"] == []


def target(**fields: Any) -> dict[str, Any]:
    return {"assignments": [{"target": {"@odata.type": "#microsoft.graph.groupAssignmentTarget", **fields}}]}


def test_a_filter_of_another_tenant_is_refused_and_a_group_is_not(service: Service, fabrikam: Service) -> None:
    """IntuneManagement #373 and #206 (filters), IntuneAssignments #16 (what is no id)."""
    made = fabrikam.send("POST", CONFIGURATIONS, json=make_configuration()).json()["id"]
    filtered = target(
        groupId=GROUP,
        deviceAndAppManagementAssignmentFilterId=FILTER,
        deviceAndAppManagementAssignmentFilterType="include",
    )
    path = f"{CONFIGURATIONS}/{made}/assign"
    refused = fabrikam.send("POST", path, json=filtered)
    assert f"Scope Tags validation failed : Filters {FILTER} , Validated filters " in nested(refused)["Message"]
    nobody = fabrikam.send("POST", path, json=target(groupId="All Employees"))
    assert "Invalid GroupId : All Employees provided" in nested(nobody)["Message"]
    assert fabrikam.send("POST", path, json=target(groupId=GROUP)).status_code == 200
    (row,) = service.control("GET", f"/tenants/{FABRIKAM}/broken")["value"]
    assert (row["kind"], row["value"]) == ("group", GROUP)


def test_what_is_removed_later_leaves_a_hole(service: Service) -> None:
    template = template_id("contoso")
    service.send("DELETE", f"/deviceManagement/notificationMessageTemplates/{template}")
    rows = service.control("GET", f"/tenants/{service.tenant}/broken")["value"]
    assert {row["value"] for row in rows} == {template}


def test_nothing_of_the_demo_is_broken(service: Service) -> None:
    for tenant in tenants():
        assert service.control("GET", f"/tenants/{tenant.id}/broken")["value"] == []


def test_a_change_is_looked_at_too(service: Service) -> None:
    path = f"{CONFIGURATIONS}/{configuration_id(ROOT)}"
    kind = "#microsoft.graph.windows81TrustedRootCertificate"
    service.send("PATCH", path, json={"@odata.type": kind, "roleScopeTagIds": ["9"]})
    assert len(service.control("GET", f"/tenants/{service.tenant}/broken")["value"]) == 1
    page = next(
        row
        for row in service.rows("/deviceManagement/deviceEnrollmentConfigurations")
        if "CompletionPage" in row["@odata.type"]
    )
    unknown = {**make_status_page("11111111-2222-4333-8444-555555555555"), "displayName": "x"}
    answer = service.send("PATCH", f"/deviceManagement/deviceEnrollmentConfigurations/{page['id']}", json=unknown)
    assert "App with id '11111111-2222-4333-8444-555555555555' not found." in nested(answer)["Message"]
