"""A restore's page follows its runs by itself, and is not called out of date beside them."""

from playwright.sync_api import Page, expect
from sqlalchemy import update

from ops_admin.infra.database import transaction
from ops_admin.intune.backups import storage
from ops_admin.intune.backups.queries import find_backup_set
from ops_admin.intune.restore.drafting import create_draft
from ops_admin.intune.restore.models import DbRestoreRun
from ops_admin.runs.ledger import Actor
from tests.browser.conftest import Desk, OpenDesk
from tests.browser.test_look_widget import end
from tests.support.factories import make_running_run


def open_restore(desk: Desk, open_desk: OpenDesk) -> Page:
    run = make_running_run(desk.tenant, type="backup.create")
    new = storage.NewSet(run.id, desk.tenant.workspace_id, desk.tenant.id, "Before the change", False, "Ada")
    set_id = storage.open_set(new)
    storage.close_set(set_id)
    end(run.id)
    backup = find_backup_set(set_id)
    assert backup is not None
    restore = create_draft(desk.tenant, backup, Actor.system())
    return open_desk(f"/tenants/{desk.tenant.id}/restores/{restore.id}")


def write(status: str) -> None:
    with transaction() as session:
        session.execute(update(DbRestoreRun).values(status=status))


def test_the_end_of_a_run_is_shown_and_the_page_is_not_out_of_date(desk: Desk, open_desk: OpenDesk) -> None:
    page = open_restore(desk, open_desk)
    run = make_running_run(desk.tenant, type="restore.execute")
    write("partial")

    end(run.id)

    expect(page.locator("#restore .next-state")).to_have_text("Partial")
    expect(page.locator("#stale")).to_be_hidden()


def test_what_is_new_is_read_after_what_was_pressed_is_answered(desk: Desk, open_desk: OpenDesk) -> None:
    page = open_restore(desk, open_desk)
    page.evaluate("document.querySelector('#restore .next-step').setAttribute('aria-busy', 'true')")
    run = make_running_run(desk.tenant, type="restore.execute")
    write("partial")
    end(run.id)
    expect(page.locator("#widget")).to_contain_text("Restore")
    expect(page.locator("#restore .next-state")).to_have_text("Draft")

    page.evaluate("document.querySelector('#restore .next-step').setAttribute('aria-busy', 'false')")

    expect(page.locator("#restore .next-state")).to_have_text("Partial")
