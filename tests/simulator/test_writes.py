"""Creating, changing and removing policies, and what Graph refuses."""

from typing import Any

import pytest

from ops_admin.simulator.demo import FABRIKAM
from ops_admin.simulator.demo.settings import choice
from ops_admin.simulator.shapes import READ_ONLY
from tests.simulator.service import Service, nested

CONFIGURATIONS = "/deviceManagement/deviceConfigurations"
CATALOG = "/deviceManagement/configurationPolicies"
COMPLIANCE = "/deviceManagement/deviceCompliancePolicies"
TEMPLATES = "/deviceManagement/groupPolicyConfigurations"
CUSTOM = "#microsoft.graph.windows10CustomConfiguration"
BLOCK = [{"ruleName": "x", "scheduledActionConfigurations": [{"actionType": "block", "gracePeriodHours": 0}]}]


def make_configuration(**fields: Any) -> dict[str, Any]:
    return {"@odata.type": CUSTOM, "displayName": "New", "omaSettings": [], **fields}


def make_catalog_policy(settings: int = 2, **fields: Any) -> dict[str, Any]:
    rows = [{"settingInstance": choice(f"d{n}", "1")} for n in range(settings)]
    return {"name": "New", "platforms": "windows10", "technologies": "mdm", "settings": rows, **fields}


def make_compliance_policy(**fields: Any) -> dict[str, Any]:
    kind = "#microsoft.graph.windows10CompliancePolicy"
    return {"@odata.type": kind, "displayName": "New", "scheduledActionsForRule": BLOCK, **fields}


def created(service: Service, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = service.send("POST", path, json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def find_definition(service: Service, name: str) -> tuple[str, str]:
    """The ids of an administrative template and of its first field."""
    path = "/deviceManagement/groupPolicyDefinitions"
    definition = service.get(f"{path}?$filter=displayName eq '{name}'").json()["value"][0]["id"]
    return definition, service.rows(f"{path}/{definition}/presentations")[0]["id"]


def test_a_new_policy_gets_id_times_and_version(service: Service) -> None:
    made = created(service, CONFIGURATIONS, make_configuration())
    assert made["createdDateTime"] == made["lastModifiedDateTime"]
    assert made["version"] == 1
    assert service.get(f"{CONFIGURATIONS}/{made['id']}").json()["displayName"] == "New"


def test_two_posts_make_two_policies(service: Service) -> None:
    ids = {created(service, CONFIGURATIONS, make_configuration())["id"] for _ in range(2)}
    assert len(ids) == 2


def test_what_one_tenant_creates_another_does_not_see(service: Service) -> None:
    made = created(service, CONFIGURATIONS, make_configuration())
    assert service.as_tenant(FABRIKAM).get(f"{CONFIGURATIONS}/{made['id']}").status_code == 404


@pytest.mark.parametrize("name", sorted(READ_ONLY - {"version", "supportsScopeTags"}))
def test_read_only_properties_are_refused(service: Service, name: str) -> None:
    answer = service.send("POST", CONFIGURATIONS, json=make_configuration(**{name: "x"}))
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "ModelValidationFailure")


@pytest.mark.parametrize("name", ["@odata.context", "@odata.id", "assignments@odata.navigationLink"])
def test_annotations_of_a_read_are_refused_in_a_write(service: Service, name: str) -> None:
    assert service.send("POST", CONFIGURATIONS, json=make_configuration(**{name: "x"})).status_code == 400


def test_publishing_state_of_an_app_is_refused(service: Service) -> None:
    app = {"@odata.type": "#microsoft.graph.webApp", "displayName": "Link", "publishingState": "published"}
    assert service.send("POST", "/deviceAppManagement/mobileApps", json=app).status_code == 400


def test_the_type_of_a_sibling_is_passed_over(service: Service) -> None:
    body = make_configuration(**{"omaSettings@odata.type": "#Collection(microsoft.graph.omaSetting)"})
    made = created(service, CONFIGURATIONS, body)
    assert "omaSettings@odata.type" not in service.get(f"{CONFIGURATIONS}/{made['id']}").json()


@pytest.mark.parametrize(
    "body",
    [
        {"@odata.type": CUSTOM},
        {"@odata.type": CUSTOM, "displayName": " "},
        {"displayName": "No type"},
        make_configuration(displayName=None),
        make_configuration(assignments=["not", "objects"]),
        [],
    ],
)
def test_incomplete_policies_are_refused(service: Service, body: Any) -> None:
    assert service.send("POST", CONFIGURATIONS, json=body).status_code == 400


def test_a_body_that_is_not_json_is_400(service: Service) -> None:
    headers = {"Content-Type": "application/json"}
    answer = service.send("POST", CONFIGURATIONS, data="{half", headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BadRequest")


def test_inline_assignments_of_a_post_are_passed_over(service: Service) -> None:
    target = {"@odata.type": "#microsoft.graph.allDevicesAssignmentTarget"}
    made = created(service, CONFIGURATIONS, make_configuration(assignments=[{"target": target}]))
    assert service.rows(f"{CONFIGURATIONS}/{made['id']}/assignments") == []


def test_patch_changes_only_what_it_names_and_moves_time_and_version_on(service: Service) -> None:
    made = created(service, CONFIGURATIONS, make_configuration(description="old"))
    path = f"{CONFIGURATIONS}/{made['id']}"
    answer = service.send("PATCH", path, json={"@odata.type": CUSTOM, "displayName": "Renamed"})
    now = service.get(path).json()
    assert answer.status_code == 200
    assert (now["displayName"], now["description"], now["version"]) == ("Renamed", "old", 2)
    assert now["lastModifiedDateTime"] > made["lastModifiedDateTime"]


@pytest.mark.parametrize("body", [{"displayName": "x"}, {"@odata.type": "#microsoft.graph.sharedPCConfiguration"}])
def test_patch_must_name_the_same_type(service: Service, body: dict[str, Any]) -> None:
    made = created(service, CONFIGURATIONS, make_configuration())
    assert service.send("PATCH", f"{CONFIGURATIONS}/{made['id']}", json=body).status_code == 400


def test_settings_get_ids_and_are_counted(service: Service) -> None:
    made = created(service, CATALOG, make_catalog_policy(settings=3))
    rows = service.rows(f"{CATALOG}/{made['id']}/settings")
    assert made["settingCount"] == 3
    assert [row["id"] for row in rows] == ["0", "1", "2"]


def test_the_settings_catalog_knows_only_its_own_properties(service: Service) -> None:
    answer = service.send("POST", CATALOG, json=make_catalog_policy(settingCount=2))
    other = service.send("POST", CATALOG, json=make_catalog_policy(priorityMetaData=None))
    assert (answer.status_code, other.status_code) == (400, 400)
    assert "priorityMetaData" in nested(other)["Message"]


def test_put_replaces_a_catalog_policy_whole(service: Service) -> None:
    made = created(service, CATALOG, make_catalog_policy(settings=3, description="old"))
    path = f"{CATALOG}/{made['id']}"
    assert service.send("PUT", path, json=make_catalog_policy(settings=1)).status_code == 204
    now = service.get(path).json()
    assert (now["settingCount"], "description" in now, now["id"]) == (1, False, made["id"])
    assert now["createdDateTime"] == made["createdDateTime"]


def test_patch_of_catalog_settings_is_refused(service: Service) -> None:
    made = created(service, CATALOG, make_catalog_policy())
    path = f"{CATALOG}/{made['id']}"
    assert service.send("PATCH", path, json={"settings": []}).status_code == 400
    assert service.send("PATCH", path, json={"name": "Renamed"}).status_code == 200


def test_put_is_for_the_settings_catalog_only(service: Service) -> None:
    made = created(service, CONFIGURATIONS, make_configuration())
    assert service.send("PUT", f"{CONFIGURATIONS}/{made['id']}", json=make_configuration()).status_code == 405


def test_a_compliance_policy_needs_a_block_action(service: Service) -> None:
    created(service, COMPLIANCE, make_compliance_policy())
    assert service.send("POST", COMPLIANCE, json=make_compliance_policy(scheduledActionsForRule=[])).status_code == 400


def test_scheduled_actions_change_by_their_own_action(service: Service) -> None:
    made = created(service, COMPLIANCE, make_compliance_policy())
    path = f"{COMPLIANCE}/{made['id']}"
    patch = {"@odata.type": made["@odata.type"], "scheduledActionsForRule": BLOCK}
    rules = [{"ruleName": "y", "scheduledActionConfigurations": [{"actionType": "block", "gracePeriodHours": 48}]}]
    assert service.send("PATCH", path, json=patch).status_code == 400
    sent = {"deviceComplianceScheduledActionForRules": rules}
    assert service.send("POST", f"{path}/scheduleActionsForRules", json=sent).status_code == 204
    expand = "?$expand=scheduledActionsForRule($expand=scheduledActionConfigurations)"
    (rule,) = service.get(path + expand).json()["scheduledActionsForRule"]
    assert rule["scheduledActionConfigurations"][0]["gracePeriodHours"] == 48


def test_deleting(service: Service) -> None:
    made = created(service, CONFIGURATIONS, make_configuration())
    path = f"{CONFIGURATIONS}/{made['id']}"
    assert service.send("DELETE", path).status_code == 204
    assert service.get(path).status_code == service.send("DELETE", path).status_code == 404


def test_what_the_service_made_cannot_be_deleted(service: Service) -> None:
    role = next(row for row in service.rows("/deviceManagement/roleDefinitions") if row["isBuiltIn"])
    limits = service.rows("/deviceManagement/deviceEnrollmentConfigurations")[0]
    assert service.send("DELETE", f"/deviceManagement/roleDefinitions/{role['id']}").status_code == 400
    assert service.send("DELETE", f"/deviceManagement/deviceEnrollmentConfigurations/{limits['id']}").status_code == 400


def test_definition_values_are_written_by_an_action_of_their_own(service: Service) -> None:
    base = "/deviceManagement/groupPolicyConfigurations"
    made = created(service, base, {"displayName": "New templates"})
    definition, field = find_definition(service, "Default file format")
    link = f"{service.origin}/beta/deviceManagement/groupPolicyDefinitions('{definition}')"
    presented = {"@odata.type": "#microsoft.graph.groupPolicyPresentationValueText", "value": "7"}
    presented["presentation@odata.bind"] = f"{link}/presentations('{field}')"
    added = {"enabled": True, "definition@odata.bind": link, "presentationValues": [presented]}
    update = f"{base}/{made['id']}/updateDefinitionValues"
    assert service.send("POST", update, json={"added": [added]}).status_code == 204
    (value,) = service.rows(f"{base}/{made['id']}/definitionValues?$expand=definition")
    assert value["definition"]["displayName"] == "Default file format"
    shown = f"{base}/{made['id']}/definitionValues/{value['id']}/presentationValues?$expand=presentation"
    assert service.rows(shown)[0]["presentation"]["label"] == "Save Excel files as"
    assert service.send("POST", update, json={"updated": [{"id": value["id"], "enabled": False}]}).status_code == 204
    assert service.rows(f"{base}/{made['id']}/definitionValues")[0]["enabled"] is False
    assert service.send("POST", update, json={"deletedIds": [value["id"]]}).status_code == 204
    assert service.rows(f"{base}/{made['id']}/definitionValues") == []
    assert service.send("POST", update, json={"deletedIds": [value["id"]]}).status_code == 404


def test_definition_values_cannot_be_posted_inline(service: Service) -> None:
    body = {"displayName": "x", "definitionValues": []}
    assert service.send("POST", "/deviceManagement/groupPolicyConfigurations", json=body).status_code == 400


def test_an_intent_is_made_from_its_template(service: Service) -> None:
    setting = {"@odata.type": "#microsoft.graph.deviceManagementBooleanSettingInstance", "definitionId": "d1"}
    body = {"displayName": "From template", "settingsDelta": [{**setting, "valueJson": "true"}]}
    made = service.send("POST", "/deviceManagement/templates/t-1/createInstance", json=body).json()
    path = f"/deviceManagement/intents/{made['id']}"
    change = {"settings": [{**setting, "valueJson": "false"}]}
    assert service.send("POST", f"{path}/updateSettings", json=change).status_code == 204
    assert [row["valueJson"] for row in service.rows(f"{path}/settings")] == ["false"]


def test_a_policy_is_refused_whose_parts_bring_an_id(service: Service) -> None:
    made = created(service, CATALOG, make_catalog_policy())
    body = make_catalog_policy(settings=1)
    body["settings"][0]["id"] = "0"
    for method, path in (("POST", CATALOG), ("PUT", f"{CATALOG}/{made['id']}")):
        answer = service.send(method, path, json=body)
        assert (answer.status_code, "Property 'id'" in answer.text) == (400, True)


@pytest.mark.parametrize("name", ["id", "createdDateTime", "lastModifiedDateTime"])
def test_a_definition_value_is_refused_that_brings_what_the_service_gives(service: Service, name: str) -> None:
    made = created(service, TEMPLATES, {"displayName": "New"})
    definition, _ = find_definition(service, "Default file format")
    presented = {"@odata.type": "#microsoft.graph.groupPolicyPresentationValueText", name: "2024-01-01T00:00:00Z"}
    value = {"definition@odata.bind": f"groupPolicyDefinitions('{definition}')", "presentationValues": [presented]}
    path = f"{TEMPLATES}/{made['id']}/updateDefinitionValues"
    assert service.send("POST", path, json={"added": [value]}).status_code == 400
    assert service.send("POST", path, json={"added": [{**value, "presentationValues": []}]}).status_code == 204


def test_an_intent_is_not_posted_with_its_settings(service: Service) -> None:
    body = {"displayName": "x", "templateId": "t-1", "settings": []}
    assert service.send("POST", "/deviceManagement/intents", json=body).status_code == 400


def test_a_role_assignment_names_its_role_by_a_link(service: Service) -> None:
    role = service.rows("/deviceManagement/roleDefinitions")[2]
    link = f"https://graph.microsoft.com/beta/deviceManagement/roleDefinitions('{role['id']}')"
    body = {"displayName": "Kraków desk", "members": [], "roleDefinition@odata.bind": link}
    made = created(service, "/deviceManagement/roleAssignments", body)
    shown = service.get(f"/deviceManagement/roleAssignments/{made['id']}?$expand=roleDefinition").json()
    assert shown["roleDefinition"]["displayName"] == role["displayName"]


def test_conditional_access_answers_a_patch_with_204(service: Service) -> None:
    base = "/identity/conditionalAccess/policies"
    policy = service.rows(base)[0]
    assert service.send("PATCH", f"{base}/{policy['id']}", json={"state": "disabled"}).status_code == 204
    assert service.get(f"{base}/{policy['id']}").json()["state"] == "disabled"


def test_conditional_access_refuses_locations_that_the_tenant_does_not_have(service: Service) -> None:
    base = "/identity/conditionalAccess/policies"
    policy = service.rows(base)[0]
    known = service.rows("/identity/conditionalAccess/namedLocations")[0]["id"]
    answers = []
    for place in (known, "AllTrusted", "11111111-1111-4111-8111-111111111111"):
        locations = {"includeLocations": ["All"], "excludeLocations": [place]}
        body = {"conditions": {**policy["conditions"], "locations": locations}}
        answers.append(service.send("PATCH", f"{base}/{policy['id']}", json=body))
    assert [each.status_code for each in answers] == [204, 204, 400]
    assert answers[2].json()["error"]["message"].startswith("1040")


def test_a_group_needs_its_mail_properties(service: Service) -> None:
    group = {"displayName": "New", "mailEnabled": False, "mailNickname": "new", "securityEnabled": True}
    assert service.send("POST", "/groups", json=group).status_code == 201
    assert service.send("POST", "/groups", json={"displayName": "New"}).status_code == 400


def test_unknown_actions_and_methods_are_refused(service: Service) -> None:
    policy = service.rows(CONFIGURATIONS)[0]
    assert service.send("POST", f"{CONFIGURATIONS}/{policy['id']}/wipe", json={}).status_code == 400
    assert service.send("DELETE", CONFIGURATIONS).status_code == 405
