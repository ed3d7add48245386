"""Every page, wide and narrow, light and dark: axe-core finds nothing, nothing sticks out, nothing is blocked."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Page, expect

from tests.browser.conftest import Desk
from tests.support.browser import NARROW, WIDE, ColorScheme, NewPage, module, sign_in_page
from tests.support.pages import World, make_world, pages_of

EVERY_LOOK = pytest.mark.parametrize(
    ("viewport", "scheme"),
    [(WIDE, "light"), (WIDE, "dark"), (NARROW, "light"), (NARROW, "dark")],
    ids=["wide-light", "wide-dark", "narrow-light", "narrow-dark"],
)

# States of pages that no address alone shows, besides the address of every route.
MORE_ADDRESSES = [
    "/operations?q=nothing-is-called-this&state=failed",
    "/operations?since=yesterday&outcome=splendid",
    "/operations?cursor=older~1~2020-01-01T00:00:00%2B00:00",
    "/there-is-no-such-page",
]


@pytest.fixture
def world(app_context: Flask) -> World:
    return make_world()


def problems_of(page: Page) -> list[str]:
    found = [f"{each['id']}: {each['help']}: {each['nodes'][0]['html'][:200]}" for each in violations(page)]
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append("something sticks out to the right")
    return found


def violations(page: Page) -> list[dict[str, list[dict[str, str]]]]:
    found: list[dict[str, list[dict[str, str]]]] = (
        Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    )
    return found


def is_page(page: Page, address: str) -> bool:
    """Whether it is a whole page, not a fragment, a file or JSON."""
    return "<main" in page.request.get(address).text()


@EVERY_LOOK
def test_every_page_is_accessible_and_fits(
    app: Flask, served: str, world: World, new_page: NewPage, viewport: tuple[int, int], scheme: ColorScheme
) -> None:
    page = new_page(viewport, scheme)
    sign_in_page(page, served, world.user.email)
    found: dict[str, list[str]] = {}
    for path in [*pages_of(app, world), *MORE_ADDRESSES]:
        if is_page(page, f"{served}{path}"):
            page.goto(f"{served}{path}")
            found[path] = problems_of(page)
    assert len(found) > 8
    assert {path: problems for path, problems in found.items() if problems} == {}


@EVERY_LOOK
def test_the_sign_in_page_is_accessible_and_fits(
    desk: Desk, new_page: NewPage, viewport: tuple[int, int], scheme: ColorScheme
) -> None:
    page = new_page(viewport, scheme)
    page.goto(f"{desk.url}/login")
    assert problems_of(page) == []
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.locator("[aria-invalid=true]").first).to_be_visible()
    assert problems_of(page) == []


@EVERY_LOOK
def test_menus_and_messages_are_accessible_too(
    desk: Desk, new_page: NewPage, viewport: tuple[int, int], scheme: ColorScheme
) -> None:
    page = new_page(viewport, scheme)
    sign_in_page(page, desk.url, desk.owner.email)
    page.route("**/logout", lambda route: route.abort())
    for menu in ("tenant-menu", "user-menu", *(["sidebar"] if viewport == NARROW else [])):
        page.locator(f"[popovertarget={menu}]").click()
        expect(page.locator(f"#{menu}")).to_be_visible()
        assert problems_of(page) == [], menu
        page.keyboard.press("Escape")
    toast = {"title": "Done", "body": "All of it", "level": "warning", "url": "/"}
    page.evaluate(f"toast => {module('toasts.js')}.then(toasts => toasts.showToast(toast))", toast)
    assert problems_of(page) == []


def test_axe_would_find_a_button_without_a_name(desk: Desk, page: Page) -> None:
    page.goto(f"{desk.url}/login")
    page.evaluate("document.querySelector('main').append(document.createElement('button'))")
    assert any(problem.startswith("button-name") for problem in problems_of(page))


def test_the_chosen_appearance_is_kept(desk: Desk, new_page: NewPage) -> None:
    page = new_page(WIDE, "light")
    sign_in_page(page, desk.url, desk.owner.email)
    page.locator("[popovertarget=user-menu]").click()
    page.get_by_label("Dark").check()
    page.goto(f"{desk.url}/operations")
    assert page.evaluate("document.documentElement.dataset.bsTheme") == "dark"


def test_the_keyboard_reaches_the_content_first(desk: Desk, page: Page) -> None:
    sign_in_page(page, desk.url, desk.owner.email)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_every_icon_of_the_templates_is_in_the_sprite() -> None:
    import re

    from tests.support.sources import ROOT, TEMPLATES

    sprite = set(re.findall(r'<symbol id="([^"]+)"', (ROOT / "static/vendor/tabler-icons.svg").read_text()))
    text = "\n".join(path.read_text() for path in TEMPLATES.rglob("*.html"))
    used = set(re.findall(r"icon\(\s*['\"]([a-z0-9-]+)['\"]", text))
    assert used
    assert used <= sprite
