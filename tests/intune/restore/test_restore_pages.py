"""The wizard and the pages of a restore, as a browser without JavaScript uses them (R16, R34, R36, R43)."""

import re

import pytest

from ops_admin.access.capabilities import Role
from ops_admin.access.queries import Tenant
from ops_admin.intune.backups.queries import BackupSet
from ops_admin.intune.restore import queries
from ops_admin.intune.restore.queries import Restore
from ops_admin.runs.execution import execute
from tests.graph.simulated import Simulator
from tests.intune.restore.restoring import held, items_of, make_backup, make_restore, preview
from tests.support.clients import ConsoleClient
from tests.support.factories import make_member

TYPES = ["deviceConfigurations", "deviceShellScripts"]


@pytest.fixture
def backup(source: Tenant) -> BackupSet:
    return make_backup(source, types=TYPES)


@pytest.fixture
def manager(client: ConsoleClient, target: Tenant, source: Tenant) -> ConsoleClient:
    user = make_member(target, Role.MANAGER)
    from ops_admin.access import administration

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


def test_every_step_leads_to_the_next(
    manager: ConsoleClient, target: Tenant, backup: BackupSet, simulator: Simulator
) -> None:
    assert backup.name in manager.get(f"/tenants/{target.id}/restores/new").text
    restore = begin(manager, target, backup)
    assert "0 chosen" in manager.get(page_of(restore, "/items")).text

    chosen = manager.post(page_of(restore, "/items"), data={"do": "all"})
    assert chosen.location.endswith("/items")
    onward = manager.post(page_of(restore, "/items"), data=shown_of(manager, restore) | {"do": "continue"})
    assert onward.location.endswith("/groups")
    groups = manager.get(page_of(restore, "/groups")).text
    assert "cached directory of Fabrikam only" in groups
    assert "Same name" in groups
    manager.post(page_of(restore, "/groups"), data={"do": "suggestions"})
    manager.post(page_of(restore, "/groups"), data={"do": "skip"})
    assert manager.post(page_of(restore, "/groups"), data={"do": "continue"}).location.endswith(page_of(restore))

    started = manager.post(page_of(restore, "/preview"), headers={"Accept": "application/json"})
    execute(started.json["run_id"])
    shown = manager.get(page_of(restore)).text
    assert "Compared with the live tenant" in shown
    started = manager.post(page_of(restore, "/execute"), headers={"Accept": "application/json"})
    execute(started.json["run_id"])

    assert "Everything that was to be restored is in the tenant" in manager.get(page_of(restore)).text
    assert len(held(simulator, target, TYPES[1])) > 0


def shown_of(manager: ConsoleClient, restore: Restore) -> dict[str, list[str]]:
    page = manager.get(page_of(restore, "/items")).text
    shown = re.findall(r'name="shown"\s+value="(\d+)"', page)
    return {"shown": shown, "item": shown}


def test_all_pages_show(manager: ConsoleClient, target: Tenant, backup: BackupSet) -> None:
    restore = make_restore(backup, target)
    row = queries.list_groups(restore.id)[0]
    preview(restore)
    item = items_of(restore)[0]
    for path in ("", f"/items/{item.id}", "/items", "/groups", f"/groups/{row.id}", f"/groups/{row.id}?q=Users"):
        assert manager.get(page_of(restore, path)).status_code == 200, path
    assert manager.get(f"/tenants/{target.id}/restores").status_code == 200
