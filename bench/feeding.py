"""Feeding a queue, in the process that has it; what was measured is printed as JSON for the process that asked."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from bench.queues import Queue

# Enough that no worker ever waits, few enough that what is left at the end is done at once.
MOST_WAITING = 100
_CHECK_EVERY = 20


@dataclass(frozen=True)
class Fed:
    """What one feeder did, with times of day in seconds, so that feeders of several processes can be put together."""

    started: int
    began: float
    ended: float
    start_seconds: list[float]


def feed(queue: Queue, seconds: float, *, drain: bool) -> Fed:
    """Start work for `seconds`, each as soon as the last has been handed in, and time every start.

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
