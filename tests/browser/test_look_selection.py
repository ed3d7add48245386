"""Choosing runs in the list, with the keyboard and without scripts (R44)."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from ops_admin.runs import queries
from tests.browser.conftest import Desk, OpenDesk
from tests.support.browser import NewPage, sign_in_page
from tests.support.factories import make_completed_run, make_run, make_running_run


def outcome_of(run_id: int) -> str:
    return queries.get_run(run_id).outcome


def box(page: Page, run_id: int) -> None:
    page.locator(f"[data-select-row][value='{run_id}']").focus()
    page.keyboard.press("Space")


def test_runs_are_chosen_and_stopped_with_the_keyboard_and_their_rows_move(desk: Desk, open_desk: OpenDesk) -> None:
    queued, running, ended = make_run(desk.tenant), make_running_run(desk.tenant), make_completed_run(desk.tenant)
    page = open_desk("/operations")
    for run in (queued, running, ended):
        box(page, run.id)
    expect(page.locator(".bulk-count")).to_have_text("3 selected")
    page.get_by_role("button", name="Stop").focus()
    page.keyboard.press("Enter")
    toast = page.locator("[data-toast]", has_text="Stop: 2 of 3 runs")
    expect(toast).to_contain_text("1 asked to stop, 1 cancelled before it began, 1 had already ended")
    expect(page.locator(f"tr[data-run-id='{queued.id}']")).to_contain_text("Cancelled")
    expect(page.locator(".bulk-count")).to_have_text("3 runs")


def test_the_ends_of_runs_that_one_has_stopped_together_ring_the_bell_and_cover_nothing(
    desk: Desk, open_desk: OpenDesk
) -> None:
    runs = [make_run(desk.tenant, desk.owner), make_run(desk.tenant, desk.owner)]
    page = open_desk("/operations")
    for run in runs:
        box(page, run.id)
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#bell")).to_have_attribute("data-unread", "2")
    expect(page.locator("[data-toast]")).to_have_count(1)
    expect(page.locator("[data-toast]")).to_contain_text("Stop: 2 of 2 runs")


def test_all_that_match_are_confirmed_on_a_page(desk: Desk, open_desk: OpenDesk) -> None:
    runs = [make_run(desk.tenant).id for _ in range(51)]
    page = open_desk("/operations?state=queued")
    page.get_by_label("Choose all on this page").check()
    expect(page.locator(".bulk-count")).to_have_text("50 selected")
    page.get_by_label("All 51 that match").check()
    expect(page.locator(".bulk-count")).to_have_text("51 selected")
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("51 active runs match and are yours to stop.")).to_be_visible()
    found = [
        each["nodes"][0]["html"]
        for each in Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    ]
    assert found == []
    page.get_by_role("button", name="Stop 51 runs").click()
    expect(page.locator("[data-toast]", has_text="51 cancelled before they began")).to_be_visible()
    assert {outcome_of(run_id) for run_id in runs} == {"cancelled"}


def test_the_list_is_a_plain_form_without_scripts(desk: Desk, new_page: NewPage) -> None:
    run, other = make_run(desk.tenant), make_run(desk.tenant)
    page = new_page(java_script_enabled=False)
    sign_in_page(page, desk.url, desk.owner.email)
    page.goto(f"{desk.url}/operations?state=queued")
    page.locator(f"input[name=run_ids][value='{run.id}']").check()
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("[data-toast]")).to_contain_text("1 cancelled before it began")
    assert page.url.endswith("/operations?state=queued")
    assert (outcome_of(run.id), outcome_of(other.id)) == ("cancelled", "pending")


@pytest.mark.parametrize("key", ["ArrowDown", "Home"])
def test_the_arrow_keys_walk_the_tenants(desk: Desk, open_desk: OpenDesk, key: str) -> None:
    page = open_desk("/")
    page.locator("[popovertarget=tenant-menu]").focus()
    page.keyboard.press("Enter")
    page.keyboard.press(key)
    expect(page.locator("#tenant-menu .menu-item").first).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.locator("#tenant-menu .menu-item").last).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/tenants/{desk.tenant.id}")


def test_no_connection_is_not_said_any_longer_than_it_is_true(desk: Desk, open_desk: OpenDesk) -> None:
    run = make_run(desk.tenant)
    page = open_desk("/operations")
    page.route("**/operations/stop", lambda route: route.abort())
    box(page, run.id)
    page.get_by_role("button", name="Stop").click()
    gone = page.locator("[data-toast]", has_text="No connection")
    expect(gone).to_be_visible()
    page.unroute("**/operations/stop")
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("[data-toast]", has_text="1 cancelled")).to_be_visible()
    expect(gone).to_have_count(0)
