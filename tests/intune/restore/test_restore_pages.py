"""The wizard and the restore pages, as used by a browser without JavaScript (R16, R34, R36, R43)."""

import re

import pytest
from flask import Flask
from sqlalchemy import delete
from werkzeug.test import TestResponse

from ops_admin.access import administration
from ops_admin.access.capabilities import Role
from ops_admin.access.queries import Tenant
from ops_admin.infra.database import transaction
from ops_admin.intune.assignments.mapping import SKIP
from ops_admin.intune.backups import storage
from ops_admin.intune.backups.models import DbBackupItem, DbBackupSet
from ops_admin.intune.backups.queries import BackupSet
from ops_admin.intune.directory.models import DbDirectoryGroup
from ops_admin.intune.restore import queries
from ops_admin.intune.restore.queries import Restore
from ops_admin.runs.worker.execution import execute
from ops_admin.web import keyset
from tests.graph.simulated import Simulator
from tests.intune.restore.restoring import (
    execute_restore,
    fresh,
    held,
    item_named,
    items_of,
    make_backup,
    make_restore,
    preview,
    without_assignments,
)
from tests.intune.restore.test_faults import make_twins
from tests.support.clients import ConsoleClient
from tests.support.factories import make_member, make_tenant

JSON = {"Accept": "application/json"}
TYPES = ["deviceConfigurations", "deviceShellScripts"]


@pytest.fixture
def backup(source: Tenant) -> BackupSet:
    return make_backup(source, types=TYPES)


@pytest.fixture
def draft(backup: BackupSet, target: Tenant) -> Restore:
    return make_restore(backup, target)


@pytest.fixture
def manager(client: ConsoleClient, target: Tenant, source: Tenant) -> ConsoleClient:
    """Somebody who may restore into the target and read the source."""
    user = make_member(target, Role.MANAGER)
    administration.grant_role(user.id, source.id, Role.READONLY)
    client.sign_in(user.email)
    return client


def page_of(restore: Restore, rest: str = "") -> str:
    return f"/tenants/{restore.tenant_id}/restores/{restore.id}{rest}"


def begin(manager: ConsoleClient, target: Tenant, backup: BackupSet) -> Restore:
    answer = manager.post(f"/tenants/{target.id}/restores", data={"backup_set": str(backup.id)})
    assert answer.status_code == 303
    found = queries.find_restore(int(re.findall(r"/restores/(\d+)/items", answer.location)[0]))
    assert found
    return found


def run_of(answer: TestResponse) -> int:
    assert answer.json
    assert answer.status_code == 202
    return int(answer.json["run_id"])


def marked(manager: ConsoleClient, restore: Restore) -> dict[str, list[str]]:
    """What the form of the items page sends when everything on it is ticked."""
    page = manager.get(page_of(restore, "/items")).text
    shown = re.findall(r'name="shown"\s+value="(\d+)"', page)
    return {"shown": shown, "item": shown}


def test_every_step_leads_to_the_next(
    manager: ConsoleClient, target: Tenant, backup: BackupSet, simulator: Simulator
) -> None:
    assert backup.name in manager.get(f"/tenants/{target.id}/restores/new").text
    restore = begin(manager, target, backup)
    assert "0 selected" in manager.get(page_of(restore, "/items")).text

    onward = manager.post(page_of(restore, "/items"), data=marked(manager, restore) | {"do": "continue"})
    assert onward.location.endswith("/groups")
    manager.post(page_of(restore, "/groups"), data={"do": "suggestions"})
    manager.post(page_of(restore, "/groups"), data={"do": "skip"})
    assert manager.post(page_of(restore, "/groups"), data={"do": "continue"}).location.endswith(page_of(restore))
    preview_run_id = fresh(restore).preview_run_id  # started by itself: nothing is left to decide
    assert preview_run_id
    execute(preview_run_id)
    assert "Compared with the live tenant" in manager.get(page_of(restore)).text
    execute(run_of(manager.post(page_of(restore, "/execute"), headers=JSON)))

    text = manager.get(page_of(restore)).text
    assert "All policies are in the tenant, but some lost assignments" in text
    assert "Continue the restore" not in text
    assert len(held(simulator, target, TYPES[1])) > 0


def test_the_helper_text_says_what_is_searched_and_how_old_it_is(manager: ConsoleClient, draft: Restore) -> None:
    row = queries.list_groups(draft.id)[0]
    for path in ("/groups", f"/groups/{row.id}", f"/groups/{row.id}?q=nothing-has-this-name"):
        text = manager.get(page_of(draft, path)).text
        assert "cached directory of Fabrikam only" in text
        assert "groups are cached" in text
        assert "Synced" in text
        assert "/directory/sync" in text


def test_of_two_groups_of_the_name_both_are_offered_and_none_is_taken(
    manager: ConsoleClient, draft: Restore, target: Tenant
) -> None:
    row = next(row for row in queries.list_groups(draft.id) if row.source_name)
    with transaction() as session:
        name = {"display_name": row.source_name, "search_key": str(row.source_name).casefold()}
        for external_id in ("twin-1", "twin-2"):
            session.add(DbDirectoryGroup(tenant_id=target.id, external_id=external_id, **name))

    manager.post(page_of(draft, "/groups"), data={"do": "suggestions"})

    found = queries.find_group(draft.id, row.id)
    assert found
    assert found.decision is None
    assert "Several groups have this name" in manager.get(page_of(draft, "/groups")).text


def test_a_found_group_is_chosen(manager: ConsoleClient, draft: Restore, target: Tenant) -> None:
    row = queries.list_groups(draft.id)[0]
    page = manager.get(page_of(draft, f"/groups/{row.id}?q=Warehouse")).text
    (found,) = re.findall(r'name="target"\s+value="([^"]+)"', page)

    manager.post(page_of(draft, f"/groups/{row.id}"), data={"target": found})

    chosen = queries.find_group(draft.id, row.id)
    assert chosen
    assert (chosen.target_group_id, chosen.target_name) == (found, "Fabrikam - Warehouse Scanners")


def test_a_group_that_is_not_cached_is_refused_beside_its_field_and_nothing_is_lost(
    manager: ConsoleClient, draft: Restore
) -> None:
    first, second, *_ = queries.list_groups(draft.id)
    form = {f"group-{first.id}": "map:vanished", f"group-{second.id}": "skip"}

    answer = manager.post(page_of(draft, "/groups"), data=form)

    assert answer.status_code == 422
    assert "not in the cached directory" in answer.text
    assert re.search(rf'name="group-{second.id}"\s+value="skip"\s+checked', answer.text)
    assert all(row.decision is None for row in queries.list_groups(draft.id))


def test_the_mapping_form_sent_twice_is_sent_once(manager: ConsoleClient, draft: Restore) -> None:
    form = {f"group-{row.id}": "skip" for row in queries.list_groups(draft.id)}
    first = manager.post(page_of(draft, "/groups"), data=form)
    preview(draft)
    before = fresh(draft)

    second = manager.post(page_of(draft, "/groups"), data=form)

    assert (first.status_code, second.status_code) == (303, 303)
    assert fresh(draft) == before


def test_the_items_that_match_are_chosen_and_others_stay(
    manager: ConsoleClient, target: Tenant, backup: BackupSet
) -> None:
    restore = begin(manager, target, backup)

    manager.post(page_of(restore, "/items?q=tidy"), data={"do": "all"})
    assert [item.name for item in items_of(restore)] == ["Tidy Dock"]
    manager.post(page_of(restore, "/items?type=deviceConfigurations"), data={"do": "all"})
    assert len(items_of(restore)) == backup.item_count
    manager.post(page_of(restore, "/items?type=deviceConfigurations"), data={"do": "none"})
    assert [item.name for item in items_of(restore)] == ["Tidy Dock"]


def test_what_is_marked_is_kept_when_the_page_is_turned_or_searched(
    manager: ConsoleClient, target: Tenant, backup: BackupSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyset.read_by_name, "__defaults__", (2,))
    restore = begin(manager, target, backup)
    page = manager.get(page_of(restore, "/items")).text
    shown = re.findall(r'name="shown"\s+value="(\d+)"', page)
    (cursor,) = re.findall(r'name="cursor"\s+value="(after~\d+)"', page)

    turned = manager.post(page_of(restore, "/items"), data={"shown": shown, "item": shown[:1], "cursor": cursor})
    assert turned.location.endswith(f"/items?cursor={cursor}")
    following = manager.get(turned.location).text
    rest = re.findall(r'name="shown"\s+value="(\d+)"', following)
    marked = {"shown": rest, "item": rest[:1]}
    found = manager.post(turned.location, data=marked | {"do": "search", "q": "dock", "type": ""})

    assert found.location.endswith("/items?q=dock")
    assert {str(item.backup_item_id) for item in items_of(restore)} == {shown[0], rest[0]}


def test_decisions_are_kept_on_the_way_to_the_search_for_a_group(manager: ConsoleClient, draft: Restore) -> None:
    first, second, *_ = queries.list_groups(draft.id)
    page = manager.get(page_of(draft, "/groups")).text
    assert f'value="find:{second.id}"' in page

    onward = manager.post(page_of(draft, "/groups"), data={f"group-{first.id}": "skip", "do": f"find:{second.id}"})

    assert onward.location.endswith(page_of(draft, f"/groups/{second.id}"))
    assert queries.read_mapping(draft.id) == {first.source_group_id: SKIP}


def test_beginning_twice_is_beginning_once(manager: ConsoleClient, target: Tenant, backup: BackupSet) -> None:
    assert begin(manager, target, backup).id == begin(manager, target, backup).id


def test_an_item_of_another_set_is_not_chosen(
    manager: ConsoleClient, target: Tenant, source: Tenant, backup: BackupSet
) -> None:
    other = make_restore(make_backup(source, types=["roleDefinitions"]), target)
    restore = begin(manager, target, backup)

    manager.post(page_of(restore, "/items"), data={"item": [str(item.backup_item_id) for item in items_of(other)]})

    assert items_of(restore) == []


def test_a_conflict_is_shown_and_decided(
    manager: ConsoleClient, draft: Restore, target: Tenant, simulator: Simulator
) -> None:
    make_twins(simulator, target)
    preview(without_assignments(draft))
    item = item_named(draft, "Tidy Dock")
    assert "1 policy is in conflict" in manager.get(page_of(draft)).text
    page = manager.get(page_of(draft, f"/items/{item.id}")).text
    choice = re.findall(r'value="(update:[^"]+)"', page)[1]

    manager.post(page_of(draft, f"/items/{item.id}/choose"), data={"choice": choice})

    decided = item_named(draft, "Tidy Dock")
    assert (decided.action, decided.matched_by, f"update:{decided.target_external_id}") == ("update", "choice", choice)
    assert fresh(draft).status == "previewed"
    manager.post(page_of(draft, f"/items/{item.id}/choose"), data={"choice": "splendid"})
    assert item_named(draft, "Tidy Dock").action == "update"


def test_what_differs_is_shown_by_setting(
    manager: ConsoleClient, draft: Restore, target: Tenant, simulator: Simulator
) -> None:
    one = {"displayName": "Tidy Dock", "description": "changed by hand", "scriptContent": "eA=="}
    simulator.control("POST", f"tenants/{target.external_id}/{TYPES[1]}", value=[one])
    preview(draft)

    text = manager.get(page_of(draft, f"/items/{item_named(draft, 'Tidy Dock').id}")).text

    assert "Matched by name and type" in text
    assert "<del>changed by hand</del>" in text


def test_a_restore_that_is_over_is_read_and_copied_but_not_changed(
    manager: ConsoleClient, draft: Restore, simulator: Simulator
) -> None:
    preview(without_assignments(draft))
    execute_restore(draft)

    for path in ("/items", "/groups"):
        assert manager.get(page_of(draft, path)).status_code == 303
    refused = manager.post(page_of(draft, "/items"), data={"do": "none"}, headers=JSON)
    assert refused.status_code == 409
    assert manager.post(page_of(draft, "/execute"), headers=JSON).status_code == 409
    copied = manager.post(page_of(draft, "/copy"))
    made = queries.find_restore(int(copied.location.rpartition("/")[2]))
    assert made
    assert (made.status, len(items_of(made))) == ("draft", len(items_of(draft)))


def test_a_refusal_in_place_is_a_toast(manager: ConsoleClient, draft: Restore) -> None:
    answer = manager.post(page_of(draft, "/execute"), headers={"HX-Request": "true"})

    assert answer.status_code == 200
    assert "Nothing was started" in answer.text
    assert "<html" not in answer.text


def test_a_discarded_restore_wrote_nothing(manager: ConsoleClient, draft: Restore) -> None:
    preview(draft)

    assert manager.post(page_of(draft, "/discard")).status_code == 303

    assert fresh(draft).status == "cancelled"
    assert "Discarded; nothing was written" in manager.get(page_of(draft)).text


def test_a_restore_as_json(manager: ConsoleClient, draft: Restore) -> None:
    preview(draft)

    document = manager.get(page_of(draft), headers=JSON).json

    assert document
    assert (document["status"], document["actions"]) == ("previewed", {"create": len(items_of(draft))})


def test_the_list_leads_to_restores_and_their_runs(manager: ConsoleClient, draft: Restore, target: Tenant) -> None:
    run = preview(draft)

    text = manager.get(f"/tenants/{target.id}/restores").text

    assert page_of(draft) in text
    assert f"/operations/{run.id}" in text
    assert page_of(draft) in manager.get(f"/operations/{run.id}").text


@pytest.mark.parametrize("rest", ["", "/items", "/groups"])
def test_the_restore_of_another_tenant_is_not_found(
    manager: ConsoleClient, draft: Restore, source: Tenant, rest: str
) -> None:
    assert manager.get(f"/tenants/{source.id}/restores/{draft.id}{rest}").status_code in (403, 404)
    assert manager.get(f"/tenants/{draft.tenant_id}/restores/{2**70}{rest}").status_code == 404


def test_a_set_that_the_reader_may_not_look_into_cannot_be_restored(
    client: ConsoleClient, target: Tenant, backup: BackupSet
) -> None:
    client.sign_in(make_member(target, Role.OWNER).email)

    assert backup.name not in client.get(f"/tenants/{target.id}/restores/new").text
    answer = client.post(f"/tenants/{target.id}/restores", data={"backup_set": str(backup.id)})
    assert answer.status_code == 404


def test_a_set_of_another_workspace_does_not_exist(client: ConsoleClient, backup: BackupSet, source: Tenant) -> None:
    other = make_tenant()
    user = make_member(other, Role.OWNER)
    administration.add_member(user.id, source.workspace_id, Role.OWNER)
    administration.grant_role(user.id, source.id, Role.OWNER)
    client.sign_in(user.email)

    answer = client.post(f"/tenants/{other.id}/restores", data={"backup_set": str(backup.id)})
    assert answer.status_code == 404


@pytest.mark.parametrize("role", [Role.READONLY, Role.OPERATOR])
def test_whoever_only_looks_sees_no_button(
    client: ConsoleClient, draft: Restore, target: Tenant, source: Tenant, role: Role
) -> None:
    preview(without_assignments(draft))
    user = make_member(target, role)
    administration.grant_role(user.id, source.id, Role.READONLY)
    client.sign_in(user.email)

    text = client.get(page_of(draft)).text

    assert "Compared with the live tenant" in text
    assert "/execute" not in text
    assert "/discard" not in text
    assert client.post(page_of(draft, "/execute")).status_code == 403


def delete_behind_its_back(backup: BackupSet) -> None:
    """As if the set had been deleted before restores held it."""
    with transaction() as session:
        session.execute(delete(DbBackupItem).where(DbBackupItem.backup_set_id == backup.id))
        session.execute(delete(DbBackupSet).where(DbBackupSet.id == backup.id))


def ask_to_delete(client: ConsoleClient, backup: BackupSet) -> TestResponse:
    path = f"/tenants/{backup.tenant_id}/backups/{backup.id}/delete"
    return client.post(path, data={"name": backup.name})


def test_a_set_that_a_draft_needs_is_not_deleted_and_the_draft_is_named(
    client: ConsoleClient, draft: Restore, backup: BackupSet, target: Tenant, source: Tenant
) -> None:
    user = make_member(source, Role.OWNER)
    client.sign_in(user.email)
    assert f"restore {draft.id}." in ask_to_delete(client, backup).text
    administration.grant_role(user.id, target.id, Role.OWNER)

    refused = ask_to_delete(client, backup)

    assert (refused.status_code, f"restore {draft.id} into Fabrikam" in refused.text) == (422, True)
    client.post(page_of(draft, "/discard"))
    assert ask_to_delete(client, backup).status_code == 303


def test_of_the_restores_that_need_a_set_three_are_named_and_the_others_counted(
    client: ConsoleClient, backup: BackupSet, target: Tenant, source: Tenant
) -> None:
    client.sign_in(make_member(source, Role.OWNER).email)
    drafts = [make_restore(backup, target) for _ in range(3)]
    three = ", ".join(f"restore {each.id}" for each in drafts)

    assert f"needed: {three}." in ask_to_delete(client, backup).text
    make_restore(backup, target)
    assert f"needed: {three} and 1 more." in ask_to_delete(client, backup).text


def test_a_set_that_was_archived_can_still_be_restored_and_that_is_said(
    manager: ConsoleClient, draft: Restore, backup: BackupSet
) -> None:
    storage.archive_set(backup.id, archived=True)

    for path in ("", "/items", "/groups"):
        assert "was archived" in manager.get(page_of(draft, path)).text
    assert manager.post(page_of(draft, "/preview"), headers=JSON).status_code == 202


def test_every_step_says_that_the_set_was_deleted(manager: ConsoleClient, draft: Restore, backup: BackupSet) -> None:
    item = items_of(draft)[0]
    delete_behind_its_back(backup)

    for path in ("", "/items", "/groups", f"/groups/{queries.list_groups(draft.id)[0].id}", f"/items/{item.id}"):
        assert "was deleted" in manager.get(page_of(draft, path)).text, path
    for action in ("/preview", "/execute", "/copy"):
        refused = manager.post(page_of(draft, action), headers=JSON)
        assert refused.status_code == 409, action
    assert "/preview" not in manager.get(page_of(draft)).text


def test_a_page_without_the_backup_still_tells_what_was_done(
    manager: ConsoleClient, draft: Restore, app: Flask
) -> None:
    with transaction() as session:
        for item in items_of(draft):
            session.get_one(type(item), item.id).backup_item_id += 900_000

    assert manager.get(page_of(draft, f"/items/{items_of(draft)[0].id}")).status_code == 200


def test_before_anything_is_written_the_tenant_and_the_numbers_are_named(
    manager: ConsoleClient, draft: Restore, simulator: Simulator, target: Tenant
) -> None:
    preview(without_assignments(draft))
    (address,) = re.findall(rf'href="({page_of(draft)}/execute)"', manager.get(page_of(draft)).text)

    page = manager.get(address).text

    assert f"{len(items_of(draft))} policies are written to the tenant Fabrikam" in page
    (seen,) = re.findall(r'name="preview"\s+value="(\d+)"', page)
    started = manager.post(address, data={"preview": seen})
    assert (started.status_code, started.location) == (303, page_of(draft))
    assert fresh(draft).status == "queued"
    assert manager.get(address).status_code == 303


def test_what_was_previewed_again_is_not_restored_from_an_older_page(manager: ConsoleClient, draft: Restore) -> None:
    older = preview(without_assignments(draft))
    preview(draft)

    answer = manager.post(page_of(draft, "/execute"), data={"preview": str(older.id)}, headers=JSON)

    assert (answer.status_code, fresh(draft).status) == (409, "previewed")


def test_a_restore_under_way_can_be_stopped_from_its_page(manager: ConsoleClient, draft: Restore) -> None:
    preview(without_assignments(draft))
    run_id = run_of(manager.post(page_of(draft, "/execute"), headers=JSON))
    assert f"/operations/{run_id}/stop" in manager.get(page_of(draft)).text

    manager.post(f"/operations/{run_id}/stop")

    assert fresh(draft).status == "cancelled"
    assert "/stop" not in manager.get(page_of(draft)).text


def test_what_could_not_be_compared_is_said_on_top(
    manager: ConsoleClient, draft: Restore, simulator: Simulator
) -> None:
    simulator.control("POST", "faults", effect="status", path=f"/{TYPES[0]}", options={"status": 403})

    preview(without_assignments(draft))

    number = sum(item.type == TYPES[0] for item in items_of(draft))
    for path in ("", "/execute"):
        page = manager.get(page_of(draft, path)).text
        assert f"{number} policies could not be compared, or are left out." in page
        assert "graph.forbidden" in page
    assert "Could not be compared" in manager.get(page_of(draft)).text


def test_why_assignments_are_left_out_is_said_before_anything_is_written(
    manager: ConsoleClient, draft: Restore
) -> None:
    preview(draft)
    item = next(item for item in items_of(draft) if item.assignments_failure_code)

    assert "neither mapped nor skipped" in manager.get(page_of(draft, f"/items/{item.id}")).text


def test_what_was_created_is_not_said_to_be_missing(manager: ConsoleClient, draft: Restore) -> None:
    preview(without_assignments(draft))
    execute_restore(draft)

    page = manager.get(page_of(draft, f"/items/{items_of(draft)[0].id}")).text

    assert "It was created as in the backup" in page
    assert "The tenant has no policy" not in page


def test_a_type_without_assignments_is_not_said_to_have_lost_them(
    manager: ConsoleClient, source: Tenant, target: Tenant
) -> None:
    restore = without_assignments(make_restore(make_backup(source, types=["roleDefinitions"]), target))
    preview(restore)

    page = manager.get(page_of(restore, f"/items/{items_of(restore)[0].id}")).text

    assert "Policies of this type have no assignments" in page
    assert "The backup holds no assignments" not in page
