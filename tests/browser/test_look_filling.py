"""A page that has nothing to show fills itself when the run ends that brings the first of it."""

from playwright.sync_api import expect

from ops_admin.infra.database import utcnow
from ops_admin.intune.backups import storage
from ops_admin.intune.directory.storage import record_groups
from tests.browser.conftest import Desk, OpenDesk
from tests.browser.test_look_widget import end
from tests.support.browser import watch_traffic
from tests.support.factories import make_running_run


def test_the_first_backup_appears_by_itself(desk: Desk, open_desk: OpenDesk) -> None:
    page = open_desk(f"/tenants/{desk.tenant.id}/backups")
    expect(page.locator("main")).to_contain_text("No backups yet")
    run = make_running_run(desk.tenant, type="backup.create")
    new = storage.NewSet(run.id, desk.tenant.workspace_id, desk.tenant.id, "Before the change", False, "Ada")
    storage.close_set(storage.open_set(new))

    end(run.id)

    expect(page.get_by_role("link", name="Before the change")).to_be_visible()
    expect(page.locator("#stale")).to_be_hidden()
    traffic = watch_traffic(page)
    end(make_running_run(desk.tenant, type="backup.create").id)
    expect(page.locator("#stale")).to_contain_text("has ended")
    assert traffic.paths == []


def test_the_first_groups_appear_by_themselves(desk: Desk, open_desk: OpenDesk) -> None:
    page = open_desk(f"/tenants/{desk.tenant.id}/groups")
    run = make_running_run(desk.tenant, type="directory.groups.sync")
    record_groups(desk.tenant.id, {"group-1": "Everybody"}, utcnow())

    end(run.id)

    expect(page.locator("main")).to_contain_text("Everybody")


def test_the_run_of_another_kind_or_tenant_fills_nothing(desk: Desk, open_desk: OpenDesk) -> None:
    page = open_desk(f"/tenants/{desk.tenant.id}/groups")
    traffic = watch_traffic(page)

    end(make_running_run(desk.tenant, type="backup.create").id)

    expect(page.locator("#stale")).to_contain_text("has ended")
    assert traffic.paths == []
