"""A tenant's pages: overview, policies, groups (R34, R41)."""

import json
import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, event

from ops_admin.access.capabilities import Role
from ops_admin.access.queries import Tenant
from ops_admin.config import Settings
from ops_admin.infra.database import db, transaction, utcnow
from ops_admin.intune.directory import storage as directory
from ops_admin.intune.inventory.storage import record_attempt
from ops_admin.intune.policies.models import DbPolicy
from ops_admin.intune.policies.states import PolicyState
from ops_admin.intune.policies.types import POLICY_TYPES
from tests.intune.making import add_version, make_groups, make_policies, make_policy
from tests.support.application import make_settings
from tests.support.clients import ConsoleClient
from tests.support.factories import make_completed_run, make_member, make_run, make_tenant, sign_in


@pytest.fixture
def settings(database_url: str, tmp_path: Any) -> Settings:
    """Settings without Graph: no page needs it."""
    return make_settings(tmp_path, database_url)


@pytest.fixture
def contoso(app_context: Flask) -> Tenant:
    return make_tenant(name="Contoso")


@pytest.fixture
def visitor(client: ConsoleClient, contoso: Tenant) -> ConsoleClient:
    return sign_in(client, make_member(contoso, Role.OPERATOR))


def names_in(page: str) -> list[str]:
    return re.findall(r'class="policy-name"[^>]*>([^<]*)<', page)


def words_of(page: str) -> str:
    """The text of a page without its markup."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


# Overview


def test_a_tenant_that_was_never_synced_says_what_to_do(visitor: ConsoleClient, contoso: Tenant) -> None:
    page = visitor.get(f"/tenants/{contoso.id}").text

    assert "Nothing is known of this tenant yet" in page
    assert page.count(f'action="/tenants/{contoso.id}/inventory/sync"') == 1


def test_while_the_first_sync_runs_the_overview_says_so(visitor: ConsoleClient, contoso: Tenant) -> None:
    make_run(contoso, type="inventory.sync")
    page = visitor.get(f"/tenants/{contoso.id}").text

    assert "The first sync is under way" in page
    assert "Nothing is known" not in page


def test_who_may_only_look_is_told_whom_to_ask(client: ConsoleClient, contoso: Tenant) -> None:
    sign_in(client, make_member(contoso, Role.READONLY))

    assert "Somebody with the role of an operator" in client.get(f"/tenants/{contoso.id}").text


def test_the_overview_counts_by_type_and_state_and_links_to_the_runs(visitor: ConsoleClient, contoso: Tenant) -> None:
    make_policy(contoso, "One", "intents")
    make_policy(contoso, "Two", "intents", state=PolicyState.MISSING)
    make_policy(contoso, "Three", "mobileApps", state=PolicyState.IGNORED)
    make_groups(contoso, "Everybody")
    for key in POLICY_TYPES:
        record_attempt(contoso.id, key, 71, utcnow(), None)
    directory.record_attempt(contoso.id, 72, utcnow(), None)

    page = visitor.get(f"/tenants/{contoso.id}").text

    words = words_of(page)
    assert "1 active · 1 ignored · 1 missing" in words
    assert "Endpoint security (templates) 2 Missing 1" in words
    assert "Nothing found of: Device configurations" in words
    assert ('href="/operations/71"' in page, 'href="/operations/72"' in page) == (True, True)


def test_a_type_that_failed_is_named_with_its_run(visitor: ConsoleClient, contoso: Tenant) -> None:
    record_attempt(contoso.id, "intents", 70, utcnow(), None)
    record_attempt(contoso.id, "mobileApps", 73, utcnow(), "graph.forbidden")

    page = visitor.get(f"/tenants/{contoso.id}").text

    assert "could not read all of: Apps." in page
    assert 'href="/operations/73"' in page
    assert "Grant the missing Microsoft Graph permission" in page


def test_what_kept_every_type_from_being_read_is_said_once(visitor: ConsoleClient, contoso: Tenant) -> None:
    for key in POLICY_TYPES:
        record_attempt(contoso.id, key, 74, utcnow(), "graph.forbidden")

    words = words_of(visitor.get(f"/tenants/{contoso.id}").text)

    assert "could not read any type" in words
    assert words.count("Grant the missing Microsoft Graph permission") == 1
    assert "Not all types" not in words


def test_the_overview_shows_active_and_recent_runs_of_this_tenant_only(visitor: ConsoleClient, contoso: Tenant) -> None:
    mine = [make_run(contoso).id, make_completed_run(contoso, type="directory.groups.sync").id]
    other = make_run(make_tenant()).id

    page = visitor.get(f"/tenants/{contoso.id}").text

    assert all(f'href="/operations/{run_id}"' in page for run_id in mine)
    assert f'href="/operations/{other}"' not in page


# Policies


def test_policies_are_listed_by_name_whatever_their_case(visitor: ConsoleClient, contoso: Tenant) -> None:
    for name in ("beta", "Alpha", "ärger", "Gamma"):
        make_policy(contoso, name)

    assert names_in(visitor.get(f"/tenants/{contoso.id}/policies").text) == ["Alpha", "beta", "Gamma", "ärger"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=defender", ["Defender 100%"]),
        ("q=100%25", ["Defender 100%"]),
        ("q=_", ["snake_case"]),
        ("q=POLICY-AB", []),
        ("q=policy-abc", ["Defender 100%"]),
        ("q=strasse", ["Straße"]),
        ("type=mobileApps", ["snake_case"]),
        ("state=missing", ["Straße"]),
        ("type=mobileApps&state=missing", []),
        ("q=e&type=intents&state=active", ["Defender 100%"]),
    ],
)
def test_a_filter_finds_exactly_what_it_says(
    visitor: ConsoleClient, contoso: Tenant, query: str, found: list[str]
) -> None:
    make_policy(contoso, "Defender 100%", external_id="policy-abc")
    make_policy(contoso, "snake_case", "mobileApps")
    make_policy(contoso, "Straße", state=PolicyState.MISSING)

    assert names_in(visitor.get(f"/tenants/{contoso.id}/policies?{query}").text) == found


def test_an_empty_list_names_the_filters_that_emptied_it(visitor: ConsoleClient, contoso: Tenant) -> None:
    make_policy(contoso)

    words = words_of(visitor.get(f"/tenants/{contoso.id}/policies?q=zzz&type=mobileApps&state=ignored").text)

    assert "Search: zzz" in words
    assert "Type: Apps" in words
    assert "State: Ignored" in words


@pytest.mark.parametrize("query", ["type=nonsense&q=kept", "state=nonsense&q=kept"])
def test_a_filter_that_cannot_be_used_is_marked_and_nothing_typed_is_lost(
    visitor: ConsoleClient, contoso: Tenant, query: str
) -> None:
    answer = visitor.get(f"/tenants/{contoso.id}/policies?{query}")

    assert answer.status_code == 422
    assert "Choose one of the values offered." in answer.text
    assert 'value="kept"' in answer.text


def test_paging_shows_every_policy_once_forwards_and_backwards(visitor: ConsoleClient, contoso: Tenant) -> None:
    make_policies(contoso, 120)
    address: str | None = f"/tenants/{contoso.id}/policies?type=intents"

    forwards: list[list[str]] = []
    while address:
        page = visitor.get(address).text
        forwards.append(names_in(page))
        last, address = address, link(page, "next")
    assert [len(names) for names in forwards] == [50, 50, 20]
    assert [name for names in forwards for name in names] == [f"Policy {number:05}" for number in range(120)]

    backwards = []
    address = last
    while address:
        page = visitor.get(address).text
        backwards.append(names_in(page))
        address = link(page, "prev")
    assert backwards == forwards[::-1]


def link(page: str, rel: str) -> str | None:
    found = re.search(rf'rel="{rel}"\s+href="([^"]+)"', page)
    return found.group(1).replace("&amp;", "&") if found else None


@pytest.mark.parametrize(
    "place", ["cursor=abc", "cursor=after~-1", "cursor=after~99999999999999999999999", "cursor=before~0", "after=1"]
)
def test_a_place_that_makes_no_sense_is_the_beginning(visitor: ConsoleClient, contoso: Tenant, place: str) -> None:
    make_policies(contoso, 3)

    for page in ("policies", "groups"):
        answer = visitor.get(f"/tenants/{contoso.id}/{page}?{place}")
        assert answer.status_code == 200
    assert len(names_in(visitor.get(f"/tenants/{contoso.id}/policies?{place}").text)) == 3


def test_a_place_whose_policy_is_gone_is_the_beginning(visitor: ConsoleClient, contoso: Tenant) -> None:
    gone = make_policy(contoso, "AAA")
    make_policies(contoso, 3)
    with transaction() as session:
        session.execute(delete(DbPolicy).where(DbPolicy.id == gone))

    assert len(names_in(visitor.get(f"/tenants/{contoso.id}/policies?cursor=after~{gone}").text)) == 3


def test_a_list_never_touches_the_content_of_versions(app: Flask, visitor: ConsoleClient, contoso: Tenant) -> None:
    make_policies(contoso, 3)
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    visitor.get(f"/tenants/{contoso.id}/policies")
    visitor.get(f"/tenants/{contoso.id}")
    event.remove(db.engine, "before_cursor_execute", note)

    assert statements
    assert not [statement for statement in statements if "policy_versions" in statement]


def test_ten_thousand_policies_make_a_page_like_ten(visitor: ConsoleClient, contoso: Tenant) -> None:
    for key in list(POLICY_TYPES)[:10]:
        make_policies(contoso, 1000, key)

    page = visitor.get(f"/tenants/{contoso.id}/policies?q=policy+009").text

    assert len(names_in(page)) == 50
    assert "1000 policies" in page.replace(",", "")
    assert len(page) < 400_000


def test_a_hostile_name_is_only_text(visitor: ConsoleClient, contoso: Tenant) -> None:
    policy_id = make_policy(contoso, "<script>alert(1)</script>", content={"description": "</pre><script>1</script>"})
    make_groups(contoso, "<script>alert(2)</script>")

    for path in ("policies", f"policies/{policy_id}", "groups"):
        page = visitor.get(f"/tenants/{contoso.id}/{path}").text
        assert "<script>alert" not in page
        assert "<script>1" not in page


# One policy


def test_a_policy_shows_its_facts_and_its_newest_content(visitor: ConsoleClient, contoso: Tenant) -> None:
    policy_id = make_policy(contoso, "Firewall", content={"description": "first", "settings": [1, 2, 3]}, run_id=81)
    add_version(contoso, policy_id, {"description": "second", "settings": [1]})

    page = visitor.get(f"/tenants/{contoso.id}/policies/{policy_id}").text

    assert "Endpoint security (templates)" in page
    assert '"description": "second"' in page.replace("&#34;", '"')
    assert 'href="/operations/81"' in page


def test_another_version_can_be_chosen(visitor: ConsoleClient, contoso: Tenant) -> None:
    policy_id = make_policy(contoso, content={"description": "first"})
    add_version(contoso, policy_id, {"description": "second"})

    page = visitor.get(f"/tenants/{contoso.id}/policies/{policy_id}?version=1").text.replace("&#34;", '"')

    assert '"description": "first"' in page
    assert '"description": "second"' not in page


@pytest.mark.parametrize("version", ["0", "9", "-1", "abc", "", "1e3", "٣", "99999999999999999999"])
def test_a_version_that_is_not_there_is_not_found(visitor: ConsoleClient, contoso: Tenant, version: str) -> None:
    policy_id = make_policy(contoso)

    assert visitor.get(f"/tenants/{contoso.id}/policies/{policy_id}?version={version}").status_code == 404


def test_a_policy_of_another_tenant_is_not_found(visitor: ConsoleClient, contoso: Tenant) -> None:
    foreign = make_policy(make_tenant())

    for path in (f"{foreign}", f"{foreign}/versions/1.json", f"{2**70}", f"{2**70}/versions/1.json"):
        assert visitor.get(f"/tenants/{contoso.id}/policies/{path}").status_code == 404


def test_the_download_is_what_was_captured(visitor: ConsoleClient, contoso: Tenant) -> None:
    content = {"z": 1, "a": [1.5, None, True], "name": "Ünïcode 😀", "deep": {"b": {"a": []}}}
    policy_id = make_policy(contoso, content=content)

    answer = visitor.get(f"/tenants/{contoso.id}/policies/{policy_id}/versions/1.json")

    assert answer.mimetype == "application/json"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert json.loads(answer.data) == content
    assert list(json.loads(answer.data)) == list(content)


@pytest.mark.parametrize("number", [0, 2, 2**31, 2**70])
def test_a_download_of_no_version_is_not_found(visitor: ConsoleClient, contoso: Tenant, number: int) -> None:
    policy_id = make_policy(contoso)

    assert visitor.get(f"/tenants/{contoso.id}/policies/{policy_id}/versions/{number}.json").status_code == 404


def test_content_that_is_too_large_is_offered_for_download_only(visitor: ConsoleClient, contoso: Tenant) -> None:
    policy_id = make_policy(contoso, content={"settings": ["x" * 1000] * 600})

    page = visitor.get(f"/tenants/{contoso.id}/policies/{policy_id}").text

    assert "Too large to be shown here" in page
    assert (f"/policies/{policy_id}/versions/1.json" in page, "x" * 1000 in page) == (True, False)


# Groups


def test_groups_are_searched_by_name_and_id(visitor: ConsoleClient, contoso: Tenant) -> None:
    make_groups(contoso, "All Users", "All Devices", "Pilot_1")
    make_groups(make_tenant(), "All of another tenant")

    def found(search: str) -> list[str]:
        page = visitor.get(f"/tenants/{contoso.id}/groups?q={search}").text
        return re.findall(r'class="group-name">([^<]*)<', page)

    assert found("") == ["All Devices", "All Users", "Pilot_1"]
    assert found("users") == ["All Users"]
    assert found("_") == ["Pilot_1"]
    assert found("nothing") == []


def test_the_age_of_the_cache_is_said_with_its_run(visitor: ConsoleClient, contoso: Tenant) -> None:
    make_groups(contoso, "Everybody")
    directory.record_attempt(contoso.id, 91, utcnow(), None)
    directory.record_attempt(contoso.id, 92, utcnow(), "graph.throttled")

    page = visitor.get(f"/tenants/{contoso.id}/groups").text

    assert "Everybody" in page
    assert "did not read all groups" in page
    assert ('href="/operations/91"' in page, 'href="/operations/92"' in page) == (True, True)


def test_groups_that_were_never_synced_say_what_to_do(visitor: ConsoleClient, contoso: Tenant) -> None:
    page = visitor.get(f"/tenants/{contoso.id}/groups").text

    assert "No groups yet" in page
    assert f'action="/tenants/{contoso.id}/directory/sync"' in page
