"""Start forms: one press is one request; what cannot be answered is said; without scripts all of it works too."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Desk, OpenDesk
from tests.browser.test_look_widget import end
from tests.support.browser import NewPage, sign_in_page, watch_traffic
from tests.support.factories import make_running_run

SYNC = "**/inventory/sync"

# Whether an element of the selector given lies over any part of this one.
COVERED_BY = """(element, selector) => [...document.querySelectorAll(selector)].some(other => {
  const [one, two] = [element.getBoundingClientRect(), other.getBoundingClientRect()];
  return one.left < two.right && two.left < one.right && one.top < two.bottom && two.top < one.bottom;
})"""


@pytest.fixture
def tenant_page(desk: Desk, open_desk: OpenDesk) -> Page:
    return open_desk(f"/tenants/{desk.tenant.id}")


def test_a_double_press_is_one_request(desk: Desk, tenant_page: Page) -> None:
    traffic = watch_traffic(tenant_page)
    tenant_page.get_by_role("button", name="Sync inventory").dblclick()
    expect(tenant_page.locator("[data-toast]")).to_have_count(1)
    assert traffic.paths.count(f"POST /tenants/{desk.tenant.id}/inventory/sync") == 1


def test_who_signed_out_in_another_tab_is_told_so_where_they_press(desk: Desk, tenant_page: Page) -> None:
    other = tenant_page.context.new_page()
    other.goto(desk.url)
    other.locator("[popovertarget=user-menu]").click()
    other.get_by_role("button", name="Sign out").click()
    tenant_page.get_by_role("button", name="Sync inventory").click()
    expect(tenant_page.locator("[data-toast]", has_text="You are no longer signed in")).to_be_visible()
    assert tenant_page.url.startswith(f"{desk.url}/login")


def test_a_start_answers_in_place_and_the_second_one_links_to_the_same_run(tenant_page: Page) -> None:
    button = tenant_page.get_by_role("button", name="Sync inventory")
    button.click()
    toast = tenant_page.locator("[data-toast]")
    expect(toast).to_contain_text("Queued")
    link = toast.get_by_role("link", name="View run").get_attribute("href")
    expect(button).to_have_attribute("aria-busy", "false")
    button.click()
    expect(toast).to_contain_text("Already queued")
    assert toast.get_by_role("link", name="View run").get_attribute("href") == link


@pytest.mark.parametrize("viewport", [(1440, 900), (1024, 768), (390, 844)])
def test_a_toast_does_not_cover_the_start_buttons(desk: Desk, open_desk: OpenDesk, viewport: tuple[int, int]) -> None:
    end(make_running_run(desk.tenant).id)
    page = open_desk(f"/tenants/{desk.tenant.id}/policies", viewport=viewport)
    page.locator("main").get_by_role("button", name="Sync inventory").first.click()
    toast = page.locator("[data-toast]")
    expect(toast).to_contain_text("Queued")
    covered = page.locator(".page-head-actions").evaluate(COVERED_BY, "[data-toast]")
    assert not covered


def test_a_tenants_page_says_when_it_is_out_of_date(desk: Desk, tenant_page: Page) -> None:
    run = make_running_run(desk.tenant, type="backup.create")
    traffic = watch_traffic(tenant_page)
    expect(tenant_page.locator("#stale")).to_be_hidden()
    end(run.id)
    expect(tenant_page.locator("#stale")).to_contain_text("has ended")
    assert traffic.paths == []


def test_an_unreachable_server_is_said_and_the_button_comes_back(tenant_page: Page) -> None:
    tenant_page.route(SYNC, lambda route: route.abort())
    button = tenant_page.get_by_role("button", name="Sync inventory")
    button.click()
    expect(tenant_page.locator("[data-toast]")).to_contain_text("could not be reached")
    expect(button).to_have_attribute("aria-busy", "false")


def test_a_refusal_is_said_in_place(tenant_page: Page) -> None:
    tenant_page.evaluate("document.querySelectorAll('[name=csrf_token]').forEach(one => one.value = 'stale')")
    tenant_page.get_by_role("button", name="Sync inventory").click()
    expect(tenant_page.get_by_role("alert")).to_contain_text("open for too long")


def test_a_start_without_scripts_leads_back_with_the_same_message(desk: Desk, new_page: NewPage) -> None:
    page = new_page(java_script_enabled=False)
    sign_in_page(page, desk.url, desk.owner.email)
    page.goto(f"{desk.url}/tenants/{desk.tenant.id}")
    page.get_by_role("button", name="Sync inventory").click()
    expect(page.locator("[data-toast]")).to_contain_text("Queued")
    expect(page.get_by_role("link", name="View run").first).to_be_visible()
    # Whatever the length of the page below it.
    assert page.locator("#toasts").evaluate("one => one.getBoundingClientRect().top + scrollY") == 0


def test_a_dismissed_toast_is_gone(tenant_page: Page) -> None:
    tenant_page.get_by_role("button", name="Sync inventory").click()
    tenant_page.get_by_role("button", name="Dismiss").click()
    expect(tenant_page.locator("[data-toast]")).to_have_count(0)
