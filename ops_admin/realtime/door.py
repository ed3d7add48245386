"""Whether a connection may be opened now, asked before the handshake: an open one holds threads of this process."""

import threading
from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import Flask
from socketio import Server
from werkzeug.wrappers import Response

from ops_admin.realtime.sweeping import Sweeper

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

MOST_SOCKETS = 1000
"""Of one web process; a browser beyond it falls back to asking (R27), and pages are served all the same."""

_PATH = "/socket.io"


class Door:
    """WSGI middleware in front of Socket.IO."""

    def __init__(self, app: Flask, server: Server, sweeper: Sweeper) -> None:
        self._inside: WSGIApplication = app.wsgi_app
        self._server = server
        self._sweeper = sweeper
        self._opening = threading.Lock()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Pass on every request but a connection that may not be opened now."""
        if environ["PATH_INFO"].startswith(_PATH) and not self._is_open():
            return Response("Try again later", HTTPStatus.SERVICE_UNAVAILABLE)(environ, start_response)
        return self._inside(environ, start_response)

    def _is_open(self) -> bool:
        self._begin()
        has_room = len(self._server.eio.sockets) < MOST_SOCKETS
        return has_room and bool(self._server.manager.hears_everything())

    def _begin(self) -> None:
        """Begin to listen to other processes before the first socket, not with it: it would miss what is said then."""
        with self._opening:
            if not self._server.manager_initialized:
                self._server.manager_initialized = True
                self._server.manager.initialize()
                self._server.start_background_task(self._sweeper.run)
