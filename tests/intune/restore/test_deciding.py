"""What may be decided about an item that could be several policies, until when, and what is shown of them (R43)."""

from html import unescape

import pytest

from ops_admin.access.capabilities import Role
from ops_admin.access.queries import Tenant
from ops_admin.database import transaction
from ops_admin.intune.directory.models import DbDirectoryGroup
from ops_admin.intune.restore import suggestions
from ops_admin.intune.restore.choices import ChoiceRefused, decide_conflict
from ops_admin.intune.restore.operations import preview as previewing
from ops_admin.intune.restore.queries import GroupRow, Restore
from ops_admin.intune.restore.revising import NotEditable
from ops_admin.intune.restore.states import Choice
from ops_admin.runs.states import Outcome
from tests.graph.simulated import Simulator
from tests.intune.restore.comparing import by_name
from tests.intune.restore.restoring import (
    execute_restore,
    fresh,
    held,
    item_named,
    items_of,
    make_backup,
    make_restore,
    preview,
    skip_groups,
)
from tests.intune.restore.test_faults import codes, make_twins
from tests.support.clients import ConsoleClient
from tests.support.factories import make_member

SHELL, SCRIPTS = "deviceShellScripts", "deviceManagementScripts"


def previewed(source: Tenant, target: Tenant, *, names: set[str] | None = None) -> Restore:
    restore = skip_groups(make_restore(make_backup(source, types=[SHELL]), target, names=names))
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

    restore = skip_groups(make_restore(make_backup(source, types=[SHELL]), target))

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

    client.sign_in(make_member(target, Role.READONLY).email)
    page = client.get(f"/tenants/{target.id}/restores/{restore.id}/items/{item_named(restore, 'Tidy Dock').id}").text

    assert "What the tenant held at the preview" in page
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
