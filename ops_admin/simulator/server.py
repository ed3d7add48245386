"""Serving: one process, a thread a connection, HTTP/1.1 with connections kept open."""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path

from flask import Flask
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler
from werkzeug.test import run_wsgi_app

from ops_admin.simulator.app import CUT, create_simulator


class Handler(WSGIRequestHandler):
    """Werkzeug's handler with connections that stay open, as Graph's do, and without its access log."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def run_wsgi(self) -> None:
        """Answer one request in one write, so that the next can follow on the same connection.

        Werkzeug's own version closes every connection because an application may leave a body unread; this
        application reads each one whole.
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
        """Nothing: the control API keeps the log of requests."""


def make_server(app: Flask, host: str = "127.0.0.1", port: int = 0) -> ThreadedWSGIServer:
    """A server bound to its port (0: any free one; read it from `.port`), not yet serving."""
    return ThreadedWSGIServer(host, port, app, handler=Handler)


def serve(host: str = "127.0.0.1", port: int = 0, corpus: Path | None = None, latency: float = 0.0) -> None:
    """Serve until SIGTERM or SIGINT; the first line printed says where. `latency` is in seconds, for each request.

    Raises `CorpusError` when an exported policy of `corpus` cannot be read.
    """
    server = make_server(create_simulator(corpus=corpus, latency=latency), host, port)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    shown = f"[{host}]" if ":" in host else host
    sys.stdout.write(f"Simulated Microsoft Graph at http://{shown}:{server.port}\n")
    sys.stdout.flush()
    server.serve_forever(poll_interval=0.1)
