"""A served application, and a client that listens to its push as a browser does."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
import requests
import socketio
from flask import Flask
from werkzeug.serving import make_server

from tests.support.clients import ConsoleClient
from tests.support.environment import DEMO_PASSWORD
from tests.support.network import poll_until

SESSION_COOKIE = "ops_admin_session"
EVENTS = ("run-enqueued", "run-progress", "run-completed", "notification-created")

Events = list[tuple[str, dict[str, Any]]]


class Listener:
    """One socket; `heard` grows while it is connected."""

    def __init__(self, url: str, cookie: str | None, origin: str | None = None) -> None:
        self.heard: Events = []
        self.refusals: list[Any] = []
        self.ended = threading.Event()
        self.client = socketio.Client(reconnection=False)
        for name in EVENTS:
            self.client.on(name, self._hear(name))
        self.client.on("disconnect", lambda *_: self.ended.set())
        self.client.on("connect_error", self.refusals.append)
        headers = {"Cookie": f"{SESSION_COOKIE}={cookie}"} if cookie else {}
        self._headers = headers | ({"Origin": origin} if origin else {})
        self._url = url

    def connect(self, transports: tuple[str, ...] = ("websocket",), **options: Any) -> "Listener":
        """Connect; raises socketio's ConnectionError when refused."""
        self.client.connect(self._url, headers=self._headers, transports=list(transports), **options)
        return self

    def disconnect(self) -> None:
        """Leave."""
        self.client.disconnect()

    def names(self) -> list[str]:
        """The events heard so far, in order."""
        return [name for name, _ in self.heard]

    def wait_for(self, name: str, run_id: int | None = None) -> dict[str, Any]:
        """Wait for an event (of a run) and return its payload."""
        found: dict[str, Any] = poll_until(
            lambda: next(
                (body for each, body in self.heard if each == name and run_id in (None, body["run_id"])), None
            ),
            message=f"no {name} of run {run_id}; heard {self.heard}",
        )
        return found

    def wait_for_end(self) -> None:
        """Wait until the server ends the socket."""
        assert self.ended.wait(10), "the socket was not ended"

    def _hear(self, name: str) -> Callable[[dict[str, Any]], None]:
        return lambda payload: self.heard.append((name, payload))


@contextmanager
def listening(url: str, cookie: str | None, **options: Any) -> Iterator[Listener]:
    """A connected socket, gone at the end."""
    listener = Listener(url, cookie, **options).connect()
    try:
        yield listener
    finally:
        listener.disconnect()


def cookie_of(client: ConsoleClient) -> str:
    """The session cookie of a client that signed in."""
    cookie = client.get_cookie(SESSION_COOKIE)
    assert cookie is not None, "not signed in"
    return str(cookie.value)


def sign_in_at(url: str, email: str, password: str = DEMO_PASSWORD) -> requests.Session:
    """Sign in to a console in another process through its login form."""
    session = requests.Session()
    page = session.get(f"{url}/login", timeout=10)
    token = page.text.split('name="csrf_token"', 1)[1].split('value="', 1)[1].split('"', 1)[0]
    form: Mapping[str, str] = {"email": email, "password": password, "csrf_token": token}
    answer = session.post(f"{url}/login", data=form, headers={"Referer": url}, timeout=10, allow_redirects=False)
    assert answer.status_code == 302, answer.text
    return session


@pytest.fixture
def served(app: Flask) -> Iterator[str]:
    """The address of `app`, served from threads of this process."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()
