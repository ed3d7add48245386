"""Headless Chromium: pages of any width and colour scheme, their requests, and evidence from failed tests."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal, Protocol
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    Request,
    Response,
    WebSocket,
    expect,
    sync_playwright,
)

from tests.support.environment import DEMO_PASSWORD
from tests.support.reports import artifact_path, has_failed
from tests.support.requirements import require_program

WIDE = (1440, 900)
NARROW = (390, 844)
ColorScheme = Literal["light", "dark"]

CHROMIUM_FLAGS = [
    "--no-sandbox",  # Chromium's sandbox does not work as root
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Traffic:
    """Every HTTP request and WebSocket that a page has opened since `watch_traffic`."""

    requests: list[Request] = field(default_factory=list)
    websockets: list[WebSocket] = field(default_factory=list)

    @property
    def paths(self) -> list[str]:
        """Method and path of each HTTP request, for example "GET /operations/active"."""
        return [f"{request.method} {urlsplit(request.url).path}" for request in self.requests]

    def clear(self) -> None:
        """Forget everything recorded so far."""
        self.requests.clear()
        self.websockets.clear()


class NewPage(Protocol):
    """Opens a page in its own browser profile."""

    def __call__(
        self, viewport: tuple[int, int] = WIDE, color_scheme: ColorScheme = "light", **options: object
    ) -> Page: ...


def watch_traffic(page: Page) -> Traffic:
    """Record every request of the page from now on."""
    traffic = Traffic()
    # Playwright sets attributes on the callback, which a built-in method does not allow.
    page.on("request", lambda request: traffic.requests.append(request))
    page.on("websocket", lambda websocket: traffic.websockets.append(websocket))
    return traffic


def module(name: str) -> str:
    """Return the script that imports one of the page's own modules from its versioned URL."""
    return f"import(new URL('{name}', document.querySelector('script[type=module]').src))"


def sign_in_page(page: Page, base_url: str, email: str, password: str = DEMO_PASSWORD) -> None:
    """Sign in through the login form and wait for the console's first page."""
    page.goto(f"{base_url}/login")
    page.locator("input[name=email]").fill(email)
    page.locator("input[name=password]").fill(password)
    page.locator("form:has(input[name=password]) [type=submit]").click()
    page.wait_for_url(lambda url: urlsplit(url).path != "/login")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for the session (one per xdist worker)."""
    # Longer than the usual five seconds: other tests keep the machine busy.
    expect.set_options(timeout=15_000)
    program = require_program("chromium", "chromium", "chromium-browser", "google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def new_page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[NewPage]:
    """Opens pages, each in a fresh profile.

    A test fails on script errors, Content-Security-Policy violations and 500 answers. When a test fails, screenshots of
    all its pages are kept in tests/artifacts.
    """
    contexts: list[BrowserContext] = []
    problems: list[str] = []

    def open_page(viewport: tuple[int, int] = WIDE, color_scheme: ColorScheme = "light", **options: object) -> Page:
        size = {"width": viewport[0], "height": viewport[1]}
        context = browser.new_context(viewport=size, color_scheme=color_scheme, **options)  # type: ignore[arg-type]  # passed through
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", _note_error(problems))
        page.on("console", _note_blocked(problems))
        page.on("response", _note_crash(problems))
        return page

    yield open_page
    if has_failed(request.node):
        _keep_screenshots(contexts, request.node)
    for context in contexts:
        context.close()
    assert not problems, "\n".join(problems)


@pytest.fixture
def page(new_page: NewPage) -> Page:
    """A wide page in the light colour scheme."""
    return new_page()


def _note_error(problems: list[str]) -> Callable[[Error], None]:
    return lambda error: problems.append(f"A script failed: {error.message}\n{error.stack or ''}")


def _note_blocked(problems: list[str]) -> Callable[[ConsoleMessage], None]:
    def note(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            problems.append(message.text)

    return note


def _note_crash(problems: list[str]) -> Callable[[Response], None]:
    def note(response: Response) -> None:
        if response.status == 500:
            problems.append(f"{response.url} answered 500")

    return note


def _keep_screenshots(contexts: list[BrowserContext], item: pytest.Item) -> None:
    pages = [page for context in contexts for page in context.pages]
    for number, page in enumerate(pages, start=1):
        # A crashed page cannot be captured; the failure itself is reported anyway.
        with contextlib.suppress(Error):
            page.screenshot(path=artifact_path(item, f"-{number}.png"), full_page=True)
