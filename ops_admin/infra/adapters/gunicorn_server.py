"""gunicorn's threaded server, started from code, with hooks for stopping.

Relies on these internals: the worker calls `handle_exit` and `handle_quit` on its signals and ends once `alive` is
false; the master stops through `stop` and reaches its workers through `kill_workers`; a logger's handlers are set by
`setup`.
"""

import signal
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.workers.gthread import ThreadWorker

SECONDS_TO_SAY_STOP = 5.0
"""How long a process that ends waits for its `stopping` hook, which began when it was told to stop."""
HURRY = signal.SIGUSR2
"""The master's signal to its process to hurry.

Ctrl-C in a terminal reaches both processes, and must not count twice.
"""


@dataclass(frozen=True)
class ServerHooks:
    """What the server calls in the serving process. `load` creates the WSGI application there.

    `started` is told whether this is the first process; a dead process is replaced. `stopping` is called in its own
    thread when the process is told to stop, `hurry` when there is no time left, `exiting` at the very end.
    """

    load: Callable[[], Any]
    started: Callable[[bool], None]
    stopping: Callable[[], None]
    hurry: Callable[[], None]
    exiting: Callable[[], None]


class StoppableWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn carries no types
    """gunicorn's threaded worker, which reports that it was told to stop.

    An open websocket counts as a pending request: unless somebody closes it, every stop lasts until it is cut off.
    """

    _stopping: threading.Thread | None = None

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Stop gracefully."""
        if self.alive:
            # Not in gunicorn's loop, which blocks while it waits for the rest of an incomplete body.
            self._stopping = threading.Thread(target=self.app.hooks.stopping, name="Stop", daemon=True)
            self._stopping.start()
        super().handle_exit(sig, frame)

    def wait_for_hook(self) -> None:
        """Let the `stopping` hook end. An idle process gets to its end sooner."""
        if self._stopping is not None:
            self._stopping.join(SECONDS_TO_SAY_STOP)

    def handle_quit(self, sig: int, frame: Any) -> None:
        """Stop gracefully on Ctrl-C as well. The master cuts off whatever takes too long."""
        self.handle_exit(sig, frame)

    def init_signals(self) -> None:
        """Also listen for the master's signal that there is no time left."""
        super().init_signals()
        signal.signal(HURRY, lambda *_: self.app.hooks.hurry())


class PassedOnLog(Logger):  # type: ignore[misc]  # gunicorn carries no types
    """gunicorn's log, passed on to the application's own, which redacts it."""

    def setup(self, cfg: Config) -> None:
        """Set no handlers, so that nothing bypasses the application's log."""
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True


class ImpatientMaster(Arbiter):  # type: ignore[misc]  # gunicorn carries no types
    """gunicorn's master, which responds to a second signal while it is stopping."""

    def stop(self, graceful: bool = True) -> None:
        """Stop gracefully. A second signal means that there is no time left."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.kill_workers(HURRY))
        super().stop(graceful)


class ThreadedServer(BaseApplication):  # type: ignore[misc]  # gunicorn carries no types
    """A serving process with threads, and a master that replaces it when it dies. `settings` are gunicorn's."""

    def __init__(self, hooks: ServerHooks, settings: Mapping[str, object]) -> None:
        self.hooks = hooks
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        """Apply the settings that differ from gunicorn's defaults."""
        ours = {
            "worker_class": StoppableWorker,
            "workers": 1,
            "logger_class": PassedOnLog,
            "control_socket_disable": True,
            "post_worker_init": self._started,
            "worker_exit": self._exiting,
        }
        for name, value in {**ours, **self._settings}.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """Create the application, in the process that serves it."""
        return self.hooks.load()

    def run(self) -> None:
        """Serve until a signal ends it."""
        ImpatientMaster(self).run()

    def _started(self, worker: ThreadWorker) -> None:
        self.hooks.started(worker.age == 1)

    def _exiting(self, _: Arbiter, worker: StoppableWorker) -> None:
        worker.wait_for_hook()
        self.hooks.exiting()
