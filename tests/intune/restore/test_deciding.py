"""Which decisions are possible on an item that matches several policies, until when, and what is shown (R43)."""

from html import unescape

import pytest

from ops_admin.access.capabilities import Role
from ops_admin.access.queries import Tenant
from ops_admin.infra.database import transaction
from ops_admin.intune.directory.models import DbDirectoryGroup
from ops_admin.intune.restore import suggestions
from ops_admin.intune.restore.decisions import ChoiceRefused, decide_conflict
from ops_admin.intune.restore.drafting import copy_restore
from ops_admin.intune.restore.groups import Decided, decide_groups
from ops_admin.intune.restore.models import DbRestoreItem
from ops_admin.intune.restore.operations import preview as previewing
from ops_admin.intune.restore.queries import GroupRow, Restore
from ops_admin.intune.restore.revisions import NotEditable
from ops_admin.intune.restore.states import Choice
from ops_admin.notifications.queries import inbox, unread_count
from ops_admin.runs.states import Outcome
from tests.graph.simulated import Simulator
from tests.intune.restore.comparing import by_name
from tests.intune.restore.restoring import (
    SYSTEM,
    execute_restore,
    fresh,
    held,
    item_named,
    items_of,
    make_backup,
    make_reader,
    make_restore,
    preview,
    without_assignments,
)
from tests.intune.restore.test_faults import codes, make_twins
from tests.support.clients import ConsoleClient

SHELL, SCRIPTS = "deviceShellScripts", "deviceManagementScripts"


def previewed(source: Tenant, target: Tenant, *, names: set[str] | None = None) -> Restore:
    restore = without_assignments(make_restore(make_backup(source, types=[SHELL]), target, names=names))
    preview(restore)
    return fresh(restore)


def test_of_two_items_only_one_becomes_the_policy_that_both_could_be(
    source: Tenant, target: Tenant, simulator: Simulator
) -> None:
    twins = [{"displayName": "Twin", "description": word, "scriptContent": "eA=="} for word in ("one", "other")]
    simulator.control("POST", f"tenants/{source.external_id}/{SHELL}", value=twins)
    there = [{"displayName": "Twin", "description": "a third", "scriptContent": "eA=="}]
    simulator.control("POST", f"tenants/{target.external_id}/{SHELL}", value=there)
    restore = previewed(source, target, names={"Twin"})
    first, second = (item.id for item in items_of(restore))
    (only,) = held(simulator, target, SHELL)

    decide_conflict(restore, first, Choice.UPDATE, only["id"])
    with pytest.raises(ChoiceRefused, match="another item"):
        decide_conflict(restore, second, Choice.UPDATE, only["id"])
    decide_conflict(restore, first, Choice.SKIP, None)
    decide_conflict(restore, second, Choice.UPDATE, only["id"])


def test_what_was_tried_is_not_decided_again(source: Tenant, target: Tenant, simulator: Simulator) -> None:
    make_twins(simulator, target)
    restore = previewed(source, target)
    item_id = item_named(restore, "Tidy Dock").id
    decide_conflict(restore, item_id, Choice.CREATE, None)
    simulator.control("POST", "faults", effect="status", path=f"/{SHELL}$", method="POST", options={"status": 403})
    execute_restore(restore)

    with pytest.raises(NotEditable):
        decide_conflict(restore, item_id, Choice.UPDATE, held(simulator, target, SHELL)[0]["id"])

    assert item_named(restore, "Tidy Dock").choice == "create"


def test_more_of_a_name_than_can_be_compared_are_told(
    source: Tenant, target: Tenant, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_twins(simulator, target)
    monkeypatch.setattr(previewing, "MOST_CANDIDATES", 1)

    restore = without_assignments(make_restore(make_backup(source, types=[SHELL]), target))

    assert codes(preview(restore)) == {"restore.too_many_candidates"}
    assert codes(execute_restore(restore)) == {"restore.too_many_candidates"}
    assert len(held(simulator, target, SHELL)) == 2


def test_groups_that_the_directory_will_not_tell_of_are_not_taken_for_missing(
    source: Tenant, target: Tenant, simulator: Simulator
) -> None:
    restore = make_restore(make_backup(source, types=[SCRIPTS]), target, by_name(simulator, source, target))
    simulator.control("POST", "faults", effect="status", path="/groups/", options={"status": 403})

    assert preview(restore).outcome == Outcome.SUCCEEDED
    assert execute_restore(restore).outcome == Outcome.SUCCEEDED


def test_what_was_there_before_can_be_read_afterwards(
    source: Tenant, target: Tenant, simulator: Simulator, client: ConsoleClient
) -> None:
    one = {"displayName": "Tidy Dock", "description": "as it was before", "scriptContent": "eA=="}
    simulator.control("POST", f"tenants/{target.external_id}/{SHELL}", value=[one])
    restore = previewed(source, target)
    execute_restore(restore)

    client.sign_in(make_reader(target, source).email)
    page = client.get(f"/tenants/{target.id}/restores/{restore.id}/items/{item_named(restore, 'Tidy Dock').id}").text

    assert "The policy in the tenant at the preview" in page
    assert '"description": "as it was before"' in unescape(page)


def test_suggestions_are_found_for_more_groups_than_a_statement_takes(
    source: Tenant, target: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suggestions, "_AT_ONCE", 2)
    with transaction() as session:
        for number in range(5):
            name = {"display_name": f"Team {number}", "search_key": f"team {number}"}
            session.add(DbDirectoryGroup(tenant_id=target.id, external_id=f"t-{number}", **name))
    rows = [GroupRow(number, f"s-{number}", f"Team {number}", 1, None, None, None) for number in range(5)]
    same = GroupRow(9, "t-4", "Team 0", 1, None, None, None)

    found = suggestions.suggest(target.id, [*rows, same])

    reasons = {source_id: [(each.external_id, each.reason) for each in found[source_id]] for source_id in found}
    expected = {f"s-{number}": [(f"t-{number}", "same_name")] for number in range(5)}
    assert reasons == {**expected, "t-4": [("t-4", "same_id"), ("t-0", "same_name")]}


def test_a_decision_outlasts_another_preview_and_a_change_of_groups(
    source: Tenant, target: Tenant, simulator: Simulator
) -> None:
    make_twins(simulator, target)
    restore = previewed(source, target)
    meant = held(simulator, target, SHELL)[1]["id"]
    decide_conflict(restore, item_named(restore, "Tidy Dock").id, Choice.UPDATE, meant)
    mapping = by_name(simulator, source, target)
    decide_groups(restore, {group: Decided(to) for group, to in mapping.items()})

    preview(restore)

    item = item_named(restore, "Tidy Dock")
    assert (item.action, item.matched_by, item.target_external_id) == ("update", "choice", meant)


def test_a_decision_for_a_policy_that_is_gone_does_not_hold(
    source: Tenant, target: Tenant, simulator: Simulator
) -> None:
    make_twins(simulator, target)
    restore = previewed(source, target)
    decide_conflict(
        restore, item_named(restore, "Tidy Dock").id, Choice.UPDATE, held(simulator, target, SHELL)[1]["id"]
    )
    with transaction() as session:
        session.get_one(DbRestoreItem, item_named(restore, "Tidy Dock").id).choice_external_id = "gone"

    preview(restore)

    item = item_named(restore, "Tidy Dock")
    assert (item.action, item.choice) == ("conflict", None)


def test_a_copy_keeps_the_decisions_and_creates_nothing_twice(
    source: Tenant, target: Tenant, simulator: Simulator
) -> None:
    make_twins(simulator, target)
    restore = previewed(source, target)
    decide_conflict(restore, item_named(restore, "Tidy Dock").id, Choice.CREATE, None)
    execute_restore(restore)
    made = item_named(restore, "Tidy Dock").written_external_id

    copied = copy_restore(fresh(restore), SYSTEM)
    preview(copied)

    item = item_named(copied, "Tidy Dock")
    assert (item.action, item.target_external_id) == ("unchanged", made)


def test_a_decision_from_an_older_page_does_not_undo_another_one(
    source: Tenant, target: Tenant, simulator: Simulator, client: ConsoleClient
) -> None:
    make_twins(simulator, target)
    restore = previewed(source, target)
    user = make_reader(target, source, Role.MANAGER)
    client.sign_in(user.email)
    address = f"/tenants/{target.id}/restores/{restore.id}/items/{item_named(restore, 'Tidy Dock').id}/choose"

    client.post(address, data={"choice": "skip", "seen": ""})
    client.post(address, data={"choice": "create", "seen": ""})

    assert item_named(restore, "Tidy Dock").choice == "skip"
    assert "Somebody else has decided" in client.get(address.removesuffix("/choose")).text
    client.post(address, data={"choice": "create", "seen": "skip"})
    assert item_named(restore, "Tidy Dock").choice == "create"


def test_a_preview_that_is_made_again_is_no_news(source: Tenant, target: Tenant) -> None:
    """Each preview is reported; the run that waits for the restore is not."""
    user = make_reader(target, source, Role.MANAGER)
    restore = without_assignments(make_restore(make_backup(source, types=[SHELL]), target))

    preview(restore, user)
    preview(restore, user)

    assert unread_count(user.id) == 2
    assert [row.title for row in inbox(user.id).rows] == ["Restore preview: Completed"] * 2
