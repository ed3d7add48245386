"""A small server in worker processes, which serve no pages: `/metrics` and `/healthz` on an address of its own."""

import logging
import socket
import threading
from collections.abc import Callable
from http import HTTPStatus

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from ops_admin.health.exposition import answer as metrics

log = logging.getLogger(__name__)


class MetricsServer:
    """Answers Prometheus and probes about this process; web processes report what the database knows.

    Raises OSError if the address is taken.
    """

    def __init__(self, listen: tuple[str, int], token: str | None, is_alive: Callable[[], bool]) -> None:
        self._token = token
        self._is_alive = is_alive
        # Bound here, because the library would write to standard error and exit if that fails.
        family = socket.AF_INET6 if ":" in listen[0] else socket.AF_INET
        with socket.create_server(listen, family=family) as bound:
            host, port = bound.getsockname()[:2]
            self._server: BaseWSGIServer = make_server(
                host,
                port,
                Request.application(self.answer),
                threaded=True,
                request_handler=_Silent,
                fd=bound.fileno(),
            )
        self._thread = threading.Thread(target=self._server.serve_forever, name="Metrics", daemon=True)

    @property
    def port(self) -> int:
        """The port on which it listens."""
        return self._server.port

    def open(self) -> None:
        """Start answering."""
        self._thread.start()
        log.info("metrics of this worker are at http://%s:%d/metrics", *self._server.server_address[:2])

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, request: Request) -> Response:
        """Answer one request."""
        if request.path == "/metrics":
            return metrics(self._token, request.headers.get("Authorization"))
        if request.path == "/healthz":
            alive = self._is_alive()
            status = HTTPStatus.OK if alive else HTTPStatus.SERVICE_UNAVAILABLE
            return Response('{"status": "%s"}\n' % ("ok" if alive else "stopping"), status, mimetype="application/json")
        return Response(status=HTTPStatus.NOT_FOUND)


class _Silent(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002  # of the library
        """Log no probes."""
