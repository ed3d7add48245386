"""The server: one process, one thread per connection, HTTP/1.1 with keep-alive."""

from __future__ import annotations

import signal
import sys
import threading
from typing import Unpack

from flask import Flask
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler
from werkzeug.test import run_wsgi_app

from ops_admin.simulator.app import CUT, Options, create_simulator


class Handler(WSGIRequestHandler):
    """Werkzeug's handler with persistent connections, like Graph's, and without its access log."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def run_wsgi(self) -> None:
        """Send the answer in one write, so that the next request can follow on the same connection.

        Werkzeug's own version closes every connection, because an application may leave a body unread. This application
        always reads it.
        """
        self.environ = environ = self.make_environ()
        environ[CUT] = []
        chunks, status, headers = run_wsgi_app(self.server.app, environ, buffered=True)
        body = b"".join(chunks)
        if self.command == "HEAD" or status[:3] in ("204", "304"):
            body = b""
        self._write(status, [(key, value) for key, value in headers], body)

    def _write(self, status: str, headers: list[tuple[str, str]], body: bytes) -> None:
        cut = next(iter(self.environ[CUT]), None)
        if cut == 0:
            self.close_connection = True
            return
        code, _, reason = status.partition(" ")
        self.send_response(int(code), reason)
        for key, value in headers:
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(body[:cut])
        self.wfile.flush()
        if cut is not None:
            self.close_connection = True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log nothing: the control API keeps the request log."""


def make_server(app: Flask, host: str = "127.0.0.1", port: int = 0) -> ThreadedWSGIServer:
    """Return a server bound to its port but not yet serving. Port 0 picks a free one; read it from `.port`."""
    return ThreadedWSGIServer(host, port, app, handler=Handler)


def serve(host: str = "127.0.0.1", port: int = 0, **options: Unpack[Options]) -> None:
    """Serve until SIGTERM or SIGINT. The first line printed contains the address.

    Raises `CorpusError` if an exported policy of the corpus cannot be read.
    """
    server = make_server(create_simulator(**options), host, port)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    shown = f"[{host}]" if ":" in host else host
    sys.stdout.write(f"Simulated Microsoft Graph at http://{shown}:{server.port}\n")
    sys.stdout.flush()
    server.serve_forever(poll_interval=0.1)
