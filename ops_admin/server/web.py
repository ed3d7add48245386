"""gunicorn, set up by program: one process with many threads, for every browser's websocket holds one."""

import os
import signal
import socket
import threading
from collections.abc import Callable
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.workers.gthread import ThreadWorker

from ops_admin import realtime
from ops_admin.server.capacity import capacity_within, claim_limits
from ops_admin.server.worker import STOP_SECONDS, EmbeddedConsumer
from ops_admin.telemetry import exporting, tracing

_BACKLOG = 2048
# What the master tells its process by it; Ctrl-C in a terminal reaches both, and must not count as two.
HURRY = signal.SIGUSR2

MakeApp = Callable[[], Flask]


class WebWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn carries no types
    """gunicorn's threaded worker, which lets go of the websockets when it is told to stop.

    An open websocket counts as a request in hand: without this every stop would last until it is cut off.
    """

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Stop in order."""
        if self.alive:
            # Not by gunicorn's loop: that stands still while it reads the rest of a body which does not come.
            threading.Thread(target=self.app.begin_to_stop, name="Stop", daemon=True).start()
        super().handle_exit(sig, frame)

    def handle_quit(self, sig: int, frame: Any) -> None:
        """Stop in order on Ctrl-C as well; the master cuts off what takes too long."""
        self.handle_exit(sig, frame)

    def init_signals(self) -> None:
        """Listen to the master's word that it has no more time, too."""
        super().init_signals()
        signal.signal(HURRY, lambda *_: self.app.hurry())


class HouseLog(Logger):  # type: ignore[misc]
    """gunicorn's log, through that of the house: in its form, and without secrets."""

    def setup(self, cfg: Config) -> None:
        """Write nothing past it."""
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True


class Master(Arbiter):  # type: ignore[misc]
    """gunicorn's master, which hears a second signal while it stops."""

    def stop(self, graceful: bool = True) -> None:
        """Stop in order; whoever asks again does not want to wait."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.kill_workers(HURRY))
        super().stop(graceful)


class WebServer(BaseApplication):  # type: ignore[misc]
    """Serves an application on a socket that is already bound; `on_ready` is called when it answers."""

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
        self._consumer: EmbeddedConsumer | None = None
        super().__init__()

    def load_config(self) -> None:
        """Set what differs from gunicorn's defaults."""
        settings = {
            "bind": f"fd://{self._fd}",
            "worker_class": WebWorker,
            "workers": 1,
            "threads": self._capacity.threads,
            "worker_connections": self._capacity.connections,
            "backlog": _BACKLOG,
            "graceful_timeout": STOP_SECONDS + 5,
            "loglevel": "warning",
            "logger_class": HouseLog,
            "control_socket_disable": True,
            "post_worker_init": self._started,
            "worker_exit": self._exiting,
        }
        for name, value in settings.items():
            self.cfg.set(name, value)

    def run(self) -> None:
        """Serve until a signal ends it."""
        Master(self).run()

    def load(self) -> Flask:
        """Make the application, in the process that serves it."""
        app = self._make_app()
        realtime.allow_sockets(app, self._capacity.sockets)
        return app

    def begin_to_stop(self) -> None:
        """Let go of the sockets, and let the work in hand hear that it should stop."""
        realtime.end_all()
        if self._consumer is not None:
            self._consumer.begin_to_stop()

    def hurry(self) -> None:
        """End this process at once."""
        if self._consumer is None:
            os._exit(0)
        self._consumer.hurry()

    def _started(self, worker: WebWorker) -> None:
        exporting.set_up()
        if self._consume:
            self._consumer = EmbeddedConsumer(self.wsgi())
            self._consumer.start()
        if worker.age == 1:
            self._on_ready()

    def _exiting(self, _: Any, worker: WebWorker) -> None:
        if self._consumer is not None:
            self._consumer.stop(graceful=True)
        tracing.shut_down()
