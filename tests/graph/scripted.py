"""A real HTTP server with scripted responses, and a client for it that does not sleep."""

import json
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from ops_admin.graph.client import GraphClient
from ops_admin.graph.retries import Throttled, Wait
from ops_admin.graph.settings import GraphSettings, Limits

TENANT = "aaaaaaaa-2222-4333-8444-555555555555"
TIMES_OUT_SOON = Limits(connect_timeout=2, read_timeout=0.2, max_attempts=3)


@dataclass(frozen=True)
class Seen:
    """A received request. Header names are lower-case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """A response. After that many bytes of the body, `cut` closes the connection and `stall` stops sending.

    `silent` never responds; `trickle` sends one byte of the body every few milliseconds.
    """

    status: int = 200
    body: object = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None
    stall: int | None = None
    silent: bool = False
    trickle: bool = False

    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


Script = Callable[[Seen], Reply]


class ScriptedServer:
    """Sends the given replies in order and repeats the last one, or calls `script` for each request."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = list(replies) or [Reply()]
        self.script: Script | None = None
        self.seen: list[Seen] = []
        self.connections = 0
        self.ended = threading.Event()
        self._server = _Server(("127.0.0.1", 0), self._handler_class())

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def answer(self, seen: Seen) -> Reply:
        self.seen.append(seen)
        if self.script:
            return self.script(seen)
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]

    @contextmanager
    def running(self) -> Iterator["ScriptedServer"]:
        thread = threading.Thread(target=lambda: self._server.serve_forever(poll_interval=0.01))
        thread.start()
        try:
            yield self
        finally:
            self.ended.set()
            self._server.shutdown()
            self._server.server_close()
            thread.join()

    def _handler_class(self) -> type[BaseHTTPRequestHandler]:
        scripted = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # head and body in one packet

            def setup(self) -> None:
                super().setup()
                scripted.connections += 1

            def serve(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                _send(self, scripted.answer(Seen(self.command, self.path, headers, body)), scripted.ended)

            def log_message(self, *_: object) -> None:
                """Log nothing."""

        for method in ("GET", "POST", "PATCH", "PUT", "DELETE"):
            setattr(Handler, f"do_{method}", Handler.serve)
        return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):  # clients may hang up early
            super().handle_error(request, client_address)


def _send(handler: BaseHTTPRequestHandler, reply: Reply, ended: threading.Event) -> None:
    if reply.silent:
        ended.wait(10)
        handler.close_connection = True
        return
    content = reply.content()
    handler.send_response(reply.status)
    for name, value in {"Content-Length": str(len(content)), **reply.headers}.items():
        handler.send_header(name, value)
    handler.end_headers()
    _send_body(handler, reply, content, ended)
    handler.close_connection = bool(reply.cut or reply.stall or reply.trickle)


def _send_body(handler: BaseHTTPRequestHandler, reply: Reply, content: bytes, ended: threading.Event) -> None:
    pieces = [bytes([byte]) for byte in content] if reply.trickle else [content[: reply.stall or reply.cut]]
    for piece in pieces:
        handler.wfile.write(piece)
        handler.wfile.flush()
        if (reply.trickle and ended.wait(0.02)) or (reply.stall and ended.wait(10)):
            return


class FixedTokens:
    """Returns token-1, token-2, …, with a new one for each renewal."""

    def __init__(self) -> None:
        self.renewals = 0

    def get(self, wait: Wait) -> str:
        return f"token-{self.renewals + 1}"

    def renew(self, rejected: str, wait: Wait) -> str:
        self.renewals += 1
        return self.get(wait)


class Waits:
    """Records the waits instead of sleeping; raises `stop` if it is set."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.throttled: list[Throttled] = []
        self.stop: Exception | None = None

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        if self.stop:
            raise self.stop


def make_client(url: str, waits: Waits | None = None, limits: Limits | None = None) -> GraphClient:
    """A client with fixed tokens that does not sleep."""
    waits = waits or Waits()
    return GraphClient(
        GraphSettings(url, url, "app", "app-secret"),
        TENANT,
        tokens=FixedTokens(),
        wait=waits,
        on_throttle=waits.throttled.append,
        limits=limits or Limits(max_attempts=4),
    )


def make_page(*ids: str, next_link: str | None = None) -> Reply:
    """A page of a collection with objects of these ids."""
    page: dict[str, Any] = {"@odata.context": "…", "value": [{"id": each, "displayName": each} for each in ids]}
    return Reply(body={**page, "@odata.nextLink": next_link} if next_link else page)


def make_error(status: int, code: str = "BadRequest", message: str = "no", **headers: str) -> Reply:
    """An error in Graph's envelope."""
    inner = {"date": "2026-01-01T00:00:00", "request-id": "req-1", "client-request-id": "cli-1"}
    body = {"error": {"code": code, "message": message, "innerError": inner}}
    return Reply(status, body, {name.replace("_", "-"): value for name, value in headers.items()})
