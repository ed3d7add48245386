"""Whether a connection may be opened now, asked before the handshake: an open one holds threads of this process."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.wrappers import Response

from ops_admin.infra.adapters.socketio_managers import Server, begin_to_listen
from ops_admin.realtime.other_processes import OtherProcesses
from ops_admin.realtime.socket_reaper import SocketReaper
from ops_admin.telemetry import metrics

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

MOST_SOCKETS = 2000
"""Of one web process; a browser beyond it falls back to asking (R27), and pages are served all the same."""

THREADS_A_SOCKET = 4
"""The server's own, one that reads, one that writes, and one that waits until the next sign of life is due."""

_PATH = "/socket.io"
_OFFERED_EXTENSIONS = "HTTP_SEC_WEBSOCKET_EXTENSIONS"


class ConnectionLimit:
    """WSGI middleware in front of Socket.IO."""

    def __init__(self, app: Flask, server: Server, reaper: SocketReaper) -> None:
        self._inside: WSGIApplication = app.wsgi_app
        self._server = server
        self._reaper = reaper
        self._opening = threading.Lock()
        self._counting = threading.Lock()
        self._count = 0
        self.allow(MOST_SOCKETS)

    def allow(self, most: int) -> None:
        """Let in so many at a time."""
        self._most = most
        metrics.sockets_allowed.set(most)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Pass on every request but a connection that may not be opened now."""
        if not environ["PATH_INFO"].startswith(_PATH):
            return self._inside(environ, start_response)
        # Every browser offers to have its messages compressed. That would be done for each by itself, and a push of a
        # few hundred bytes would take half as long again.
        environ.pop(_OFFERED_EXTENSIONS, None)
        # The request of a socket lasts as long as the socket: who is counted here is who holds threads, also while a
        # crowd comes at once, or leaves.
        with self._place() as has_place:
            if has_place and self._hears_everything():
                return self._inside(environ, start_response)
        return Response("Try again later", HTTPStatus.SERVICE_UNAVAILABLE)(environ, start_response)

    @contextmanager
    def _place(self) -> Iterator[bool]:
        """Take a place, if there is one, and give it back."""
        with self._counting:
            has_place = self._count < self._most
            self._count += has_place
        try:
            yield has_place
        finally:
            with self._counting:
                self._count -= has_place

    def _hears_everything(self) -> bool:
        with self._opening:
            if begin_to_listen(self._server):
                self._server.start_background_task(self._reaper.run)
        others: OtherProcesses = self._server.manager.others
        return others.hears_everything()
