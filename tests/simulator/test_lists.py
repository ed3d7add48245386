"""Lists: pages, what is left out of them, and the query options."""

import pytest

from ops_admin.simulator.resources import RESOURCES
from tests.simulator.service import Service


@pytest.mark.parametrize("path", [resource.path for resource in RESOURCES])
def test_every_type_can_be_listed_and_each_item_read(service: Service, path: str) -> None:
    if path.endswith("operationApprovalRequests"):
        service.control("PUT", f"/tenants/{service.tenant}/conduct", {"approvals": ["deviceCategories"]})
        headers = {"x-msft-approval-justification": "UGxlYXNl"}
        service.send("POST", "/deviceManagement/deviceCategories", json={"displayName": "x"}, headers=headers)
    rows = service.rows(f"/{path}")
    assert rows
    item = service.get(f"/{path}/{rows[0]['id']}").json()
    assert item["id"] == rows[0]["id"]


def test_groups_come_a_hundred_a_page(service: Service) -> None:
    first, second = service.pages("/groups")
    assert len(first["value"]) == 100
    assert first["@odata.nextLink"].startswith(f"{service.origin}/beta/groups?$skiptoken=")
    assert {row["id"] for row in first["value"]}.isdisjoint(row["id"] for row in second["value"])


def test_pages_keep_the_other_options(service: Service) -> None:
    first = service.get("/groups?$top=2&$select=displayName").json()
    second = service.get(first["@odata.nextLink"]).json()
    assert [sorted(row) for row in second["value"]] == [["displayName", "id"]] * 2


def test_the_next_link_is_on_the_host_that_was_asked(service: Service) -> None:
    local = service.origin.replace("127.0.0.1", "localhost")
    page = service.get(f"{local}/beta/groups").json()
    assert page["@odata.nextLink"].startswith(f"{local}/beta/groups?")


def test_at_most_999_groups_a_page(service: Service) -> None:
    service.control("POST", f"/tenants/{service.tenant}/groups/generate", {"count": 1000})
    assert len(service.get("/groups?$top=999").json()["value"]) == 999
    refused = service.get("/groups?$top=1000")
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "Request_UnsupportedQuery")


def test_an_invented_skip_token_is_refused(service: Service) -> None:
    assert service.get("/groups?$skiptoken=page2").status_code == 400


def test_intune_lists_page_at_a_hundred(service: Service) -> None:
    service.control("POST", f"/tenants/{service.tenant}/deviceConfigurations/generate", {"count": 110})
    sizes = [len(page["value"]) for page in service.pages("/deviceManagement/deviceConfigurations")]
    assert sizes == [100, 20]


@pytest.mark.parametrize("option", ["$top", "top"])
def test_the_settings_catalog_pages_at_25_unless_more_is_asked_for(service: Service, option: str) -> None:
    """IntuneAssignmentChecker #28, IntuneBackupAndRestore #88."""
    service.control("POST", f"/tenants/{service.tenant}/configurationPolicies/generate", {"count": 40, "settings": 60})
    path = "/deviceManagement/configurationPolicies"
    sizes = [len(page["value"]) for page in service.pages(path)]
    policy = service.get(f"{path}?$top=999").json()["value"][-1]["id"]
    assert sizes == [25, 25, 1]
    assert [len(page["value"]) for page in service.pages(f"{path}?{option}=999")] == [51]
    assert [len(page["value"]) for page in service.pages(f"{path}/{policy}/settings")] == [25, 25, 10]
    assert [len(page["value"]) for page in service.pages(f"{path}/{policy}/settings?{option}=999")] == [60]


def test_a_page_that_ends_with_the_last_row_links_no_further(service: Service) -> None:
    total = len(service.rows("/groups"))
    assert "@odata.nextLink" not in service.get(f"/groups?$top={total}").json()
    assert "@odata.nextLink" in service.get(f"/groups?$top={total - 1}").json()


def test_scripts_in_a_list_have_no_content(service: Service) -> None:
    row = service.rows("/deviceManagement/deviceManagementScripts")[0]
    item = service.get(f"/deviceManagement/deviceManagementScripts/{row['id']}").json()
    assert row["scriptContent"] is None
    assert item["scriptContent"]


def test_navigations_are_left_out_unless_expanded(service: Service) -> None:
    plain = service.rows("/deviceManagement/deviceConfigurations")[0]
    expanded = service.rows("/deviceManagement/deviceConfigurations?$expand=assignments")[0]
    assert "assignments" not in plain
    assert expanded["assignments"][0]["target"]["groupId"]


@pytest.mark.parametrize(
    "path",
    [
        "deviceAppManagement/mobileApps?$expand=assignments",
        "deviceManagement/windowsAutopilotDeploymentProfiles?$expand=assignments",
        "deviceManagement/deviceConfigurations?$expand=nothing",
        "identity/conditionalAccess/policies?$expand=assignments",
    ],
)
def test_what_cannot_be_expanded_is_400(service: Service, path: str) -> None:
    assert service.get(f"/{path}").status_code == 400


def test_filter_by_equality_and_beginning(service: Service) -> None:
    path = "/deviceManagement/roleDefinitions?$filter="
    assert {row["isBuiltIn"] for row in service.rows(f"{path}isBuiltIn eq false")} == {False}
    named = service.rows("/groups?$filter=startswith(displayName,'app - 7')")
    assert {row["displayName"] for row in named} == {"App - 7-Zip - Required", "App - 7-Zip - Available"}


def test_quotes_in_a_filter_are_doubled(service: Service) -> None:
    rows = service.rows("/groups?$filter=displayName eq 'Contractors - O''Brien %26 Partners'")
    assert [row["displayName"] for row in rows] == ["Contractors - O'Brien & Partners"]


def test_two_groups_may_share_a_name(service: Service) -> None:
    rows = service.rows("/groups?$filter=displayName eq 'VIP users'")
    assert len({row["id"] for row in rows}) == 2


def test_a_malformed_filter_is_400(service: Service) -> None:
    assert service.get("/groups?$filter=displayName is 'x'").status_code == 400
    assert (
        service.get("/groups?$filter=contains(displayName,'x')").json()["error"]["code"] == "Request_UnsupportedQuery"
    )


def test_search_demands_the_consistency_header_on_every_page(service: Service) -> None:
    url = '/groups?$search="displayName:devices"&$top=20'
    refused = service.get(url)
    first = service.get(url, ConsistencyLevel="eventual").json()
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "Request_UnsupportedQuery")
    assert service.get(first["@odata.nextLink"]).status_code == 400
    assert service.get(first["@odata.nextLink"], ConsistencyLevel="eventual").json()["value"]


def test_search_finds_words_by_their_beginning_in_any_script(service: Service) -> None:
    def found(words: str) -> list[str]:
        page = service.get(f'/groups?$search="displayName:{words}"', ConsistencyLevel="eventual").json()
        return [row["displayName"] for row in page["value"]]

    assert found("größen") == ["Größenwahn GmbH (zu Gast)"]
    assert found("rototype") == []
    assert found("prototype dev") == ["R&D <prototype> devices"]


def test_count_comes_along_or_alone(service: Service) -> None:
    page = service.get("/groups?$count=true&$top=1", ConsistencyLevel="eventual").json()
    alone = service.get("/groups/$count", ConsistencyLevel="eventual")
    assert page["@odata.count"] == int(alone.text) > 100
    assert service.get("/groups/$count").status_code == 400


def test_order(service: Service) -> None:
    names = [row["displayName"] for row in service.rows("/groups?$orderby=displayName desc&$top=999")]
    assert names == sorted(names, key=str.lower, reverse=True)


@pytest.mark.parametrize("segment", ["configurationPolicies", "intents", "deviceManagementScripts", "nonsense"])
def test_v1_lacks_what_is_beta(service: Service, segment: str) -> None:
    answer = service.get(f"/v1.0/deviceManagement/{segment}")
    assert answer.status_code == 400
    assert answer.json()["error"]["message"] == f"Resource not found for the segment '{segment}'."


def test_v1_lacks_fields_of_beta(service: Service) -> None:
    beta = service.get("/beta/deviceManagement/deviceConfigurations").json()["value"][0]
    stable = service.get("/v1.0/deviceManagement/deviceConfigurations").json()["value"][0]
    assert "roleScopeTagIds" in beta
    assert "roleScopeTagIds" not in stable


def test_an_unknown_version_is_an_error_in_the_envelope(service: Service) -> None:
    answer = service.get(f"{service.origin}/v2.0/groups")
    assert answer.status_code == 404
    assert set(answer.json()["error"]) == {"code", "message", "innerError"}
