"""Administrative templates: definitions have ids of their own in each tenant when somebody uploaded them."""

from typing import Any

from ops_admin.simulator.demo import FABRIKAM
from ops_admin.simulator.demo.uploaded_templates import CATEGORY, DRIVE, drive_id
from tests.simulator.service import Service

POLICIES = "/deviceManagement/groupPolicyConfigurations"
DEFINITIONS = "/deviceManagement/groupPolicyDefinitions"
TEXT = "#microsoft.graph.groupPolicyPresentationValueText"


def drives(service: Service) -> dict[str, Any]:
    (found,) = service.rows(f"{DEFINITIONS}?$filter=displayName eq '{DRIVE}'")
    return dict(found)


def make_policy(service: Service) -> str:
    return f"{POLICIES}/{service.send('POST', POLICIES, json={'displayName': 'New'}).json()['id']}"


def make_value(definition: str, field: str, text: str = "x") -> dict[str, Any]:
    link = f"https://graph.microsoft.com/beta{DEFINITIONS}('{definition}')"
    value = {"@odata.type": TEXT, "value": text, "presentation@odata.bind": f"{link}/presentations('{field}')"}
    return {"enabled": True, "definition@odata.bind": link, "presentationValues": [value]}


def test_the_same_setting_has_another_id_in_another_tenant(service: Service) -> None:
    here, there = drives(service), drives(service.as_tenant(FABRIKAM))
    same = ("displayName", "classType", "categoryPath")
    assert [here[name] for name in same] == [there[name] for name in same] == [DRIVE, "user", CATEGORY]
    assert (here["id"], there["id"]) == (drive_id("contoso"), drive_id("fabrikam"))


def test_settings_of_the_service_have_one_id_everywhere(service: Service) -> None:
    def built_in(asked: Service) -> set[str]:
        return {row["id"] for row in asked.rows(DEFINITIONS) if row["policyType"] == "admxBacked"}

    assert built_in(service) == built_in(service.as_tenant(FABRIKAM))
    assert len(built_in(service)) == 6


def test_a_definition_of_another_tenant_is_404(service: Service) -> None:
    """IntuneManagement #169, #377."""
    fabrikam = service.as_tenant(FABRIKAM)
    policy = make_policy(fabrikam)
    foreign = drive_id("contoso")
    field = service.rows(f"{DEFINITIONS}/{foreign}/presentations")[0]["id"]
    path = f"{policy}/updateDefinitionValues"
    assert fabrikam.send("POST", path, json={"added": [make_value(foreign, field)]}).status_code == 404
    own = drive_id("fabrikam")
    assert fabrikam.send("POST", path, json={"added": [make_value(own, field)]}).status_code == 404
    own_field = fabrikam.rows(f"{DEFINITIONS}/{own}/presentations")[0]["id"]
    assert fabrikam.send("POST", path, json={"added": [make_value(own, own_field)]}).status_code == 204
    nonsense = {**make_value(own, own_field), "definition@odata.bind": "nothing"}
    assert fabrikam.send("POST", path, json={"added": [nonsense]}).status_code == 400


def test_a_changed_value_of_a_field_names_the_value_that_is_there(service: Service) -> None:
    policy = make_policy(service)
    definition = drive_id("contoso")
    field = service.rows(f"{DEFINITIONS}/{definition}/presentations")[0]["id"]
    path = f"{policy}/updateDefinitionValues"
    service.send("POST", path, json={"added": [make_value(definition, field)]})
    (row,) = service.rows(f"{policy}/definitionValues")
    (value,) = service.rows(f"{policy}/definitionValues/{row['id']}/presentationValues")
    change = {**make_value(definition, field, "changed"), "id": row["id"]}
    assert service.send("POST", path, json={"updated": [change]}).status_code == 400
    change["presentationValues"][0]["id"] = value["id"]
    assert service.send("POST", path, json={"updated": [change]}).status_code == 204
    (now,) = service.rows(f"{policy}/definitionValues/{row['id']}/presentationValues?$expand=presentation")
    assert (now["id"], now["value"], now["presentation"]["id"]) == (value["id"], "changed", field)
