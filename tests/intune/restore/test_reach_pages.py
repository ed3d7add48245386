"""The pages say whom a restore reaches, and the wizard asks for nothing that it knows (R57, R58)."""

import re

import pytest

from ops_admin.access import administration
from ops_admin.access.capabilities import Role
from ops_admin.access.queries import Tenant
from ops_admin.intune.assignments.mapping import SKIP
from ops_admin.intune.backups.queries import BackupSet
from ops_admin.intune.restore import queries
from ops_admin.intune.restore.access_policies import AccessMode, choose_mode
from ops_admin.intune.restore.groups import resolve_same_groups
from ops_admin.intune.restore.queries import Restore
from ops_admin.intune.restore.references import ReferenceDecided, decide_references, list_references
from ops_admin.intune.restore.states import AssignMode
from ops_admin.references.declared import Kind
from ops_admin.runs.queries import get_run
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
)
from tests.intune.restore.test_reach import ACCESS, ALL_USERS, NAME, SCRIPTS, Place, backup, both, drafted, here, there
from tests.intune.restore.test_restore_pages import page_of
from tests.intune.synced import sync_groups
from tests.support.clients import ConsoleClient
from tests.support.factories import make_member

__all__ = ["backup", "here", "there"]


@pytest.fixture
def manager(client: ConsoleClient, target: Tenant, source: Tenant) -> ConsoleClient:
    user = make_member(target, Role.MANAGER)
    administration.grant_role(user.id, source.id, Role.MANAGER)
    client.sign_in(user.email)
    return client


def text_of(manager: ConsoleClient, restore: Restore, rest: str = "") -> str:
    """The words of a page, without tags."""
    page = re.sub(r"<[^>]+>", " ", manager.get(page_of(restore, rest)).text)
    return " ".join(page.split())


def test_an_item_and_the_list_say_whom_it_reaches(manager: ConsoleClient, backup: BackupSet, there: Place) -> None:
    there.hold([there.group("Zoe")])
    restore = both(backup, there, AssignMode.REPLACE)
    preview(restore)

    item = text_of(manager, restore, f"/items/{item_named(restore, NAME).id}")

    assert re.search(r"Ann Before no After yes, new", item)
    assert re.search(r"Zoe Before yes After no, removed", item)
    assert "Reaches Zoe → Ann, Ben" in text_of(manager, restore)


def test_what_is_dropped_is_named_with_its_reason(manager: ConsoleClient, backup: BackupSet, there: Place) -> None:
    restore = drafted(backup, there, AssignMode.MERGE, Ada="Ann", Bob=None)
    preview(restore)
    execute_restore(restore)

    assert "Bob : Skipped in the mapping" in text_of(
        manager, restore, f"/items/{item_named(restore, NAME).id}"
    ).replace("Bob:", "Bob :")
    assert "Written, assignments dropped" in text_of(manager, restore)
    assert NAME in text_of(manager, restore, "?result=dropped")
    assert "No policy matches" in text_of(manager, restore, "?result=written")


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        (AssignMode.KEEP, "Assignments in the tenant are kept"),
        (AssignMode.MERGE, "Assignments in the backup are added"),
        (AssignMode.REPLACE, "Assignments in the tenant are replaced"),
    ],
)
def test_the_confirmation_says_whom_the_restore_reaches(
    manager: ConsoleClient, here: Place, there: Place, mode: AssignMode, words: str
) -> None:
    here.hold([ALL_USERS])
    there.hold([there.group("Zoe")], description="another")
    restore = drafted(make_backup(here.tenant, types=[SCRIPTS]), there, mode)
    preview(restore)

    text = text_of(manager, restore, "/execute")

    assert words in text
    assert ("1 policy will newly reach All users" in text) == (mode is not AssignMode.KEEP)
    assert ("1 policy will no longer reach Zoe" in text) == (mode is AssignMode.REPLACE)
    assert ("No assignments change" in text) == (mode is AssignMode.KEEP)


def test_the_mapping_step_asks_what_becomes_of_assignments(
    manager: ConsoleClient, backup: BackupSet, there: Place
) -> None:
    restore = drafted(backup, there, AssignMode.MERGE)
    page = manager.get(page_of(restore, "/groups")).text
    assert re.search(r'value="merge"\s+checked', page)
    assert "Merge (default)" in page

    manager.post(page_of(restore, "/groups"), data={"assignments": "keep", "do": "save"})
    assert fresh(restore).assign_mode is AssignMode.KEEP
    manager.post(page_of(restore, "/groups"), data={"assignments": "nonsense", "do": "save"})

    assert fresh(restore).assign_mode is AssignMode.KEEP
    assert "No groups to map" not in manager.get(page_of(restore, "/groups")).text


def test_the_preview_starts_by_itself_once_nothing_is_left_to_decide(
    manager: ConsoleClient, backup: BackupSet, there: Place
) -> None:
    restore = drafted(backup, there, AssignMode.MERGE)
    manager.post(page_of(restore, "/groups"), data={"do": "continue"})
    assert fresh(restore).preview_run_id is None

    manager.post(page_of(restore, "/groups"), data={"assignments": "keep", "do": "continue"})

    run_id = fresh(restore).preview_run_id
    assert run_id
    assert get_run(run_id).type == "restore.preview"


def test_a_preview_that_still_counts_is_not_repeated(manager: ConsoleClient, backup: BackupSet, there: Place) -> None:
    restore = both(backup, there, AssignMode.MERGE)
    run = preview(restore)

    manager.post(page_of(restore, "/groups"), data={"do": "continue"})

    assert fresh(restore).preview_run_id == run.id


def test_a_mapping_of_an_earlier_restore_is_suggested_and_saved_with_the_form(
    manager: ConsoleClient, backup: BackupSet, there: Place
) -> None:
    drafted(backup, there, AssignMode.MERGE, Ada="Ann", Bob=None)
    sync_groups(there.tenant)
    later = make_restore(backup, there.tenant, names={NAME})
    assert queries.read_mapping(later.id) == {}
    page = manager.get(page_of(later, "/groups")).text
    assert page.count("As in an earlier restore") == 2

    chosen = dict(re.findall(r'name="(group-\d+)"\s+value="([^"]+)"\s+checked', page))
    manager.post(page_of(later, "/groups"), data=chosen | {"do": "continue"})

    assert set(queries.read_mapping(later.id).values()) == {there.id_of("Ann"), SKIP}
    assert fresh(later).preview_run_id


def test_a_group_that_is_gone_is_not_suggested(manager: ConsoleClient, backup: BackupSet, there: Place) -> None:
    drafted(backup, there, AssignMode.MERGE, Ada="Ann", Bob="Ben")
    there.remove_group("Ben")
    sync_groups(there.tenant)

    later = make_restore(backup, there.tenant, names={NAME})

    assert manager.get(page_of(later, "/groups")).text.count("As in an earlier restore") == 1


def test_a_reference_that_was_mapped_earlier_is_preselected(
    manager: ConsoleClient, source: Tenant, target: Tenant, simulator: Simulator
) -> None:
    kept = make_backup(source, types=[ACCESS])
    first = make_restore(kept, target, by_name(simulator, source, target))
    preview(first)  # reads what the tenant has
    row = next(row for row in list_references(first.id) if row.kind == Kind.LOCATION)
    location = held(simulator, target, "namedLocations")[0]
    decide_references(first, {(Kind.LOCATION, row.source_id): ReferenceDecided(location["id"], "x")})

    later = make_restore(kept, target)

    page = manager.get(page_of(later, "/groups")).text
    same = next(each for each in list_references(later.id) if each.source_id == row.source_id)
    (field,) = re.findall(rf'<select[^>]*name="reference-{same.id}".*?</select>', page, re.DOTALL)
    assert re.search(rf'value="{location["id"]}"\s+selected', field)


def test_the_confirmation_names_what_takes_effect_and_who_stays_out(
    manager: ConsoleClient, source: Tenant, target: Tenant, simulator: Simulator
) -> None:
    restore = make_restore(make_backup(source, types=[ACCESS]), target, by_name(simulator, source, target))
    choose_mode(restore, AccessMode.AS_CAPTURED)
    preview(restore)

    text = text_of(manager, restore, "/execute")

    written = [item for item in items_of(restore) if item.action == "create"]
    states = {each["displayName"]: each["state"] for each in held(simulator, source, ACCESS)}
    for item in written:
        assert (item.name in text) == (states[item.name] == "enabled") or "exclude" in text
    assert "Emergency access" in text
    assert "takes effect at once" in text or "take effect at once" in text


def test_conditional_access_is_not_warned_of_when_none_is_written(
    manager: ConsoleClient, source: Tenant, simulator: Simulator
) -> None:
    restore = make_restore(make_backup(source, types=[ACCESS]), source)
    resolve_same_groups(restore)
    preview(restore)  # into itself: nothing is written

    assert {item.action for item in items_of(restore)} == {"unchanged"}
    for rest in ("", "/execute"):
        assert "Conditional Access policies take effect" not in text_of(manager, restore, rest)
        assert "Emergency access" not in text_of(manager, restore, rest)
