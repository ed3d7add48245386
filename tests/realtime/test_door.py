"""Who may hold a connection at all, and for how long."""

from datetime import timedelta

import pytest
import requests
from flask import Flask

from ops_admin.access.sessions import SIGN_IN_LIFETIME
from ops_admin.database import utcnow
from ops_admin.realtime import door, expiry
from tests.support.factories import make_member, make_run, make_tenant, make_user
from tests.support.sockets import SESSION_COOKIE, Sockets


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine is enough: nothing here is about the database."""
    return sqlite_url


@pytest.fixture(autouse=True)
def _context(app_context: Flask) -> None:
    """Everything here writes."""


def shake_hands(url: str, cookie: str = "") -> int:
    """Begin a connection as a browser does, and return the status of the answer."""
    headers = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Cookie": f"{SESSION_COOKIE}={cookie}",
    }
    with requests.get(
        f"{url}/socket.io/?EIO=4&transport=websocket", headers=headers, timeout=10, stream=True
    ) as answer:
        return answer.status_code


def test_somebody_unknown_holds_no_connection_even_without_asking_for_anything(sockets: Sockets) -> None:
    assert shake_hands(sockets.url) == 401
    assert shake_hands(sockets.url, "made-up") == 401


def test_somebody_signed_in_gets_a_connection(sockets: Sockets) -> None:
    assert shake_hands(sockets.url, sockets.browser(make_user()).cookie) == 101


def test_beyond_the_limit_pages_are_served_but_no_socket_is_opened(
    sockets: Sockets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "MOST_SOCKETS", 1)
    browser = sockets.browser(make_user())
    first = sockets.open_with(browser.cookie)
    assert shake_hands(sockets.url, browser.cookie) == 503
    assert browser.session.get(f"{sockets.url}/notifications", timeout=10).status_code == 200
    assert first.client.connected


def test_a_socket_ends_when_its_sign_in_has_lasted_long_enough(sockets: Sockets) -> None:
    tenant = make_tenant()
    listener = sockets.open(make_member(tenant))
    expiry.end_what_is_over(utcnow() + SIGN_IN_LIFETIME - timedelta(minutes=1))
    run = make_run(tenant)
    listener.wait_for("run-enqueued", run.id)
    expiry.end_what_is_over(utcnow() + SIGN_IN_LIFETIME)
    listener.wait_for_end()
