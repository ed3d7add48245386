"""gunicorn's threaded server, started by program, told what to do when it stops.

Relied upon: that the worker calls `handle_exit` and `handle_quit` on its signals and ends once `alive` is false, that
the master stops by `stop` and reaches its workers by `kill_workers`, and that a log's handlers are set by `setup`.
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

HURRY = signal.SIGUSR2
"""How the master tells its process to hurry: Ctrl-C in a terminal reaches both, and must not count as two."""


@dataclass(frozen=True)
class ServerHooks:
    """What the server has to do in the serving process; `load` makes the WSGI application there.

    `started` hears whether it is the first process, which is replaced when it dies. `stopping` is called in a thread of
    its own when the process is told to stop, `hurry` when there is no more time, `exiting` at its very end.
    """

    load: Callable[[], Any]
    started: Callable[[bool], None]
    stopping: Callable[[], None]
    hurry: Callable[[], None]
    exiting: Callable[[], None]


class StoppableWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn carries no types
    """gunicorn's threaded worker, which says that it was told to stop.

    An open websocket counts as a request in hand: unless somebody closes it, every stop lasts until it is cut off.
    """

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Stop in order."""
        if self.alive:
            # Not in gunicorn's loop: that stands still while it reads the rest of a body which does not come.
            threading.Thread(target=self.app.hooks.stopping, name="Stop", daemon=True).start()
        super().handle_exit(sig, frame)

    def handle_quit(self, sig: int, frame: Any) -> None:
        """Stop in order on Ctrl-C as well; the master cuts off what takes too long."""
        self.handle_exit(sig, frame)

    def init_signals(self) -> None:
        """Listen to the master's signal that there is no more time, too."""
        super().init_signals()
        signal.signal(HURRY, lambda *_: self.app.hooks.hurry())


class PassedOnLog(Logger):  # type: ignore[misc]
    """gunicorn's log, passed on to the application's own, which redacts it."""

    def setup(self, cfg: Config) -> None:
        """Write nothing past it."""
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True


class ImpatientMaster(Arbiter):  # type: ignore[misc]
    """gunicorn's master, which hears a second signal while it stops."""

    def stop(self, graceful: bool = True) -> None:
        """Stop in order; whoever asks again does not want to wait."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.kill_workers(HURRY))
        super().stop(graceful)


class ThreadedServer(BaseApplication):  # type: ignore[misc]
    """One serving process with threads, and a master that replaces it when it dies; `settings` are gunicorn's."""

    def __init__(self, hooks: ServerHooks, settings: Mapping[str, object]) -> None:
        self.hooks = hooks
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        """Set what differs from gunicorn's defaults."""
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
        """Make the application, in the process that serves it."""
        return self.hooks.load()

    def run(self) -> None:
        """Serve until a signal ends it."""
        ImpatientMaster(self).run()

    def _started(self, worker: ThreadWorker) -> None:
        self.hooks.started(worker.age == 1)

    def _exiting(self, _: Arbiter, worker: ThreadWorker) -> None:
        self.hooks.exiting()
