"""The pages of backups: list, start, items, archive and delete (R17, R42)."""

import json
import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from ops_admin.access import administration
from ops_admin.access.capabilities import Role
from ops_admin.access.queries import Tenant
from ops_admin.config import Settings
from ops_admin.infra.database import db
from ops_admin.intune.backups import storage
from ops_admin.intune.backups.items import CapturedItem
from ops_admin.intune.backups.models import DbBackupItem
from ops_admin.intune.backups.queries import find_backup_set, list_backup_sets, list_items
from ops_admin.runs.queries import get_run
from tests.intune.making import make_policy
from tests.support.application import make_settings
from tests.support.clients import ConsoleClient
from tests.support.factories import make_member, make_run, make_tenant, make_workspace, sign_in

JSON = {"Accept": "application/json"}
MAKE = {"scope": "all", "name": "Nightly", "assignments": "yes"}


@pytest.fixture
def settings(sqlite_url: str, tmp_path: Any) -> Settings:
    """Settings without Graph: no page needs it."""
    return make_settings(tmp_path, sqlite_url)


@pytest.fixture
def tenant(app_context: Flask) -> Tenant:
    return make_tenant(name="Contoso")


@pytest.fixture
def manager(client: ConsoleClient, tenant: Tenant) -> ConsoleClient:
    return sign_in(client, make_member(tenant, Role.MANAGER))


def make_set(tenant: Tenant, name: str = "Before the change", *, items: int = 2, closed: bool = True) -> int:
    run = make_run(tenant, type="backup.create")
    set_id = storage.open_set(storage.NewSet(run.id, tenant.workspace_id, tenant.id, name, True, "Ada"))
    whole = [
        CapturedItem("intents", f"id-{number}", f"Policy {number:03}", {"displayName": "x"}, f"{number:064}")
        for number in range(items)
    ]
    broken = CapturedItem("mobileApps", "id-broken", "Broken app", failure_code="graph.forbidden")
    storage.record_items(set_id, tenant.id, [*whole, broken])
    if closed:
        storage.close_set(set_id)
    return set_id


def url(tenant: Tenant, rest: object = "") -> str:
    return f"/tenants/{tenant.id}/backups{rest}"


def words_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_the_list_tells_of_each_set_what_it_holds_and_who_made_it(manager: ConsoleClient, tenant: Tenant) -> None:
    make_set(tenant, "Nightly")

    words = words_of(manager.get(url(tenant)).text)

    assert all(text in words for text in ("Nightly", "2 policies, with assignments", "1 incomplete", "Partial", "Ada"))


def test_without_any_set_the_list_offers_to_make_one_to_those_who_may(
    app: Flask, manager: ConsoleClient, tenant: Tenant
) -> None:
    reader = app.test_client()
    assert isinstance(reader, ConsoleClient)
    sign_in(reader, make_member(tenant, Role.READONLY))

    assert url(tenant, "/new") in manager.get(url(tenant)).text
    assert url(tenant, "/new") not in reader.get(url(tenant)).text
    assert "No backups yet" in reader.get(url(tenant)).text


def test_a_long_list_turns_its_pages(manager: ConsoleClient, tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(list_backup_sets.__kwdefaults__ or {}, "size", 2)
    for number in range(3):
        make_set(tenant, f"Set {number}")

    first = manager.get(url(tenant)).text
    older = re.search(r'rel="next"\s+href="([^"]+)"', first)
    assert older
    second = manager.get(older[1].replace("&amp;", "&")).text

    assert ("Set 2" in first, "Set 1" in first, "Set 0" in first) == (True, True, False)
    assert ("Set 0" in second, "Set 1" in second, 'rel="prev"' in second) == (True, False, True)


def test_the_form_starts_a_run_and_leads_back_with_a_toast(manager: ConsoleClient, tenant: Tenant) -> None:
    answer = manager.post(url(tenant), data=MAKE)

    page = manager.get(answer.location).text
    assert (answer.status_code, "View run" in page, "Queued" in page) == (303, True, True)


@pytest.mark.parametrize(
    ("form", "inputs"),
    [
        (MAKE, {"name": "Nightly", "all": True, "assignments": True}),
        ({"scope": "all", "name": ""}, {"all": True, "assignments": False}),
        ({"scope": "types", "types": ["intents"], "name": ""}, {"types": ["intents"], "assignments": False}),
        ({"scope": "policies", "policy_ids": ["2", "1"]}, {"policy_ids": [1, 2], "assignments": False}),
        ({"policy_ids": ["7"]}, {"policy_ids": [7], "assignments": True}),
        ({}, {"all": True, "assignments": True}),
    ],
)
def test_the_fields_of_the_form_are_the_inputs_of_the_run(
    manager: ConsoleClient, tenant: Tenant, form: dict[str, object], inputs: dict[str, object]
) -> None:
    answer = manager.post(url(tenant), data=form, headers=JSON)

    assert answer.status_code == 202
    assert get_run(answer.get_json()["run_id"]).inputs == inputs


def test_json_starts_it_with_the_inputs_of_the_command_line(manager: ConsoleClient, tenant: Tenant) -> None:
    body = {"name": "By script", "policy_ids": [3, 1], "assignments": True}

    first = manager.post(url(tenant), json=body, headers=JSON)
    second = manager.post(url(tenant), json=body, headers=JSON)

    assert (first.status_code, first.get_json()["created"]) == (202, True)
    assert (second.status_code, second.get_json()["created"]) == (200, False)
    assert second.get_json()["run_id"] == first.get_json()["run_id"]


@pytest.mark.parametrize("body", [[], ["x"], {}, {"all": True, "types": ["intents"]}, {"name": 3, "all": True}, "text"])
def test_invalid_json_is_answered_in_json(manager: ConsoleClient, tenant: Tenant, body: object) -> None:
    answer = manager.post(url(tenant), json=body, headers=JSON)

    assert (answer.status_code, bool(answer.get_json()["errors"])) == (422, True)


@pytest.mark.parametrize(
    "form",
    [
        {"scope": "types", "name": "Kept words"},
        {"scope": "types", "types": ["nonsense"], "name": "Kept words"},
        {"scope": "policies", "name": "Kept words"},
        {"scope": "elsewhere", "name": "Kept words"},
        {"scope": "all", "name": "Kept words" + "x" * 120},
    ],
)
def test_what_cannot_be_used_is_said_and_nothing_typed_is_lost(
    manager: ConsoleClient, tenant: Tenant, form: dict[str, object]
) -> None:
    answer = manager.post(url(tenant), data=form)

    assert answer.status_code == 422
    assert ("Kept words" in answer.text, "invalid-feedback" in answer.text) == (True, True)


def test_chosen_policies_are_named_in_the_form(manager: ConsoleClient, tenant: Tenant) -> None:
    mine, foreign = make_policy(tenant, "Disk <b>"), make_policy(make_tenant(), "Not mine")

    page = manager.get(url(tenant, f"/new?policy_ids={mine}&policy_ids={foreign}&policy_ids=x")).text

    assert ("Disk &lt;b&gt;" in page, "1 selected policy" in page, "Not mine" in page) == (True, True, False)


def test_the_page_of_a_set_lists_what_it_holds_and_what_could_not_be_read(
    manager: ConsoleClient, tenant: Tenant
) -> None:
    set_id = make_set(tenant)

    words = words_of(manager.get(url(tenant, f"/{set_id}")).text)

    backup = find_backup_set(set_id)
    assert backup is not None
    assert all(text in words for text in ("Policy 000", "Broken app", "The app may not do this", "SHA-256"))
    assert str(backup.content_hash) in words


def test_the_page_searches_filters_and_turns_pages(manager: ConsoleClient, tenant: Tenant) -> None:
    set_id = make_set(tenant, items=60)
    first = manager.get(url(tenant, f"/{set_id}?type=intents")).text
    following = re.search(r'rel="next"\s+href="([^"]+)"', first)
    assert following

    second = manager.get(following[1].replace("&amp;", "&")).text
    found = manager.get(url(tenant, f"/{set_id}?q=policy+059")).text
    failed = manager.get(url(tenant, f"/{set_id}?show=failed")).text

    assert ("Policy 059" in first, "Policy 059" in second, "Policy 059" in found) == (False, True, True)
    assert ("Broken app" in failed, "Policy 001" in failed) == (True, False)
    assert "Nothing matches" in manager.get(url(tenant, f"/{set_id}?q=nothing")).text
    assert manager.get(url(tenant, f"/{set_id}?type=nonsense")).status_code == 422


def test_a_restore_is_offered_only_for_usable_sets(manager: ConsoleClient, tenant: Tenant) -> None:
    whole, open_one = make_set(tenant), make_set(tenant, closed=False)

    link = "/restores/new?backup_set="
    assert f"{link}{whole}" in manager.get(url(tenant, f"/{whole}")).text
    assert link not in manager.get(url(tenant, f"/{open_one}")).text


def test_a_restore_into_another_tenant_is_offered_where_one_may(client: ConsoleClient, app_context: Flask) -> None:
    workspace = make_workspace()
    tenant, sister, closed = (make_tenant(workspace, name) for name in ("Contoso", "Sister", "Closed"))
    user, backup_id = make_member(tenant, Role.MANAGER), make_set(tenant)
    administration.grant_role(user.id, sister.id, Role.MANAGER)
    administration.grant_role(user.id, closed.id, Role.OPERATOR)
    page = sign_in(client, user).get(url(tenant, f"/{backup_id}")).text

    link = "/tenants/{}/restores/new?backup_set={}"
    assert link.format(sister.id, backup_id) in page
    assert link.format(closed.id, backup_id) not in page


def test_an_item_is_shown_and_downloaded_as_it_was_captured(manager: ConsoleClient, tenant: Tenant) -> None:
    set_id = make_set(tenant)
    broken, item = (list_items(set_id).rows[number].id for number in (0, 1))

    page = manager.get(url(tenant, f"/{set_id}/items/{item}"))
    file = manager.get(url(tenant, f"/{set_id}/items/{item}.json"))

    assert ("&#34;displayName&#34;" in page.text, page.status_code) == (True, 200)
    assert (json.loads(file.text), "attachment" in file.headers["Content-Disposition"]) == ({"displayName": "x"}, True)
    assert manager.get(url(tenant, f"/{set_id}/items/{broken}")).status_code == 200
    assert manager.get(url(tenant, f"/{set_id}/items/{broken}.json")).status_code == 404


def test_sets_and_items_of_another_tenant_do_not_exist_here(manager: ConsoleClient, tenant: Tenant) -> None:
    foreign, mine = make_set(make_tenant()), make_set(tenant)
    item = list_items(foreign).rows[0].id

    for path in (f"/{foreign}", f"/{foreign}/items/{item}", f"/{mine}/items/{item}", f"/{mine}/items/{item}.json"):
        assert manager.get(url(tenant, path)).status_code == 404
    for path in (f"/{foreign}/archive", f"/{foreign}/delete"):
        assert manager.post(url(tenant, path), data={"name": "Before the change"}).status_code == 404
    assert find_backup_set(foreign) is not None


def test_an_archived_set_leaves_the_list_and_comes_back_unchanged(manager: ConsoleClient, tenant: Tenant) -> None:
    set_id = make_set(tenant, "Old one")
    before = find_backup_set(set_id)

    manager.post(url(tenant, f"/{set_id}/archive"))
    assert "Old one" not in words_of(manager.get(url(tenant)).text)
    assert "Old one" in manager.get(url(tenant, "?show=archived")).text

    manager.post(url(tenant, f"/{set_id}/archive"), data={"archived": "no"})
    assert find_backup_set(set_id) == before


def test_a_set_is_deleted_only_when_its_name_is_typed(manager: ConsoleClient, tenant: Tenant) -> None:
    set_id = make_set(tenant)

    refused = manager.post(url(tenant, f"/{set_id}/delete"), data={"name": "before the change"})
    assert (refused.status_code, "exactly" in refused.text) == (422, True)
    assert find_backup_set(set_id) is not None

    gone = manager.post(url(tenant, f"/{set_id}/delete"), data={"name": " Before  the change "})
    assert (gone.status_code, find_backup_set(set_id)) == (303, None)
    assert list_items(set_id).rows == ()


def test_a_set_that_is_being_restored_stays_and_says_why(manager: ConsoleClient, tenant: Tenant) -> None:
    set_id = make_set(tenant)

    def hold(held: int) -> str | None:
        return "Restore 7 of this backup is in progress." if held == set_id else None

    with storage.still_needed.connected_to(hold):
        answer = manager.post(url(tenant, f"/{set_id}/delete"), data={"name": "Before the change"})

    assert (answer.status_code, "Restore 7 of this backup" in answer.text) == (422, True)
    assert find_backup_set(set_id) is not None


def test_a_set_that_is_still_being_made_is_neither_archived_nor_deleted(manager: ConsoleClient, tenant: Tenant) -> None:
    set_id = make_set(tenant, closed=False)
    before = find_backup_set(set_id)

    manager.post(url(tenant, f"/{set_id}/archive"))
    answer = manager.post(url(tenant, f"/{set_id}/delete"), data={"name": "Before the change"})

    assert (answer.status_code, "still being made" in answer.text) == (422, True)
    assert find_backup_set(set_id) == before


def test_an_item_points_at_a_policy_of_its_own_tenant_alone(tenant: Tenant) -> None:
    make_policy(make_tenant(), external_id="id-0")
    mine = make_policy(tenant, external_id="id-1")
    make_set(tenant)
    assert set(db.session.scalars(select(DbBackupItem.policy_id))) == {None, mine}


def test_a_name_is_taken_by_the_sets_of_the_same_tenant_alone(tenant: Tenant) -> None:
    other = make_tenant()
    sets = [make_set(each, "Nightly") for each in (other, tenant, tenant)]
    found = [find_backup_set(set_id) for set_id in sets]
    assert [each.name for each in found if each is not None] == ["Nightly", "Nightly", "Nightly (2)"]


def test_whoever_asks_the_storage_archives_no_set_that_is_still_being_made_either(tenant: Tenant) -> None:
    set_id = make_set(tenant, closed=False)
    before = find_backup_set(set_id)
    storage.archive_set(set_id, archived=True)
    assert find_backup_set(set_id) == before


def test_an_operator_makes_backups_and_deletes_none(app: Flask, tenant: Tenant) -> None:
    operator = app.test_client()
    assert isinstance(operator, ConsoleClient)
    sign_in(operator, make_member(tenant, Role.OPERATOR))
    set_id = make_set(tenant)

    page = operator.get(url(tenant, f"/{set_id}")).text

    assert ("/archive" in page, "/delete" in page) == (True, False)
    assert operator.post(url(tenant, f"/{set_id}/delete"), data={"name": "Before the change"}).status_code == 403
