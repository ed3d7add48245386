"""Huey's consumer, on its own or inside the web process, with a sign of life in the database."""

import logging
import os
import signal
import threading
from functools import partial
from typing import Any

from flask import Flask
from huey.consumer import Consumer
from sqlalchemy.exc import SQLAlchemyError

from ops_admin import realtime
from ops_admin.config import Settings
from ops_admin.health import workers
from ops_admin.health.metrics_server import MetricsServer
from ops_admin.infra.extensions import huey
from ops_admin.runs.worker import execution
from ops_admin.server.listening import CannotListen
from ops_admin.telemetry import exporting, tracing

log = logging.getLogger(__name__)

# Huey's polling (SQLite) backs off to ten seconds by default; a click must not wait for that.
_SHORTEST_POLL_SECONDS = 0.05
_LONGEST_POLL_SECONDS = 0.2
STOP_SECONDS = 10


class WorkerConsumer(Consumer):  # type: ignore[misc]  # huey carries no types
    """Huey's consumer, which shows in the database that it is alive and stops in bounded time."""

    def __init__(self, app: Flask, **options: Any) -> None:
        super().__init__(
            huey,
            workers=app.config["SETTINGS"].workers,
            initial_delay=_SHORTEST_POLL_SECONDS,
            max_delay=_LONGEST_POLL_SECONDS,
            health_check_interval=workers.BEAT_SECONDS,
            shutdown_timeout=STOP_SECONDS,
            graceful_signal="TERM",
            **options,
        )
        # Ctrl-C ends in order as well.
        self._signal_actions[signal.SIGINT] = (False, True)
        self._app = app
        self._name = workers.new_worker_name()

    def start(self) -> None:
        """Start the threads, and say at once that someone is there."""
        huey.close_intake(False)
        super().start()
        self._beat()

    def check_worker_health(self) -> bool:
        """Replace threads that died, then give a sign of life."""
        unharmed: bool = super().check_worker_health()
        if not self.stop_flag.is_set():
            self._beat()
        return unharmed

    def begin_to_stop(self) -> None:
        """Take no more work, and let the work in hand hear that it should stop."""
        huey.close_intake()
        execution.shutting_down.set()
        self.stop_flag.set()

    def stop(self, graceful: bool = False) -> None:
        """Wait for the work in hand, hand back what does not stop, and say that nobody is there any more.

        A KeyboardInterrupt, which a second signal is, cuts the waiting short.
        """
        self.begin_to_stop()
        try:
            super().stop(graceful)
            self._end()
        except KeyboardInterrupt:
            self._end()

    def _end(self) -> None:
        execution.give_up()
        self._record(workers.retire)

    def _handle_signal(self, signum: int, frame: Any) -> None:
        super()._handle_signal(signum, frame)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.default_int_handler)

    def _beat(self) -> None:
        self._record(partial(workers.beat, is_heard=realtime.reaches_others()))

    def _record(self, write: Any) -> None:
        try:
            with self._app.app_context():
                write(self._name)
        except SQLAlchemyError as error:  # the database is away for a moment: the threads wait for it, and so do we
            log.warning("the worker's sign of life could not be written: %s", type(error).__name__)


class EmbeddedConsumer(WorkerConsumer):
    """The consumer inside a web process: that process has the signals, and a thread watches in place of the loop."""

    def __init__(self, app: Flask, **options: Any) -> None:
        super().__init__(app, **options)
        self._last_moment: threading.Timer | None = None

    def start(self) -> None:
        """Start the threads and the one that watches them."""
        super().start()
        threading.Thread(target=self._watch, name="Watch", daemon=True).start()

    def begin_to_stop(self) -> None:
        """Take no more work, and end by itself in time: the process may wait for slow requests until it is killed."""
        super().begin_to_stop()
        if self._last_moment is None:
            self._last_moment = threading.Timer(STOP_SECONDS, self._end)
            self._last_moment.daemon = True
            self._last_moment.start()

    def stop(self, graceful: bool = False) -> None:
        """See WorkerConsumer."""
        super().stop(graceful)
        if self._last_moment is not None:
            self._last_moment.cancel()

    def hurry(self) -> None:
        """End this process at once, with everything handed back that can be."""
        threading.Thread(target=self._end_now, name="Hurry", daemon=True).start()

    def _end_now(self) -> None:
        self.begin_to_stop()
        self._end()
        os._exit(0)

    def _watch(self) -> None:
        while not self.stop_flag.wait(self._health_check_interval):
            self.check_worker_health()

    def _set_signal_handlers(self) -> None:
        """Leave the signals to the web server."""


def run_worker(app: Flask) -> None:
    """Do the work that is queued until a signal ends it: in order, within `STOP_SECONDS`, on SIGTERM and SIGINT."""
    consumer = WorkerConsumer(app)
    settings: Settings = app.config["SETTINGS"]
    metrics = _metrics_server(settings, consumer)
    exporting.set_up()
    try:
        consumer.run()
    finally:
        if metrics is not None:
            metrics.close()
        tracing.shut_down()


def _metrics_server(settings: Settings, consumer: WorkerConsumer) -> MetricsServer | None:
    if settings.metrics_listen is None:
        return None
    try:
        server = MetricsServer(settings.metrics_listen, settings.metrics_token, lambda: not consumer.stop_flag.is_set())
    except OSError as error:
        raise CannotListen(f"OPS_ADMIN_METRICS_LISTEN cannot be listened on: {error.strerror or error}") from error
    server.open()
    return server
