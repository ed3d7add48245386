"""Who may hold a connection, and for how long."""

import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from flask import Flask
from socketio import Server
from socketio.exceptions import ConnectionError as Refused
from websocket import ABNF, WebSocket, WebSocketTimeoutException, create_connection
from werkzeug.test import Client
from werkzeug.wrappers import Response

from ops_admin import realtime
from ops_admin.auth import accounts
from ops_admin.auth.sessions import SIGN_IN_LIFETIME
from ops_admin.infra.adapters.socketio_managers import LocalManager
from ops_admin.infra.database import utcnow
from ops_admin.realtime.connection_limit import ConnectionLimit
from ops_admin.realtime.other_processes import NoOthers
from ops_admin.realtime.socket_reaper import SocketReaper
from tests.support.factories import make_member, make_run, make_tenant, make_user
from tests.support.network import poll_until
from tests.support.sockets import SESSION_COOKIE, Sockets

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine is enough, because nothing here depends on the database."""
    return sqlite_url


@pytest.fixture(autouse=True)
def _context(app_context: Flask) -> None:
    """All tests here write."""


@pytest.fixture
def reaper(app: Flask) -> SocketReaper:
    found: SocketReaper = app.extensions["ops_admin.realtime.reaper"]
    return found


@contextmanager
def connection(url: str, cookie: str = "", header: Sequence[str] = ()) -> Iterator[WebSocket]:
    """Open a bare connection, which asks for nothing and stays when it is told to go."""
    address = f"{url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket"
    websocket = create_connection(address, timeout=5, cookie=f"{SESSION_COOKIE}={cookie}", header=list(header))
    try:
        assert '"sid"' in str(websocket.recv())
        yield websocket
    finally:
        websocket.shutdown()  # type: ignore[no-untyped-call]  # of the library


def is_closed(websocket: WebSocket) -> bool:
    websocket.settimeout(0.1)
    with suppress(WebSocketTimeoutException):
        return bool(websocket.recv_data()[0] == ABNF.OPCODE_CLOSE)
    return False


def make_limit(inside: "WSGIApplication", most: int) -> ConnectionLimit:
    app = Flask("door")
    app.wsgi_app = inside  # type: ignore[method-assign,assignment]  # as a middleware
    server = Server(async_mode="threading", client_manager=LocalManager(NoOthers()))
    server.manager_initialized = True
    found = ConnectionLimit(app, server, SocketReaper(app, server.manager))
    found.allow(most)
    return found


def test_a_connection_without_a_socket_is_closed_after_a_while(sockets: Sockets, reaper: SocketReaper) -> None:
    listener = sockets.open(make_user())
    with connection(sockets.url) as websocket:
        reaper.close_idle(now=100)
        reaper.close_idle(now=109)
        assert not is_closed(websocket)
        reaper.close_idle(now=110)
        poll_until(lambda: is_closed(websocket))
    assert listener.client.connected


def test_a_socket_that_was_ended_gives_its_connection_back(sockets: Sockets, reaper: SocketReaper) -> None:
    user = make_member(make_tenant())
    with connection(sockets.url, sockets.browser(user).cookie) as websocket:
        websocket.send("40")
        assert '"sid"' in str(websocket.recv())
        accounts.disable_user(user.id)
        reaper.close_idle(now=100)
        reaper.close_idle(now=110)
        poll_until(lambda: is_closed(websocket))


def test_beyond_the_limit_pages_are_served_but_no_socket_is_opened(sockets: Sockets, app: Flask) -> None:
    realtime.allow_sockets(app, 1)
    browser = sockets.browser(make_user())
    first = sockets.open_with(browser.cookie)
    with pytest.raises(Refused):
        sockets.open_with(browser.cookie)
    assert browser.session.get(f"{sockets.url}/notifications", timeout=10).status_code == 200
    assert first.client.connected


def test_a_socket_ends_when_its_sign_in_has_lasted_long_enough(sockets: Sockets, reaper: SocketReaper) -> None:
    tenant = make_tenant()
    listener = sockets.open(make_member(tenant))
    reaper.end_sign_ins(utcnow() + SIGN_IN_LIFETIME - timedelta(minutes=1))
    run = make_run(tenant)
    listener.wait_for("run-enqueued", run.id)
    reaper.end_sign_ins(utcnow() + SIGN_IN_LIFETIME)
    listener.wait_for_end()


@pytest.mark.parametrize("failing", ["end_sign_ins", "close_idle"])
def test_a_failing_check_of_the_reaper_does_not_stop_the_others(
    reaper: SocketReaper, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    done: list[str] = []

    def do(name: str) -> None:
        done.append(name)
        if name == failing:
            raise OSError("a broken pipe")

    for name in ("end_sign_ins", "close_idle"):
        monkeypatch.setattr(reaper, name, lambda _now, name=name: do(name))
    reaper.reap()
    assert done == ["end_sign_ins", "close_idle"]


def test_messages_are_not_compressed_per_browser(sockets: Sockets) -> None:
    with connection(sockets.url, header=["Sec-WebSocket-Extensions: permessage-deflate"]) as websocket:
        assert "sec-websocket-extensions" not in (websocket.getheaders() or {})


def test_many_simultaneous_connections_stay_within_the_limit() -> None:
    leave = threading.Event()

    def stay(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        leave.wait(10)
        return Response()(environ, start_response)

    client = Client(make_limit(stay, most=3))
    with ThreadPoolExecutor(20) as pool:
        crowd = [pool.submit(client.get, "/socket.io/") for _ in range(20)]
        poll_until(lambda: sum(each.done() for each in crowd) == 17)
        leave.set()
    assert sorted(each.result().status_code for each in crowd) == [200] * 3 + [503] * 17
    assert client.get("/socket.io/").status_code == 200, "who left gave the place back"
