"""A served application, and a client that listens to its push events as a browser does."""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
import requests
import socketio
from flask import Flask
from werkzeug.serving import make_server

from ops_admin.access.queries import User
from tests.support.environment import DEMO_PASSWORD
from tests.support.network import poll_until

SESSION_COOKIE = "ops_admin_session"
_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
EVENTS = ("run-enqueued", "run-progress", "run-completed", "notification-created")

# On a busy machine a handshake may take longer than the second that the library waits.
SECONDS_TO_CONNECT = 30

Events = list[tuple[str, dict[str, Any]]]


class Listener:
    """One socket. `heard` grows while it is connected."""

    def __init__(self, url: str, cookie: str | None, origin: str | None = None) -> None:
        self.heard: Events = []
        self.refusals: list[Any] = []
        self.ended = threading.Event()
        # Without an explicit origin the client sends the server's, as our own pages do.
        options = {"origin": origin} if origin else {}
        self.client = socketio.Client(
            reconnection=False, request_timeout=SECONDS_TO_CONNECT, websocket_extra_options=options
        )
        for name in EVENTS:
            self.client.on(name, self._hear(name))
        self.client.on("disconnect", lambda *_: self.ended.set())
        self.client.on("connect_error", self.refusals.append)
        self._headers = {"Cookie": f"{SESSION_COOKIE}={cookie}"} if cookie else {}
        self._url = url

    def connect(self, transports: tuple[str, ...] = ("websocket",), **options: Any) -> "Listener":
        """Connect. Raises socketio's ConnectionError if refused."""
        options.setdefault("wait_timeout", SECONDS_TO_CONNECT)
        self.client.connect(self._url, headers=self._headers, transports=list(transports), **options)
        return self

    def disconnect(self) -> None:
        """Disconnect without waiting for an answer that the reader consumes, which would take three seconds."""
        threading.Thread(target=self.client.disconnect, daemon=True).start()

    def names(self) -> list[str]:
        """The events heard so far, in order."""
        return [name for name, _ in self.heard]

    def wait_for(self, name: str, run_id: int | None = None) -> dict[str, Any]:
        """Wait for an event (of a run, if given) and return its payload."""
        found: dict[str, Any] = poll_until(
            lambda: next(
                (body for each, body in self.heard if each == name and run_id in (None, body.get("run_id"))), None
            ),
            message=f"no {name} of run {run_id}; heard {self.heard}",
        )
        return found

    def wait_for_end(self, seconds: float = 30) -> None:
        """Wait until the server ends the socket."""
        assert self.ended.wait(seconds), "the socket was not ended"

    def _hear(self, name: str) -> Callable[[dict[str, Any]], None]:
        return lambda payload: self.heard.append((name, payload))


@contextmanager
def listening(url: str, cookie: str | None, **options: Any) -> Iterator[Listener]:
    """A connected socket, closed at the end."""
    listener = Listener(url, cookie, **options).connect()
    try:
        yield listener
    finally:
        listener.disconnect()


class Browser:
    """A user's browser, signed in through the login form of a served console."""

    def __init__(self, url: str, email: str, password: str = DEMO_PASSWORD) -> None:
        self.url = url
        self.session = requests.Session()
        answer = self.post("/login", email=email, password=password)
        assert answer.status_code == 302, answer.text

    @property
    def cookie(self) -> str:
        """The cookie that a copy of the browser's session needs."""
        return str(self.session.cookies[SESSION_COOKIE])

    def post(self, path: str, **fields: str) -> requests.Response:
        """Submit a form as the page does, with the CSRF token of a loaded page."""
        token = _TOKEN.search(self.session.get(f"{self.url}/login", timeout=10).text)
        assert token is not None, "the page has no form"
        form = {**fields, "csrf_token": token[1]}
        headers = {"Referer": self.url}
        return self.session.post(f"{self.url}{path}", form, headers=headers, timeout=10, allow_redirects=False)


@pytest.fixture
def served(app: Flask) -> Iterator[str]:
    """The URL of `app`, served from threads of this process."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def sockets(served: str) -> Iterator["Sockets"]:
    """Opens sockets to `served`."""
    with ExitStack() as open_sockets:
        yield Sockets(served, open_sockets)


class Sockets:
    """Opens sockets for users and closes them all at the end of the test."""

    def __init__(self, url: str, stack: ExitStack) -> None:
        self.url, self.stack = url, stack

    def browser(self, user: User) -> Browser:
        """Sign a user in."""
        return Browser(self.url, user.email)

    def open(self, user: User, **options: str) -> Listener:
        """Sign a user in and open a socket."""
        return self.open_with(self.browser(user).cookie, **options)

    def open_with(self, cookie: str | None, **options: str) -> Listener:
        """Open a socket with the session of a browser."""
        return self.stack.enter_context(listening(self.url, cookie, **options))
