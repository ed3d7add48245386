"""A tenant's access page while it is connected: searching, choosing and granting in a browser, and how that looks."""

from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from ops_admin.access.capabilities import Role
from ops_admin.access.people.queries import list_group_grants
from ops_admin.config import Settings
from ops_admin.infra.database import db
from tests.browser.conftest import Desk
from tests.browser.test_look_pages import EVERY_LOOK, problems_of
from tests.graph.simulated import CONTOSO, Simulator
from tests.support.application import make_settings
from tests.support.browser import WIDE, ColorScheme, NewPage, sign_in_page, watch_traffic
from tests.support.factories import make_member, make_tenant


@pytest.fixture
def settings(database_url: str, tmp_path: Path, simulator: Simulator) -> Settings:
    return make_settings(tmp_path, database_url, OPS_ADMIN_GRAPH_URL=simulator.url, OPS_ADMIN_LOGIN_URL=simulator.url)


@pytest.fixture
def desk(served: str, app_context: Flask) -> Desk:
    tenant = make_tenant(external_id=CONTOSO)
    return Desk(served, tenant, make_member(tenant, Role.OWNER))


def connect(page: Page, desk: Desk) -> None:
    sign_in_page(page, desk.url, desk.owner.email)
    page.goto(f"{desk.url}/tenants/{desk.tenant.id}/access")
    page.get_by_role("button", name="Connect Microsoft").click()
    page.get_by_role("link", name="Ada Admin").click()
    expect(page.get_by_label("Name of the group, or its id")).to_be_enabled()


@EVERY_LOOK
def test_searching_is_accessible_and_fits(
    desk: Desk, new_page: NewPage, viewport: tuple[int, int], scheme: ColorScheme
) -> None:
    page = new_page(viewport, scheme)
    connect(page, desk)
    assert problems_of(page) == []
    page.get_by_label("Name of the group, or its id").fill("Users")
    page.get_by_role("button", name="Search in Microsoft Entra").click()
    expect(page.locator(".group-row")).to_have_count(20)
    assert problems_of(page) == []


def test_a_group_is_searched_chosen_and_granted_a_role(desk: Desk, new_page: NewPage) -> None:
    page = new_page(WIDE)
    connect(page, desk)
    traffic = watch_traffic(page)
    field = page.get_by_label("Name of the group, or its id")
    field.press_sequentially("Users")
    page.get_by_role("button", name="Search in Microsoft Entra").click()
    expect(page.locator(".group-row")).to_have_count(20)
    searches = [path for path in traffic.paths if path.endswith("/search")]
    assert len(searches) == 1, "typing alone asked before the first search was sent"
    page.get_by_role("button", name="More groups").click()
    expect(page.locator(".group-row")).not_to_have_count(20)
    field.fill("")
    field.press_sequentially("Help Desk", delay=20)
    expect(page.locator(".group-row")).to_have_count(1)
    expect(field).to_be_focused()
    page.get_by_role("radio").check()
    page.get_by_label("Role of its members").select_option("operator")
    page.get_by_role("button", name="Grant the role").click()
    expect(page.get_by_label("Role of Intune - Help Desk", exact=True)).to_have_value("operator")
    db.session.rollback()  # what was read before is not what is there now
    assert [grant.role for grant in list_group_grants(desk.tenant.id)] == [Role.OPERATOR]
