"""Huey's consumer with threads, with hooks for when it is alive, asked to stop, and ended.

Relies on these internals: the loop calls `stop` after a signal and `check_worker_health` periodically,
`_signal_actions` maps signals to actions, and `stop_flag` ends the threads.
"""

import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from huey import Huey
from huey.consumer import Consumer

_ENDING = (signal.SIGTERM, signal.SIGINT)


@dataclass(frozen=True)
class ConsumerHooks:
    """What to call on the consumer's events.

    `alive` is called at the start and at each check of the threads, `stopping` (possibly repeatedly) before it waits
    for running work, and `ended` after that, even if a second signal cut the wait short.
    """

    alive: Callable[[], None]
    stopping: Callable[[], None]
    ended: Callable[[], None]


@dataclass(frozen=True)
class ConsumerLimits:
    """The number of worker threads, and times in seconds: polling (SQLite), checking the threads, stopping."""

    threads: int
    shortest_poll: float
    longest_poll: float
    between_checks: float
    to_stop: float


class ThreadedConsumer(Consumer):  # type: ignore[misc]  # huey carries no types
    """Huey's consumer, stopping in bounded time on both SIGTERM and SIGINT.

    Without `takes_signals`, signals are left to the code that runs this process, and `check_until_stopped` must be
    called in a thread.
    """

    def __init__(
        self, queue: Huey, hooks: ConsumerHooks, limits: ConsumerLimits, *, takes_signals: bool = True
    ) -> None:
        super().__init__(
            queue,
            workers=limits.threads,
            initial_delay=limits.shortest_poll,
            max_delay=limits.longest_poll,
            health_check_interval=limits.between_checks,
            shutdown_timeout=limits.to_stop,
            graceful_signal="TERM",
        )
        self._hooks = hooks
        self._limits = limits
        self._takes_signals = takes_signals
        # Signal: (restart, graceful). By default Huey aborts running work on one of the two.
        self._signal_actions.update(dict.fromkeys(_ENDING, (False, True)))

    @property
    def is_stopping(self) -> bool:
        """Whether it has stopped taking work."""
        return bool(self.stop_flag.is_set())

    def start(self) -> None:
        """Start the threads. Signals are heard from before: a worker told to stop at once must not just die."""
        self._set_signal_handlers()
        super().start()
        self._hooks.alive()

    def check_worker_health(self) -> bool:
        """Replace threads that died. Returns whether all were alive."""
        unharmed: bool = super().check_worker_health()
        if not self.is_stopping:
            self._hooks.alive()
        return unharmed

    def check_until_stopped(self) -> None:
        """Check the threads periodically until it stops."""
        while not self.stop_flag.wait(self._limits.between_checks):
            self.check_worker_health()

    def begin_to_stop(self) -> None:
        """Stop taking work."""
        self._hooks.stopping()
        self.stop_flag.set()

    def stop(self, graceful: bool = False) -> None:
        """Wait for running work if `graceful`. A KeyboardInterrupt, raised by a second signal, cuts the wait short."""
        try:
            self.begin_to_stop()
            super().stop(graceful)
            self._hooks.ended()
        except KeyboardInterrupt:
            self._hooks.ended()

    def _handle_signal(self, signum: int, frame: Any) -> None:
        super()._handle_signal(signum, frame)
        # Another signal of either kind means: do not wait.
        for number in _ENDING:
            signal.signal(number, signal.default_int_handler)

    def _set_signal_handlers(self) -> None:
        if self._takes_signals:
            super()._set_signal_handlers()
