"""Items and what Graph keeps apart from them."""

from typing import Any

from tests.simulator.service import Service, nested


def find(service: Service, path: str, name: str) -> dict[str, Any]:
    rows = service.rows(f"/{path}")
    return next(row for row in rows if name in (row.get("name"), row.get("displayName")))


def test_settings_come_twenty_five_a_page(service: Service) -> None:
    policy = find(service, "deviceManagement/configurationPolicies", "Windows hardening")
    pages = list(service.pages(f"/deviceManagement/configurationPolicies/{policy['id']}/settings"))
    assert [len(page["value"]) for page in pages] == [25, policy["settingCount"] - 25]


def test_expanded_settings_stop_at_a_page_and_link_on(service: Service) -> None:
    policy = find(service, "deviceManagement/configurationPolicies", "Windows hardening")
    item = service.get(f"/deviceManagement/configurationPolicies('{policy['id']}')?$expand=settings").json()
    rest = service.get(item["settings@odata.nextLink"]).json()
    assert len(item["settings"]) == 25
    assert len(rest["value"]) == policy["settingCount"] - 25


def test_definition_values_need_their_expansions(service: Service) -> None:
    policy = find(service, "deviceManagement/groupPolicyConfigurations", "Desktop - classic settings")
    base = f"/deviceManagement/groupPolicyConfigurations/{policy['id']}/definitionValues"
    plain, expanded = service.rows(base), service.rows(f"{base}?$expand=definition")
    assert "definition" not in plain[0]
    assert "presentationValues" not in expanded[1]
    values = service.rows(f"{base}/{expanded[1]['id']}/presentationValues?$expand=presentation")
    assert [value["presentation"]["label"] for value in values][:1] == ["Configure automatic updating"]


def test_one_definition_value_and_its_definition_can_be_read(service: Service) -> None:
    policy = find(service, "deviceManagement/groupPolicyConfigurations", "Desktop - classic settings")
    base = f"/deviceManagement/groupPolicyConfigurations/{policy['id']}/definitionValues"
    value = service.rows(base)[0]
    assert service.get(f"{base}/{value['id']}").json()["enabled"] is False
    assert service.get(f"{base}/{value['id']}/definition").json()["displayName"] == "Remove Run menu from Start Menu"


def test_scheduled_actions_need_a_nested_expansion(service: Service) -> None:
    expand = "$expand=scheduledActionsForRule($expand=scheduledActionConfigurations)"
    base = "/deviceManagement/deviceCompliancePolicies"
    policy = service.rows(f"{base}?{expand}")[0]
    half = service.rows(f"{base}?$expand=scheduledActionsForRule")[0]
    actions = policy["scheduledActionsForRule"][0]["scheduledActionConfigurations"]
    assert {action["actionType"] for action in actions} == {"block", "notification", "retire"}
    assert "scheduledActionConfigurations" not in half["scheduledActionsForRule"][0]
    assert "scheduledActionsForRule" not in service.get(f"{base}/{policy['id']}").json()


def test_assignments_have_every_kind_of_target_and_filters(service: Service) -> None:
    kinds, filters = set(), set()
    for path in ("deviceManagement/configurationPolicies", "deviceManagement/deviceConfigurations"):
        for policy in service.rows(f"/{path}"):
            for assignment in service.rows(f"/{path}/{policy['id']}/assignments"):
                kinds.add(assignment["target"]["@odata.type"].rpartition(".")[2])
                filters.add(assignment["target"]["deviceAndAppManagementAssignmentFilterType"])
    assert kinds == {
        "groupAssignmentTarget",
        "exclusionGroupAssignmentTarget",
        "allDevicesAssignmentTarget",
        "allLicensedUsersAssignmentTarget",
    }
    assert filters == {"none", "include", "exclude"}


def test_intents_show_their_settings_apart(service: Service) -> None:
    intent = service.rows("/deviceManagement/intents")[0]
    settings = service.rows(f"/deviceManagement/intents/{intent['id']}/settings")
    assert "settings" not in intent
    assert settings[0]["valueJson"] == "true"


def test_a_type_cast_in_the_path_changes_nothing(service: Service) -> None:
    app = find(service, "deviceAppManagement/mobileApps", "7-Zip 24.08")
    cast = service.get(f"/deviceAppManagement/mobileApps/{app['id']}/microsoft.graph.win32LobApp/assignments")
    assert cast.json()["value"][0]["intent"] == "required"


def test_a_missing_item_is_404_in_the_dialect_of_its_service(service: Service) -> None:
    intune = service.get("/deviceManagement/deviceConfigurations/11111111-2222-4333-8444-555555555555")
    group = service.get("/groups/11111111-2222-4333-8444-555555555555")
    assert intune.status_code == group.status_code == 404
    assert nested(intune)["_version"] == 3
    assert group.json()["error"]["code"] == "Request_ResourceNotFound"


def test_errors_carry_the_callers_request_id(service: Service) -> None:
    answer = service.get("/groups/nobody", **{"client-request-id": "abc-1"})
    assert answer.json()["error"]["innerError"]["client-request-id"] == "abc-1"
    assert answer.headers["request-id"]
