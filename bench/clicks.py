"""From a click in one real browser to the run in another one: two Chromium processes, two profiles."""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from bench.shapes import BenchConsole
from bench.virtual_user import Unexpected
from tests.support.browser import CHROMIUM_FLAGS, sign_in_page
from tests.support.environment import MANAGER, OPERATOR
from tests.support.requirements import find_program

PAUSE_SECONDS = (0.1, 0.3)

# Both clocks are the machine's, so times of two processes can be compared, to a tenth of a millisecond.
_NOTE_CLICKS = """() => {
  let clicked = 0;
  let answered = Promise.withResolvers();
  const click = () => { clicked = performance.timeOrigin + performance.now(); };
  document.addEventListener("click", click, { capture: true });
  document.addEventListener("htmx:afterRequest", (event) => {
    const run = /operations\\/(\\d+)/.exec(event.detail.xhr.responseText);
    answered.resolve({ clicked, run: run ? Number(run[1]) : 0 });
  });
  window.benchAnswer = async () => {
    const answer = await answered.promise;
    answered = Promise.withResolvers();
    return answer;
  };
}"""
_NOTE_ROWS = """() => {
  const shown = {};
  const moment = (run) => shown[run] ??= Promise.withResolvers();
  const look = () => document.querySelectorAll("#widget [data-run-id]").forEach((row) => {
    moment(row.dataset.runId).resolve(performance.timeOrigin + performance.now());
  });
  new MutationObserver(look).observe(document.getElementById("widget"), {
    attributeFilter: ["data-run-id"], childList: true, subtree: true,
  });
  window.benchShown = (run) => moment(run).promise;
}"""
_IN_TIME = """Promise.race([%s, new Promise((_, reject) => setTimeout(() => reject(new Error("too late")), 10000))])"""


class ClickProbe:
    """One browser that clicks, on the first web process, and one that watches, on the last."""

    def __init__(self, clicking: Page, looking: Page) -> None:
        self._clicking = clicking
        self._looking = looking
        clicking.evaluate(_NOTE_CLICKS)
        looking.evaluate(_NOTE_ROWS)

    def clicks(self, seconds: float) -> list[float]:
        """Click repeatedly, each time after the other browser has shown the run; return the times in seconds."""
        taken = []
        stop = time.monotonic() + seconds
        while time.monotonic() < stop:
            taken.append(self._click())
            self._looking.wait_for_timeout(1000 * random.uniform(*PAUSE_SECONDS))  # noqa: S311  # irregular, not secret
        return taken

    def _click(self) -> float:
        self._clicking.locator(".start-form button").click()
        answer = self._clicking.evaluate(_IN_TIME % "window.benchAnswer()")
        if not answer["run"]:
            raise Unexpected("a click was answered without a run")
        shown: float = self._looking.evaluate(_IN_TIME % f"window.benchShown({answer['run']})")
        return (shown - float(answer["clicked"])) / 1000


@contextmanager
def two_browsers(console: BenchConsole) -> Iterator[ClickProbe]:
    """Two users in live browsers: one has a page with a start button open, the other the list of operations."""
    with sync_playwright() as playwright:
        browsers = [_launch(playwright) for _ in range(2)]
        clicking = _open(browsers[0], OPERATOR, console.base_urls[0], "/tenants/1/bench")
        looking = _open(browsers[1], MANAGER, console.base_urls[-1], "/operations")
        yield ClickProbe(clicking, looking)
        for browser in browsers:
            browser.close()


def find_chromium() -> Path | None:
    """Return the browser's program, if it is installed."""
    return find_program("chromium", "chromium-browser", "google-chrome")


def _launch(playwright: Playwright) -> Browser:
    return playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_FLAGS)


def _open(browser: Browser, email: str, base_url: str, path: str) -> Page:
    page = browser.new_context().new_page()
    sign_in_page(page, base_url, email)
    page.goto(base_url + path)
    page.wait_for_selector("#connection[data-state=live]", state="attached")
    return page
