"""The outermost layer of the web application: every request gets an id, metrics and a span."""

import logging
import re
import secrets
import time
from collections.abc import Iterable, Iterator
from contextvars import Context, copy_context
from typing import TYPE_CHECKING, Any

from flask import Flask, request
from flask.signals import request_started

from ops_admin.telemetry import metrics, tracing
from ops_admin.telemetry.fields import REQUEST_ID, carry

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger(__name__)

HEADER = "X-Request-ID"
_WELL_FORMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{7,127}")
_ROUTE = "ops_admin.route"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_SOCKETS = "/socket.io"


def bind(app: Flask) -> None:
    """Wrap the application; called last."""
    request_started.connect(_note_route, app)
    app.wsgi_app = Requests(app.wsgi_app, bool(app.config["SETTINGS"].trusted_proxies))  # type: ignore[method-assign]  # the documented way to add a middleware


def _note_route(*_: Any, **__: Any) -> None:
    # The rule instead of the path, which contains ids.
    if request.url_rule is not None and _ROUTE in request.environ:
        request.environ[_ROUTE].append(request.url_rule.rule)


class Requests:
    """WSGI middleware. Only a trusted proxy may set a request's id or continue a trace."""

    def __init__(self, inside: "WSGIApplication", trusts_headers: bool) -> None:
        self._inside = inside
        self._trusts_headers = trusts_headers

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Serve one request in a context of its own, which its body keeps while it is streamed."""
        context = copy_context()
        body: Iterable[bytes] = context.run(self._serve, environ, start_response)
        is_file: bool = isinstance(body, environ.get("wsgi.file_wrapper", ()))
        if is_file:  # sent by the server without Python
            return body
        return _InContext(context, body)

    def _serve(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        request_id = self._request_id(environ)
        carry(**{REQUEST_ID: request_id})
        answer = _Answer(start_response, request_id)
        if environ["PATH_INFO"].startswith(_SOCKETS):
            return self._inside(environ, answer)
        return self._measured(environ, answer)

    def _measured(self, environ: "WSGIEnvironment", answer: "_Answer") -> Iterable[bytes]:
        method = environ["REQUEST_METHOD"] if environ["REQUEST_METHOD"] in _METHODS else "OTHER"
        # A list, because layers in between pass on a copy of the environment.
        routes = environ[_ROUTE] = ["-"]
        given = str(environ.get("HTTP_TRACEPARENT", ""))
        parent = {"traceparent": given} if self._trusts_headers and given else None
        started = time.perf_counter()
        with tracing.span(method, "server", parent=parent, http__request__method=method) as span:
            try:
                return self._inside(environ, answer)
            finally:
                route = routes[-1]
                span.note(http__route=route, http__response__status_code=answer.status)
                if answer.status >= 500:
                    span.fail(str(answer.status))
                seconds = time.perf_counter() - started
                metrics.http_requests.labels(method, route, answer.status).inc()
                metrics.http_seconds.labels(route).observe(seconds)
                # Reads are in the proxy's log; here they would hide what changes something.
                if method not in _SAFE or answer.status >= 500:
                    log.info("%s %s was answered %d in %d ms", method, route, answer.status, 1000 * seconds)

    def _request_id(self, environ: "WSGIEnvironment") -> str:
        given = str(environ.get("HTTP_X_REQUEST_ID", ""))
        if self._trusts_headers and _WELL_FORMED.fullmatch(given):
            return given
        return secrets.token_hex(16)


class _Answer:
    """A `start_response` that adds the request's id to the headers, and keeps the status."""

    def __init__(self, start_response: "StartResponse", request_id: str) -> None:
        self._start = start_response
        self._request_id = request_id
        self.status = 500

    def __call__(self, status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
        self.status = int(status[:3])
        return self._start(status, [*headers, (HEADER, self._request_id)], *rest)


class _InContext:
    """A response body that is produced and closed in the context of its request."""

    def __init__(self, context: Context, body: Iterable[bytes]) -> None:
        self._context = context
        self._body = body
        self._pieces: Iterator[bytes] = context.run(iter, body)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return self._context.run(next, self._pieces)

    def close(self) -> None:
        close = getattr(self._body, "close", None)
        if close is not None:
            self._context.run(close)
