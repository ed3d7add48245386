"""Huey's consumer with threads, told what to do when it is alive, asked to stop, and at its end.

Relied upon: that its loop calls `stop` after a signal and `check_worker_health` from time to time, that
`_signal_actions` says which signal means what, and that `stop_flag` ends its threads.
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
    """What to do when something happens to a consumer.

    `alive` is called at the start and at each check of the threads; `stopping`, maybe more than once, before it waits
    for the work in hand; `ended` after that, also when a second signal cut the waiting short.
    """

    alive: Callable[[], None]
    stopping: Callable[[], None]
    ended: Callable[[], None]


@dataclass(frozen=True)
class ConsumerLimits:
    """How many threads do the work, and its times in seconds: polling (SQLite), checks of the threads, stopping."""

    threads: int
    shortest_poll: float
    longest_poll: float
    between_checks: float
    to_stop: float


class ThreadedConsumer(Consumer):  # type: ignore[misc]  # huey carries no types
    """Huey's consumer, which stops in bounded time on SIGTERM and SIGINT alike.

    Without `takes_signals` the signals are left to whoever runs this process, and `check_until_stopped` has to be
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
        # Signal: (restart, graceful). By itself Huey breaks off the work in hand on one of the two.
        self._signal_actions.update(dict.fromkeys(_ENDING, (False, True)))

    @property
    def is_stopping(self) -> bool:
        """Whether it takes no more work."""
        return bool(self.stop_flag.is_set())

    def start(self) -> None:
        """Start the threads."""
        super().start()
        self._hooks.alive()

    def check_worker_health(self) -> bool:
        """Replace threads that died; returns whether there were none."""
        unharmed: bool = super().check_worker_health()
        if not self.is_stopping:
            self._hooks.alive()
        return unharmed

    def check_until_stopped(self) -> None:
        """Check the threads from time to time until it stops."""
        while not self.stop_flag.wait(self._limits.between_checks):
            self.check_worker_health()

    def begin_to_stop(self) -> None:
        """Take no more work."""
        self._hooks.stopping()
        self.stop_flag.set()

    def stop(self, graceful: bool = False) -> None:
        """Wait for the work in hand if `graceful`; a KeyboardInterrupt, which a second signal is, cuts that short."""
        try:
            self.begin_to_stop()
            super().stop(graceful)
            self._hooks.ended()
        except KeyboardInterrupt:
            self._hooks.ended()

    def _handle_signal(self, signum: int, frame: Any) -> None:
        super()._handle_signal(signum, frame)
        # Whichever comes next means: do not wait.
        for number in _ENDING:
            signal.signal(number, signal.default_int_handler)

    def _set_signal_handlers(self) -> None:
        if self._takes_signals:
            super()._set_signal_handlers()
