"""A served console on SQLite with one owner, and browsers signed in to it whose socket a test can cut."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from flask import Flask
from playwright.sync_api import Page, WebSocketRoute

from ops_admin.access.capabilities import Role
from ops_admin.access.queries import Tenant, User
from tests.support.browser import NewPage, sign_in_page
from tests.support.factories import make_member, make_tenant


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """What a browser shows does not depend on the engine."""
    return sqlite_url


@dataclass
class Desk:
    """One tenant, its owner, and the address at which the console is served."""

    url: str
    tenant: Tenant
    owner: User


@dataclass
class Line:
    """The socket of a page, as a cable that can be pulled out and put back."""

    is_cut: bool = False
    open: list[WebSocketRoute] = field(default_factory=list)

    def carry(self, route: WebSocketRoute) -> None:
        """Let a new socket through, unless the cable is out."""
        server = route.connect_to_server()
        if self.is_cut:
            # Only a socket that is open tells the page that it closes.
            server.on_message(lambda _message: route.close())
        else:
            self.open.append(route)

    def cut(self) -> None:
        """Pull the cable out."""
        self.is_cut = True
        while self.open:
            self.open.pop().close()

    def mend(self) -> None:
        """Put the cable back; the page has to come by itself."""
        self.is_cut = False


@pytest.fixture
def desk(served: str, app_context: Flask) -> Desk:
    """A tenant with an owner."""
    tenant = make_tenant(name="Contoso")
    return Desk(served, tenant, make_member(tenant, Role.OWNER))


OpenDesk = Callable[..., Page]


@pytest.fixture
def open_desk(desk: Desk, new_page: NewPage) -> OpenDesk:
    """Opens a page of the console as the owner, in a browser of its own, and waits until it is live."""

    def open_page(path: str = "/operations", line: Line | None = None, **options: object) -> Page:
        page = new_page(**options)  # type: ignore[arg-type]  # passed through
        sign_in_page(page, desk.url, desk.owner.email)
        if line is not None:
            page.route_web_socket("**/socket.io/**", line.carry)
        page.goto(f"{desk.url}{path}")
        page.wait_for_selector("#connection[data-state=live]")
        return page

    return open_page
