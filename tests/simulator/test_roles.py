"""Role assignments point to a role and to scope tags."""

from typing import Any

import pytest

from ops_admin.simulator.demo import FABRIKAM
from ops_admin.simulator.demo.access import HELP_DESK
from tests.simulator.service import Service, nested

ASSIGNMENTS = "/deviceManagement/roleAssignments"
GRAPH = "https://graph.microsoft.com/beta/deviceManagement"
KIND = "microsoft.graph.deviceAndAppManagementRoleAssignment"


def make_assignment(**fields: Any) -> dict[str, Any]:
    role = f"{GRAPH}/roleDefinitions('{HELP_DESK}')"
    return {"displayName": "New", "members": [], "roleDefinition@odata.bind": role, **fields}


@pytest.mark.parametrize("name", ["roleScopeTags", f"{KIND}/roleScopeTags"])
def test_scope_tags_are_read_as_a_navigation(service: Service, name: str) -> None:
    assignment = service.rows(ASSIGNMENTS)[0]
    assert "roleScopeTags" not in assignment
    item = service.get(f"{ASSIGNMENTS}/{assignment['id']}?$expand={name}").json()
    assert [row["displayName"] for row in item["roleScopeTags"]] == ["Production"]
    assert service.rows(f"{ASSIGNMENTS}/{assignment['id']}/roleScopeTags")[0]["id"] == "1"


def test_scope_tags_are_written_as_links(service: Service) -> None:
    links = [f"{GRAPH}/roleScopeTags('{number}')" for number in ("0", "2")]
    body = make_assignment(**{"roleScopeTags@odata.bind": links})
    made = service.send("POST", ASSIGNMENTS, json=body).json()
    item = service.get(f"{ASSIGNMENTS}/{made['id']}?$expand=roleScopeTags,roleDefinition").json()
    assert [row["id"] for row in item["roleScopeTags"]] == ["0", "2"]
    assert item["roleDefinition"]["displayName"] == "Site help desk"
    unknown = make_assignment(**{"roleScopeTags@odata.bind": [f"{GRAPH}/roleScopeTags('9')"]})
    assert service.send("POST", ASSIGNMENTS, json=unknown).status_code == 400
    inline = make_assignment(roleScopeTags=[{"id": "0"}])
    assert service.send("POST", ASSIGNMENTS, json=inline).status_code == 400


def test_a_role_of_another_tenant_is_refused(service: Service) -> None:
    assert service.as_tenant(FABRIKAM).send("POST", ASSIGNMENTS, json=make_assignment()).status_code == 400
    without = make_assignment()
    del without["roleDefinition@odata.bind"]
    assert service.send("POST", ASSIGNMENTS, json=without).status_code == 400


def test_groups_are_a_scope_only_where_the_scope_is_said_to_be_groups(service: Service) -> None:
    """Microsoft365DSC #6394."""
    group = service.rows("/groups")[0]["id"]
    body = make_assignment(scopeType="allDevices", resourceScopes=[group])
    answer = service.send("POST", ASSIGNMENTS, json=body)
    assert "ResourceScopes can only be defined" in nested(answer)["Message"]
    assert service.send("POST", ASSIGNMENTS, json={**body, "scopeType": "resourceScope"}).status_code == 201


def test_the_service_s_roles_have_one_id_everywhere(service: Service) -> None:
    def built_in(asked: Service) -> set[str]:
        return {row["id"] for row in asked.rows("/deviceManagement/roleDefinitions") if row["isBuiltIn"]}

    assert built_in(service) == built_in(service.as_tenant(FABRIKAM)) != set()
