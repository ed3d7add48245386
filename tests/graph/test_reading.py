"""Policies are read in full, and one that cannot be read does not affect the others (R40)."""

from collections.abc import Mapping
from typing import Any

import pytest

from ops_admin.graph.errors import GraphError
from ops_admin.graph.reading import (
    find_name,
    list_assignments,
    list_groups,
    list_policies,
    read_policies,
    read_policy,
)
from ops_admin.graph.resources import POLICY_TYPES, UnknownPolicyType, find_policy_type, get_policy_type
from ops_admin.graph.settings import Limits
from tests.graph.scripted import Reply, ScriptedServer, Seen, make_client, make_page

CATALOG = get_policy_type("configurationPolicies")
TEMPLATES = get_policy_type("groupPolicyConfigurations")
COMPLIANCE = get_policy_type("deviceCompliancePolicies")
SCRIPTS = get_policy_type("deviceManagementScripts")


class Tenant:
    """Answers by path (without the query), also inside a batch; an int is a status without a body."""

    def __init__(self, server: ScriptedServer, answers: Mapping[str, Any]) -> None:
        self.answers = dict(answers)
        self.asked: list[str] = []
        server.script = self.answer

    def answer(self, seen: Seen) -> Reply:
        if not seen.path.endswith("/$batch"):
            status, body = self.find(seen.path.removeprefix("/beta"))
            return Reply(status, body)
        inner = [(request["id"], *self.find(request["url"])) for request in seen.json()["requests"]]
        responses = [{"id": each, "status": status, "body": body} for each, status, body in inner]
        return Reply(body={"responses": responses})

    def find(self, url: str) -> tuple[int, Any]:
        self.asked.append(url)
        answer = self.answers.get(url, self.answers.get(url.partition("?")[0], 404))
        return (answer, None) if isinstance(answer, int) else (200, answer)


def rows(*ids: str, **more: Any) -> dict[str, Any]:
    return {"@odata.context": "…", "value": [{"id": each} for each in ids], **more}


def test_settings_beyond_the_first_page_are_read(server: ScriptedServer) -> None:
    path = f"/{CATALOG.path}/a/settings"
    link = f"{server.url}/beta{path}?$skip=2"
    Tenant(server, {path: rows("0", "1", **{"@odata.nextLink": link}), f"{path}?$skip=2": rows("2")})

    content = read_policy(make_client(server.url), CATALOG, {"id": "a", "name": "A"})

    assert content == {"id": "a", "name": "A", "settings": [{"id": "0"}, {"id": "1"}, {"id": "2"}]}


def test_the_parts_of_many_policies_beyond_a_page_are_fetched_together(server: ScriptedServer) -> None:
    path = f"/{CATALOG.path}"
    answers: dict[str, Any] = {}
    for number in range(20):
        first = f"{path}/{number}/settings"
        answers[first] = rows("0", **{"@odata.nextLink": f"{server.url}/beta{first}?$skip=1&x=%2Fy/"})
        answers[f"{first}?$skip=1&x=%2Fy/"] = rows("1", **{"@odata.nextLink": f"{server.url}/beta{first}?$skip=2"})
        answers[f"{first}?$skip=2"] = rows("2")
    Tenant(server, answers)

    readings = read_policies(make_client(server.url), CATALOG, [{"id": str(number)} for number in range(20)])

    assert [reading.content and len(reading.content["settings"]) for reading in readings] == [3] * 20
    assert [seen.path for seen in server.seen] == ["/beta/$batch"] * 3


def test_large_pages_are_asked_for_and_done_without_where_they_are_refused(server: ScriptedServer) -> None:
    path = f"/{CATALOG.path}"
    tenant = Tenant(
        server,
        {f"{path}?$top=999": 400, path: rows("a"), f"{path}/a/settings?$top=999": 400, f"{path}/a/settings": rows("0")},
    )
    client = make_client(server.url)

    [page] = list_policies(client, CATALOG)
    [reading] = read_policies(client, CATALOG, page)

    assert reading.content == {"id": "a", "settings": [{"id": "0"}]}
    assert tenant.asked == [f"{path}?$top=999", path, f"{path}/a/settings?$top=999", f"{path}/a/settings"]


def test_a_list_that_refuses_to_show_assignments_is_read_without_them(server: ScriptedServer) -> None:
    path = f"/{CATALOG.path}"
    tenant = Tenant(server, {f"{path}?$top=999&$expand=assignments": 400, f"{path}?$top=999": rows("a")})

    assert list(list_policies(make_client(server.url), CATALOG, with_assignments=True)) == [[{"id": "a"}]]
    assert tenant.asked == [f"{path}?$top=999&$expand=assignments", f"{path}?$top=999"]


def test_administrative_templates_are_read_to_their_last_value(server: ScriptedServer) -> None:
    path = f"/{TEMPLATES.path}/a/definitionValues"
    value = {"id": "d1", "enabled": True, "definition": {"id": "def"}}
    presentation = {"id": "p1", "value": "x", "presentation": {"id": "pres"}}
    tenant = Tenant(server, {path: {"value": [value]}, f"{path}/d1/presentationValues": {"value": [presentation]}})

    content = read_policy(make_client(server.url), TEMPLATES, {"id": "a"})

    assert content == {"id": "a", "definitionValues": [{**value, "presentationValues": [presentation]}]}
    assert tenant.asked == [f"{path}?$expand=definition", f"{path}/d1/presentationValues?$expand=presentation"]


def test_the_remaining_pages_of_an_expanded_collection_are_read(server: ScriptedServer) -> None:
    link = f"{server.url}/beta/rest"
    rule = {
        "id": "r",
        "scheduledActionConfigurations": [{"id": "1"}],
        "scheduledActionConfigurations@odata.nextLink": link,
    }
    item = {"id": "a", "scheduledActionsForRule": [rule]}
    tenant = Tenant(server, {f"/{COMPLIANCE.path}/a": item, "/rest": rows("2")})

    content = read_policy(make_client(server.url), COMPLIANCE, {"id": "a"})

    actions = content["scheduledActionsForRule"][0]
    assert actions == {"id": "r", "scheduledActionConfigurations": [{"id": "1"}, {"id": "2"}]}
    assert "$expand=scheduledActionsForRule($expand%3DscheduledActionConfigurations)" in tenant.asked[0]


def test_the_remaining_pages_of_a_policy_must_be_storable_too(server: ScriptedServer) -> None:
    item = {"id": "a", "rules": [{"id": "1"}], "rules@odata.nextLink": f"{server.url}/beta/rest"}
    Tenant(server, {"/rest": {"value": [{"id": "a\0b"}]}})

    with pytest.raises(GraphError, match=r"graph\.unexpected_response"):
        read_policy(make_client(server.url), get_policy_type("deviceConfigurations"), item)


def test_a_script_is_read_individually(server: ScriptedServer) -> None:
    Tenant(server, {f"/{SCRIPTS.path}/a": {"id": "a", "scriptContent": "eA=="}})

    content = read_policy(make_client(server.url), SCRIPTS, {"id": "a", "scriptContent": None})

    assert content["scriptContent"] == "eA=="


def test_content_has_neither_assignments_nor_response_annotations(server: ScriptedServer) -> None:
    noise = {"@odata.context": "…", "@odata.count": 1, "@microsoft.graph.tips": "…", "assignments@odata.context": "…"}
    kept = {"id": "a", "@odata.type": "#x", "roleScopeTagIds@odata.type": "#Collection(String)"}

    reading = read_policies(
        make_client(server.url),
        get_policy_type("deviceConfigurations"),
        [{**kept, **noise, "assignments": [{"id": "1"}], "omaSettings": [{"@odata.context": "…", "a": 1}]}],
    )

    assert reading[0].content == {**kept, "omaSettings": [{"a": 1}]}
    assert server.seen == []


def test_one_policy_that_fails_leaves_the_others(server: ScriptedServer) -> None:
    path = f"/{CATALOG.path}"
    endless = rows("9", **{"@odata.nextLink": "https://evil.example/"})
    Tenant(server, {f"{path}/a/settings": rows("0"), f"{path}/b/settings": 404, f"{path}/d/settings": endless})
    items: list[dict[str, Any]] = [{"id": "a"}, {"id": "b"}, {"name": "no id"}, {"id": "d"}, {"id": 7}]

    readings = read_policies(make_client(server.url), CATALOG, items)

    codes = [reading.error.code if reading.error else None for reading in readings]
    strange = "graph.unexpected_response"
    assert codes == [None, "graph.not_found", strange, strange, strange]
    assert [reading.external_id for reading in readings] == ["a", "b", None, "d", None]
    assert [reading.content is None for reading in readings] == [False, True, True, True, True]


@pytest.mark.parametrize("text", ["a\0b", "\ud800", {"\0": 1}])
def test_what_no_database_can_hold_is_an_error_of_that_policy(server: ScriptedServer, text: object) -> None:
    types = get_policy_type("deviceConfigurations")

    bad, good = read_policies(make_client(server.url), types, [{"id": "a", "x": [text]}, {"id": "b"}])

    assert bad.error is not None
    assert good.error is None


def test_a_policy_nested_too_deeply_is_an_error_of_that_policy(server: ScriptedServer) -> None:
    nested: dict[str, Any] = {}
    for _ in range(500):
        nested = {"x": nested}

    (reading,) = read_policies(
        make_client(server.url), get_policy_type("deviceConfigurations"), [{"id": "a", "y": nested}]
    )

    assert reading.error is not None


def test_a_tenant_that_refuses_to_expand_is_read_without_expansion(server: ScriptedServer) -> None:
    types = get_policy_type("roleAssignments")
    Tenant(server, {f"/{types.path}/a": 400, f"/{types.path}/b": 403})

    first, second = read_policies(make_client(server.url), types, [{"id": "a", "x": 1}, {"id": "b"}])

    assert first.content == {"id": "a", "x": 1}
    assert second.error is not None


def test_ids_in_paths_are_escaped(server: ScriptedServer) -> None:
    tenant = Tenant(server, {})

    read_policies(make_client(server.url), CATALOG, [{"id": "../x?y/é"}])

    assert tenant.asked[0] == f"/{CATALOG.path}/..%2Fx%3Fy%2F%C3%A9/settings?$top=999"


def test_an_outage_fails_the_page_as_a_whole(server: ScriptedServer) -> None:
    server.replies = [Reply(503)]

    with pytest.raises(GraphError, match=r"graph\.unavailable"):
        read_policies(make_client(server.url, limits=Limits(max_attempts=2)), CATALOG, [{"id": "a"}])


def test_only_custom_roles_are_listed(server: ScriptedServer) -> None:
    server.replies = [make_page()]

    list(list_policies(make_client(server.url), get_policy_type("roleDefinitions")))

    assert server.seen[0].path == "/beta/deviceManagement/roleDefinitions?$filter=isBuiltIn%20eq%20false"


def test_groups_come_in_the_largest_pages(server: ScriptedServer) -> None:
    server.replies = [make_page("a", "b")]

    assert [[group["id"] for group in page] for page in list_groups(make_client(server.url))] == [["a", "b"]]
    assert server.seen[0].path == "/beta/groups?$select=id,displayName&$top=999"


def test_assignments_beyond_the_first_page_are_listed(server: ScriptedServer) -> None:
    link = f"{server.url}/beta/more"
    server.replies = [make_page("1", next_link=link), make_page("2")]

    assert [each["id"] for each in list_assignments(make_client(server.url), CATALOG, "a")] == ["1", "2"]
    assert server.seen[0].path == f"/beta/{CATALOG.path}/a/assignments"


def test_a_type_without_assignments_is_not_asked_for_them(server: ScriptedServer) -> None:
    types = get_policy_type("conditionalAccessPolicies")

    assert list(list_assignments(make_client(server.url), types, "a")) == []
    assert server.seen == []


@pytest.mark.parametrize(
    ("item", "name"),
    [
        ({"name": " A "}, "A"),
        ({"displayName": "B"}, None),
        ({"name": 7}, None),
        ({"name": " "}, None),
        ({"name": "a\0\ud800\U0001f512"}, "a\ufffd\ufffd\U0001f512"),
    ],
)
def test_a_policy_may_have_no_name(item: dict[str, Any], name: str | None) -> None:
    assert find_name(CATALOG, item) == name


def test_types_have_keys_of_their_own_and_unknown_ones_are_refused() -> None:
    assert len({each.key for each in POLICY_TYPES}) == len(POLICY_TYPES)
    assert find_policy_type("nonsense") is None
    with pytest.raises(UnknownPolicyType):
        get_policy_type("nonsense")


def test_a_policy_with_an_id_that_no_url_can_hold_fails_alone(server: ScriptedServer) -> None:
    Tenant(server, {f"/{CATALOG.path}/b/settings": rows("0")})

    bad, good = read_policies(make_client(server.url), CATALOG, [{"id": "a\ud800"}, {"id": "b"}])

    assert (bad.external_id, bad.content, good.error) == (None, None, None)
    assert bad.error is not None
