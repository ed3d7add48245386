"""Does the queued work, in a process of its own or inside the web process, and records heartbeats."""

import logging
import os
import threading
from collections.abc import Callable
from functools import partial

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from ops_admin import realtime
from ops_admin.config import Settings
from ops_admin.health import workers
from ops_admin.health.metrics_server import MetricsServer
from ops_admin.infra.adapters.huey_consumer import ConsumerHooks, ConsumerLimits, ThreadedConsumer
from ops_admin.infra.extensions import huey
from ops_admin.runs.worker import execution
from ops_admin.server.listening import CannotListen
from ops_admin.telemetry import exporting, tracing

log = logging.getLogger(__name__)

# By default Huey's polling (SQLite) backs off to ten seconds, which users would notice.
_SHORTEST_POLL_SECONDS = 0.05
_LONGEST_POLL_SECONDS = 0.2
STOP_SECONDS = 10


class WorkerConsumer:
    """Threads that do the queued work, with heartbeats in the database; they stop in bounded time."""

    takes_signals = True

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._name = workers.new_worker_name()
        limits = ConsumerLimits(
            threads=app.config["SETTINGS"].workers,
            shortest_poll=_SHORTEST_POLL_SECONDS,
            longest_poll=_LONGEST_POLL_SECONDS,
            between_checks=workers.BEAT_SECONDS,
            to_stop=STOP_SECONDS,
        )
        hooks = ConsumerHooks(alive=self._beat, stopping=self._stop_taking_work, ended=self._end)
        self.threads = ThreadedConsumer(huey, hooks, limits, takes_signals=self.takes_signals)

    @property
    def is_stopping(self) -> bool:
        """Whether it takes no more work."""
        return self.threads.is_stopping

    def run(self) -> None:
        """Work until a signal ends it."""
        huey.close_intake(False)
        self.threads.run()

    def start(self) -> None:
        """Start the threads, and record a heartbeat at once."""
        huey.close_intake(False)
        self.threads.start()

    def begin_to_stop(self) -> None:
        """Take no more work, and tell running work to stop."""
        self.threads.begin_to_stop()

    def stop(self) -> None:
        """Wait for running work, requeue what does not stop, and retire."""
        self.threads.stop(graceful=True)

    def _stop_taking_work(self) -> None:
        huey.close_intake()
        execution.shutting_down.set()

    def _end(self) -> None:
        execution.give_up()
        self._record(workers.retire)

    def _beat(self) -> None:
        self._record(partial(workers.beat, is_heard=realtime.reaches_others()))

    def _record(self, write: Callable[[str], None]) -> None:
        try:
            with self._app.app_context():
                write(self._name)
        except SQLAlchemyError as error:  # the database is down for a moment; the threads wait for it as well
            log.warning("the worker's sign of life could not be written: %s", type(error).__name__)


class EmbeddedConsumer(WorkerConsumer):
    """The same inside a web process, which handles the signals; a thread checks the others."""

    takes_signals = False

    def __init__(self, app: Flask) -> None:
        super().__init__(app)
        self._last_moment: threading.Timer | None = None

    def start(self) -> None:
        """Start the threads and the one that checks them."""
        super().start()
        threading.Thread(target=self.threads.check_until_stopped, name="Watch", daemon=True).start()

    def begin_to_stop(self) -> None:
        """Take no more work, and end in time: the process may wait for slow requests until it is killed."""
        super().begin_to_stop()
        if self._last_moment is None:
            self._last_moment = threading.Timer(STOP_SECONDS, self._end)
            self._last_moment.daemon = True
            self._last_moment.start()

    def stop(self) -> None:
        """See WorkerConsumer."""
        super().stop()
        if self._last_moment is not None:
            self._last_moment.cancel()

    def hurry(self) -> None:
        """End this process at once, after requeueing every run that allows it."""
        threading.Thread(target=self._end_now, name="Hurry", daemon=True).start()

    def _end_now(self) -> None:
        self.begin_to_stop()
        self._end()
        os._exit(0)


def run_worker(app: Flask) -> None:
    """Do the queued work until a signal ends it; on SIGTERM and SIGINT it stops in order, within `STOP_SECONDS`."""
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
        server = MetricsServer(settings.metrics_listen, settings.metrics_token, lambda: not consumer.is_stopping)
    except OSError as error:
        raise CannotListen(f"OPS_ADMIN_METRICS_LISTEN cannot be listened on: {error.strerror or error}") from error
    server.open()
    return server
