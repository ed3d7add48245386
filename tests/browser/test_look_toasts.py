"""Toasts announce and never block (R13), however many come at once."""

from playwright.sync_api import expect

from tests.browser.conftest import OpenDesk

SHOW = """([count, level]) => import(document.querySelector("script[src$='/app.js']").src.replace("app", "toasts"))
.then(({ showToast }) => {
  for (let number = 1; number <= count; number++) {
    showToast({ title: `Message ${number}`, level, url: `/operations/${number}` });
  }
})"""


def test_of_many_toasts_the_newest_stay(open_desk: OpenDesk) -> None:
    page = open_desk()
    page.evaluate(SHOW, [12, "success"])

    expect(page.locator("#toasts [data-toast]")).to_have_count(5)
    expect(page.locator("#toasts .toast-title")).to_have_text([f"Message {number}" for number in range(8, 13)])


def test_no_error_leaves_to_make_room(open_desk: OpenDesk) -> None:
    page = open_desk()
    page.evaluate(SHOW, [7, "danger"])

    expect(page.locator("#toasts [data-toast]")).to_have_count(7)
