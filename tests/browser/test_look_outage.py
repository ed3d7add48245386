"""A page that the database cannot serve says so, fits, and comes by itself when the database is back."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text

from ops_admin.infra.database import transaction
from tests.browser.conftest import Desk, OpenDesk
from tests.browser.test_look_pages import EVERY_LOOK, problems_of
from tests.support.browser import ColorScheme, watch_traffic

HEADING = "The console cannot use its database"
AGAIN = "HEAD /operations"


def move_table(before: str, after: str) -> None:
    """A table that every page needs is gone, or there again."""
    with transaction() as session:
        session.execute(text(f"ALTER TABLE {before} RENAME TO {after}"))


@pytest.fixture
def failed_page(desk: Desk, open_desk: OpenDesk) -> Callable[..., Page]:
    def open_page(**options: object) -> Page:
        page = open_desk("/operations", **options)
        page.clock.install()
        move_table("sign_ins", "gone")
        page.reload()
        expect(page.get_by_role("heading", name=HEADING)).to_be_visible()
        return page

    return open_page


def test_it_is_asked_for_without_haste_and_comes_by_itself(failed_page: Callable[..., Page]) -> None:
    page = failed_page()
    expect(page.get_by_text("This page comes by itself")).to_be_visible()
    traffic = watch_traffic(page)
    page.clock.run_for(3_500)
    assert AGAIN not in traffic.paths
    for _ in range(2):
        with page.expect_response(lambda response: response.request.method == "HEAD" and response.status == 503):
            page.clock.run_for(20_000)
    move_table("gone", "sign_ins")
    with page.expect_navigation():
        page.clock.run_for(30_000)
    expect(page.get_by_role("heading", name="Operations", exact=True)).to_be_visible()


def test_who_does_not_wait_presses_the_button(failed_page: Callable[..., Page]) -> None:
    page = failed_page()
    move_table("gone", "sign_ins")
    page.get_by_role("link", name="Try again").click()
    expect(page.get_by_role("heading", name="Operations", exact=True)).to_be_visible()


@EVERY_LOOK
def test_it_is_accessible_and_fits(
    failed_page: Callable[..., Page], viewport: tuple[int, int], scheme: ColorScheme
) -> None:
    assert problems_of(failed_page(viewport=viewport, color_scheme=scheme)) == []
