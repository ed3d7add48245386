"""The web process: one process with many threads, because every browser's websocket holds one."""

import os
import socket
from collections.abc import Callable, Mapping

from flask import Flask

from ops_admin import realtime
from ops_admin.infra.adapters.gunicorn_server import ServerHooks, ThreadedServer
from ops_admin.server.capacity import capacity_within, claim_limits
from ops_admin.server.worker import STOP_SECONDS, EmbeddedConsumer
from ops_admin.telemetry import exporting, tracing

_BACKLOG = 2048

MakeApp = Callable[[], Flask]


class WebServer:
    """Serves an application on a bound socket; `on_ready` is called when it answers.

    With `consume` it also does the queued work.
    """

    def __init__(
        self,
        make_app: MakeApp,
        listener: socket.socket,
        *,
        consume: bool,
        on_ready: Callable[[], None],
        sockets: int = realtime.MOST_SOCKETS,
    ):
        self._make_app = make_app
        self._fd = listener.detach()  # gunicorn closes it
        self._consume = consume
        self._on_ready = on_ready
        self._capacity = capacity_within(claim_limits(), sockets)
        self._app: Flask | None = None
        self._consumer: EmbeddedConsumer | None = None

    def run(self) -> None:
        """Serve until a signal ends the process."""
        hooks = ServerHooks(
            load=self.load,
            started=self._started,
            stopping=self._begin_to_stop,
            hurry=self._hurry,
            exiting=self._exiting,
        )
        ThreadedServer(hooks, self.settings()).run()

    def settings(self) -> Mapping[str, object]:
        """Return gunicorn's settings."""
        return {
            "bind": f"fd://{self._fd}",
            "threads": self._capacity.threads,
            "worker_connections": self._capacity.connections,
            "backlog": _BACKLOG,
            "graceful_timeout": STOP_SECONDS + 5,
            "loglevel": "warning",
        }

    def load(self) -> Flask:
        """Create the application, in the process that serves it."""
        self._app = self._make_app()
        realtime.allow_sockets(self._app, self._capacity.sockets)
        return self._app

    def _started(self, is_first: bool) -> None:
        exporting.set_up()
        if self._consume and self._app is not None:
            self._consumer = EmbeddedConsumer(self._app)
            self._consumer.start()
        if is_first:
            self._on_ready()

    def _begin_to_stop(self) -> None:
        """Close the sockets, and tell running work to stop."""
        realtime.end_all()
        if self._consumer is not None:
            self._consumer.begin_to_stop()

    def _hurry(self) -> None:
        """End this process at once."""
        if self._consumer is None:
            os._exit(0)
        self._consumer.hurry()

    def _exiting(self) -> None:
        if self._consumer is not None:
            self._consumer.stop()
        tracing.shut_down()
