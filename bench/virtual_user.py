"""A signed-in user without a browser: requests over kept-alive connections, and a socket that receives events."""

import http.client
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
import socketio
from urllib3.util import wait_for_read

from tests.support.environment import DEMO_PASSWORD, OWNER

_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
_TIMEOUT_SECONDS = 30
EVENT = "run-enqueued"


class Unexpected(Exception):
    """An answer that cannot be measured."""


@dataclass(frozen=True)
class Exchange:
    """One request: when it was sent (on this process's clock), how long the answer took, and its body."""

    sent: float
    seconds: float
    body: bytes


class Line:
    """One kept-alive connection to a server, as a browser holds it."""

    def __init__(self, base_url: str, headers: Mapping[str, str]) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(base_url).netloc, timeout=_TIMEOUT_SECONDS)
        self._headers = dict(headers)

    def ask(self, method: str, path: str) -> Exchange:
        """Send a request and read the whole answer; raises Unexpected unless it is a success."""
        self._notice_hang_up()
        sent = time.perf_counter()
        self._connection.request(method, path, b"" if method == "POST" else None, self._headers)
        response = self._connection.getresponse()
        body = response.read()
        taken = time.perf_counter() - sent
        if response.status >= 300:
            raise Unexpected(f"{method} {path} answered {response.status}: {body[:500]!r}")
        return Exchange(sent, taken, body)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _notice_hang_up(self) -> None:
        """Reopen a connection that the server has closed since (gunicorn: after two seconds), as browsers do."""
        # Nothing can be read from an open connection between two answers.
        if self._connection.sock is not None and wait_for_read(self._connection.sock, timeout=0):
            self._connection.close()


def sign_in(base_url: str) -> dict[str, str]:
    """Sign in through the form and return the headers that a page's script would send with each request."""
    login = f"{base_url}/login"
    with requests.Session() as session:
        form = {"email": OWNER, "password": DEMO_PASSWORD, "csrf_token": _token_of(session.get(login, timeout=10).text)}
        answer = session.post(login, form, headers={"Referer": login}, timeout=10, allow_redirects=False)
        if answer.status_code != 302:
            raise Unexpected(f"{OWNER} could not sign in: {answer.text}")
        token = _token_of(session.get(f"{base_url}/tenants/1/bench", timeout=10).text)
        cookie = "; ".join(f"{name}={value}" for name, value in session.cookies.items())
    return {"Cookie": cookie, "X-CSRFToken": token, "Referer": base_url, "Accept": "application/json"}


def _token_of(page: str) -> str:
    found = _TOKEN.search(page)
    if found is None:
        raise Unexpected("the page has no form")
    return found[1]


class Ear:
    """A socket that records when it received the event of each run."""

    def __init__(self, base_url: str, headers: Mapping[str, str]) -> None:
        self.heard: dict[int, float] = {}
        self._client = socketio.Client(reconnection=False)
        self._client.on(EVENT, self._note)
        self._client.connect(base_url, headers=dict(headers), transports=["websocket"])

    def _note(self, payload: Mapping[str, Any]) -> None:
        self.heard.setdefault(payload["run_id"], time.perf_counter())

    def close(self) -> None:
        """Disconnect."""
        self._client.disconnect()
