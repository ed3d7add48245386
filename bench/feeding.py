"""Feeds a queue, in a process of its own; the figures are printed as JSON for the parent process."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from bench.queues import Queue

# Enough that no worker ever waits, few enough that the rest is done quickly at the end.
MOST_WAITING = 100
_CHECK_EVERY = 20


@dataclass(frozen=True)
class Fed:
    """What one feeder did, with times of day in seconds, so that feeders of several processes can be combined."""

    started: int
    began: float
    ended: float
    start_seconds: list[float]


def feed(queue: Queue, seconds: float, *, drain: bool) -> Fed:
    """Start work for `seconds`, one piece after the other, and time every start.

    With `drain` somebody does the work meanwhile: the feeder does not run far ahead and waits until all is done.
    """
    began = time.time()
    taken: list[float] = []
    while time.time() < began + seconds:
        before = time.perf_counter()
        queue.start()
        taken.append(time.perf_counter() - before)
        if drain and len(taken) % _CHECK_EVERY == 0:
            _wait_while(lambda: queue.waiting() > MOST_WAITING)
    if drain:
        _wait_while(lambda: queue.unfinished() > 0)
    return Fed(len(taken), began, time.time(), taken)


def _wait_while(condition: Callable[[], bool]) -> None:
    while condition():
        time.sleep(0.01)
