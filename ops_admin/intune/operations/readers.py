"""Reads from Graph in several threads while the handler's own thread stores what came (R60).

Reading threads know neither the database nor the run. Whatever ends the handler's thread (a cancel, a stop of the
worker, a lost claim, a database that is away) ends them too: between two requests, and while they wait. See
docs/adr/0038.
"""

import contextvars
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from concurrent.futures import wait as wait_for
from functools import partial
from queue import SimpleQueue
from typing import Self, TypeVar

from ops_admin.graph.client import GraphClient
from ops_admin.graph.retries import Throttled
from ops_admin.runs.handle import RunHandle

SECONDS_BETWEEN_CHECKS = 0.25
JOBS_READ_AHEAD = 4
"""How many results may wait to be stored while all threads read."""

T = TypeVar("T")


class ReadingEnded(Exception):
    """Raised in a reading thread: nobody wants its result any more."""


class Readers:
    """Threads that read for one run. Leaving the context ends them."""

    def __init__(self, handle: RunHandle, client: GraphClient) -> None:
        self._handle = handle
        self._client = client
        self._jobs: SimpleQueue[Callable[[GraphClient], None] | None] = SimpleQueue()
        self._throttled: SimpleQueue[tuple[float, float]] = SimpleQueue()
        self._slow_until = float("-inf")
        self._over = threading.Event()
        self._threads: list[threading.Thread] = []
        self.most_ahead = client.most_at_once + JOBS_READ_AHEAD
        """How many jobs are being read or wait to be stored, which bounds the memory."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for _thread in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join()

    def read(self, jobs: Iterable[Callable[[GraphClient], T] | None]) -> Iterator[T]:
        """Yield the results of the jobs in their order; an exception of a job is raised in its place.

        Jobs are taken as threads become free. A None among them asks to take no more until the next result was stored.
        Raises StopRequested when the run is asked to stop.
        """
        remaining = iter(jobs)
        ahead: deque[Future[T]] = deque()
        self._fill(ahead, remaining)
        while ahead:
            reading = ahead.popleft()
            self._await(reading)
            yield reading.result()
            self._fill(ahead, remaining)

    def _fill(self, ahead: deque[Future[T]], remaining: Iterator[Callable[[GraphClient], T] | None]) -> None:
        while len(ahead) < self.most_ahead and (work := next(remaining, None)) is not None:
            reading: Future[T] = Future()
            ahead.append(reading)
            self._start_thread()
            self._jobs.put(partial(_carry_out, work, reading))

    def _start_thread(self) -> None:
        if len(self._threads) >= self._client.most_at_once:
            return
        # With a copy of this thread's context, so that what it logs names the run.
        run = contextvars.copy_context().run
        name = f"reader-{self._handle.run_id}-{len(self._threads) + 1}"
        thread = threading.Thread(target=run, args=(self._work,), name=name, daemon=True)
        thread.start()
        self._threads.append(thread)

    def _await(self, reading: Future[T]) -> None:
        while not wait_for([reading], SECONDS_BETWEEN_CHECKS).done:
            self._report_waits()
            self._handle.checkpoint()
        self._report_waits()
        self._handle.checkpoint()

    def _report_waits(self) -> None:
        """Report how long Graph made the run wait; what several threads waited at the same time counts once."""
        while not self._throttled.empty():
            begun_at, seconds = self._throttled.get()
            alone = begun_at + seconds - max(begun_at, self._slow_until)
            if alone > 0:
                self._slow_until = begun_at + seconds
                self._handle.slowed_down(alone)

    def _work(self) -> None:
        with self._client.beside(wait=self.wait, on_throttle=self._note_wait, before=self.check) as client:
            while (job := self._jobs.get()) is not None and not self._over.is_set():
                job(client)

    def check(self) -> None:
        """Raise ReadingEnded if the handler's thread has ended; called before every request."""
        if self._over.is_set():
            raise ReadingEnded

    def wait(self, seconds: float) -> None:
        """Sleep in a reading thread; raises ReadingEnded as soon as the handler's thread has ended."""
        if self._over.wait(seconds):
            raise ReadingEnded

    def _note_wait(self, throttled: Throttled) -> None:
        self._throttled.put((time.monotonic(), throttled.seconds))


def _carry_out(work: Callable[[GraphClient], T], reading: "Future[T]", client: GraphClient) -> None:
    try:
        reading.set_result(work(client))
    except BaseException as error:  # raised again where the result is taken
        reading.set_exception(error)
