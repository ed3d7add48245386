"""Limits connections before the handshake, because an open one holds threads of this process."""

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
"""For one web process; browsers beyond it use the fallback (R27), and pages are still served."""

THREADS_A_SOCKET = 4
"""The server's own, one that reads, one that writes, and one that waits for the next ping."""

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
        """Set the maximum number of connections."""
        self._most = most
        metrics.sockets_allowed.set(most)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Pass on every request except a connection that may not be opened now."""
        if not environ["PATH_INFO"].startswith(_PATH):
            return self._inside(environ, start_response)
        # Every browser offers compression. Messages would be compressed for each browser separately, and a push of a
        # few hundred bytes would take half as long again.
        environ.pop(_OFFERED_EXTENSIONS, None)
        # The request of a socket lasts as long as the socket. So this counts exactly those who hold threads, even when
        # many come or leave at once.
        with self._place() as has_place:
            if has_place and self._hears_everything():
                return self._inside(environ, start_response)
        return Response("Try again later", HTTPStatus.SERVICE_UNAVAILABLE)(environ, start_response)

    @contextmanager
    def _place(self) -> Iterator[bool]:
        """Reserve a place, if there is one, and release it afterwards."""
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
