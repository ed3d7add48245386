"""Who may open a connection at all, asked before the handshake: an open connection holds one of our threads."""

import threading
from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import Flask, session
from socketio import Server
from werkzeug.wrappers import Response

from ops_admin.realtime import expiry

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

MOST_SOCKETS = 1000
"""Of one web process; a browser beyond it falls back to asking (R27), and pages are served all the same."""

_PATH = "/socket.io"


class Door:
    """WSGI middleware in front of Socket.IO."""

    def __init__(self, app: Flask, server: Server) -> None:
        self._app = app
        self._inside: WSGIApplication = app.wsgi_app
        self._server = server
        self._opening = threading.Lock()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Pass on every request but a connection that may not be opened."""
        if environ["PATH_INFO"].startswith(_PATH):
            refusal = self._refusal(environ)
            if refusal is not None:
                return Response(refusal.phrase, refusal)(environ, start_response)
        return self._inside(environ, start_response)

    def _refusal(self, environ: "WSGIEnvironment") -> HTTPStatus | None:
        if not self._knows(environ):
            return HTTPStatus.UNAUTHORIZED
        if len(self._server.eio.sockets) >= MOST_SOCKETS:
            return HTTPStatus.SERVICE_UNAVAILABLE
        self._open()
        return None if self._server.manager.hears_everything() else HTTPStatus.SERVICE_UNAVAILABLE

    def _knows(self, environ: "WSGIEnvironment") -> bool:
        """Whether the session is of somebody who signed in once; whether that still counts, `sockets.accept` asks."""
        with self._app.request_context(environ):
            return "_user_id" in session

    def _open(self) -> None:
        """Begin to listen to other processes before the first socket, not with it: it would miss what is said then."""
        with self._opening:
            if not self._server.manager_initialized:
                self._server.manager_initialized = True
                self._server.manager.initialize()
                self._server.start_background_task(expiry.watch)
