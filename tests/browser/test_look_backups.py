"""Backups and assignments, wide and narrow, light and dark: axe-core finds nothing, and forms do what they show."""

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import update

from ops_admin.infra.database import transaction, utcnow
from ops_admin.intune.assignments.storage import record_fetched
from ops_admin.intune.restore.models import DbRestoreRun
from ops_admin.intune.restore.states import RestoreStatus
from tests.browser.test_look_pages import EVERY_LOOK, problems_of
from tests.support.browser import ColorScheme, NewPage, sign_in_page
from tests.support.pages import World, make_world

GROUP = "#microsoft.graph.groupAssignmentTarget"


@pytest.fixture
def world(app_context: Flask) -> World:
    world = make_world()
    targets = [
        {"target": {"@odata.type": GROUP, "groupId": group_id}} for group_id in ("group-1", "a-group-that-is-gone")
    ]
    record_fetched({world.policy_id: targets}, 1, utcnow())
    return world


@pytest.fixture
def addresses(world: World) -> list[str]:
    home = f"/tenants/{world.tenant.id}"
    backup = f"{home}/backups/{world.backup_set_id}"
    restore = f"{home}/assignments/restore"
    return [
        f"{home}/backups",
        f"{home}/backups?show=archived",
        f"{home}/backups/new?policy_ids={world.policy_id}",
        backup,
        f"{backup}?show=failed",
        f"{backup}?q=nothing-is-called-this",
        f"{backup}?type=splendid",
        f"{backup}/items/{world.backup_item_id}",
        f"{home}/policies/{world.policy_id}",
        restore,
        f"{restore}?policy_ids={world.policy_id}&map:a-group-that-is-gone=nobody",
        f"{restore}?policy_ids={world.policy_id}&backup_set_id={world.backup_set_id}&mode=replace",
    ]


@EVERY_LOOK
def test_every_state_is_accessible_and_fits(
    served: str,
    world: World,
    addresses: list[str],
    new_page: NewPage,
    viewport: tuple[int, int],
    scheme: ColorScheme,
) -> None:
    page = new_page(viewport, scheme)
    sign_in_page(page, served, world.user.email)
    found: dict[str, list[str]] = {}
    for address in addresses:
        page.goto(f"{served}{address}")
        expect(page.locator("main h1")).to_be_visible()
        for closed in page.locator("details:not([open]) > summary.btn").all():
            closed.click()
        found[address] = problems_of(page)
    assert {address: problems for address, problems in found.items() if problems} == {}


def test_types_are_offered_only_for_a_backup_of_some_types(served: str, world: World, page: Page) -> None:
    sign_in_page(page, served, world.user.email)
    page.goto(f"{served}/tenants/{world.tenant.id}/backups/new")

    expect(page.get_by_label("Settings catalog", exact=True)).to_be_hidden()
    page.get_by_label("Some types").check()
    page.get_by_label("Settings catalog", exact=True).check()
    page.get_by_role("button", name="Back up").click()

    expect(page.get_by_role("link", name="View run").first).to_be_visible()


def test_a_set_is_deleted_by_typing_its_name(served: str, world: World, page: Page) -> None:
    sign_in_page(page, served, world.user.email)
    page.goto(f"{served}/tenants/{world.tenant.id}/backups/{world.backup_set_id}")
    page.get_by_text("Delete permanently…").click()
    page.get_by_label("Name of the backup").fill("something else")
    page.get_by_role("button", name="Delete this backup").click()
    expect(page.get_by_text("exactly as it stands")).to_be_visible()

    page.get_by_label("Name of the backup").fill("Before the change")
    page.get_by_role("button", name="Delete this backup").click()
    expect(page.get_by_text("This backup is still needed")).to_be_visible()

    with transaction() as session:
        session.execute(update(DbRestoreRun).values(status=RestoreStatus.CANCELLED))
    page.get_by_label("Name of the backup").fill("Before the change")
    page.get_by_role("button", name="Delete this backup").click()

    expect(page.get_by_text("is deleted")).to_be_visible()


def test_assignments_are_fetched_in_place_from_the_policys_page(served: str, world: World, page: Page) -> None:
    sign_in_page(page, served, world.user.email)
    page.goto(f"{served}/tenants/{world.tenant.id}/policies/{world.policy_id}")

    page.get_by_role("button", name="Fetch assignments").click()

    expect(page.locator("#toasts").get_by_text("Assignments fetch")).to_be_visible()
    assert page.url.endswith(f"/policies/{world.policy_id}")
