"""How much is asked of a tenant at once (R60); shared by all threads of this process that use the same app.

Requests in flight: their number grows by one with every round of answers, and is halved when Graph refuses one as too
many or answers much more slowly than it did (additive increase, multiplicative decrease).

Requests in a time: Graph documents how many requests, and how many writes among them, an app may send to a tenant in
twenty seconds. The console keeps to that once Graph has refused a request, for ten minutes after the last refusal, or
from the start if set so. What was sent before counts. Inner requests of a batch count one by one.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from ops_admin.graph.retries import Wait
from ops_admin.graph.settings import GraphSettings, TrafficLimits

FIRST_AT_ONCE = 4
FEWEST_WHEN_SLOW = 2
SECONDS_PACED = 600.0
"""After a refusal."""
_CHECK = 0.2
"""Seconds between two checks for a cancel while others have their turn."""
# Answers are slow when their smoothed time exceeds this many times the best one, and so many seconds more.
_SLOW_FACTOR, _SLOW_MARGIN = 5.0, 0.5
_SMOOTHING = 0.1
_FORGETTING = 1.02
"""By how much the best time grows with each answer, so that one lucky answer does not count for ever."""
SECONDS_BETWEEN = {"access": 1.0}
"""Conditional access allows about one request a second, and throttles without `Retry-After`."""

Clock = Callable[[], float]


@dataclass(frozen=True)
class Load:
    """What one call asks for: how many requests, how many of them writes, and of which service."""

    service: str
    requests: int = 1
    writes: int = 0


def load_of(method: str, url: str) -> Load:
    """Return the load of a single request."""
    return Load(_service_of(urlsplit(url).path.split("/")[2:]), writes=int(method != "GET"))


def load_of_batch(requests: list[dict[str, object]]) -> Load:
    """Return the load of the inner requests of a batch."""
    services = {_service_of(str(request["url"]).split("?")[0].split("/")[1:]) for request in requests}
    writes = sum(request["method"] != "GET" for request in requests)
    return Load(services.pop() if len(services) == 1 else "intune", len(requests), writes)


def _service_of(segments: list[str]) -> str:
    if segments[:2] == ["identity", "conditionalAccess"]:
        return "access"
    first = segments[0] if segments else ""
    return "intune" if first in ("deviceManagement", "deviceAppManagement") else first


class Traffic:
    """The traffic between one app and one tenant. Thread-safe."""

    def __init__(self, limits: TrafficLimits, clock: Clock = time.monotonic) -> None:
        self._limits = limits
        self._clock = clock
        self._freed = threading.Condition()
        self._in_flight = 0
        self._at_once = float(min(FIRST_AT_ONCE, limits.most_at_once))
        self._shrunk_at = float("-inf")
        self._times: dict[bool, _AnswerTimes] = {}
        self._paced_until = float("inf") if limits.paced_from_start else float("-inf")
        self._requests = _Window(limits.requests, limits.seconds)
        self._writes = _Window(limits.writes, limits.seconds)
        self._pauses: dict[str, tuple[float, int]] = {}
        self._next_free: dict[str, float] = {}

    @property
    def at_once(self) -> int:
        """How many requests may be in flight now."""
        return max(1, int(self._at_once))

    @contextmanager
    def turn(self, load: Load, wait: Wait) -> Iterator[None]:
        """Wait for a turn, which lasts as long as the block. An exception of `wait` ends the waiting."""
        self._wait_out_pause(load, wait)
        self._space_out(load, wait)
        self._take(load, wait)
        began = self._clock()
        answered = False
        try:
            yield
            answered = True
        finally:
            self._end(load, began, answered=answered)

    def slow_down(self, load: Load, began: float, retry_after: float | None) -> None:
        """Note that Graph refused as too many a request that was sent at `began`.

        The others wait as long as it asked, up to `TrafficLimits.longest_pause`. Whoever calls waits by itself.
        """
        with self._freed:
            now = self._clock()
            self._paced_until = max(self._paced_until, now + SECONDS_PACED)
            self._shrink(began, fewest=1)
            if retry_after is not None and retry_after <= self._limits.longest_pause:
                until, _ = self._pauses.get(load.service, (now, 0))
                self._pauses[load.service] = (max(until, now + retry_after), threading.get_ident())

    def _wait_out_pause(self, load: Load, wait: Wait) -> None:
        with self._freed:
            until, caused_by = self._pauses.get(load.service, (float("-inf"), 0))
            seconds = until - self._clock()
        if seconds > 0 and caused_by != threading.get_ident():
            wait(seconds)

    def _space_out(self, load: Load, wait: Wait) -> None:
        """Keep a distance between two requests to a service that is known to allow few."""
        distance = SECONDS_BETWEEN.get(load.service)
        if distance is None:
            return
        with self._freed:
            now = self._clock()
            begins = max(now, self._next_free.get(load.service, now))
            self._next_free[load.service] = begins + distance
        if begins > now:
            wait(begins - now)

    def _take(self, load: Load, wait: Wait) -> None:
        while True:
            with self._freed:
                seconds = self._seconds_until_allowed(load)
                if seconds <= 0 and self._in_flight < self.at_once:
                    self._in_flight += 1
                    self._count(load)
                    return
                if seconds <= 0:
                    self._freed.wait(_CHECK)
            wait(max(0.0, seconds))

    def _seconds_until_allowed(self, load: Load) -> float:
        now = self._clock()
        if load.service != "intune" or now >= self._paced_until:
            return 0.0
        return max(self._writes.seconds_until(load.writes, now), self._requests.seconds_until(load.requests, now))

    def _count(self, load: Load) -> None:
        if load.service == "intune":
            now = self._clock()
            self._requests.add(load.requests, now)
            self._writes.add(load.writes, now)

    def _end(self, load: Load, began: float, *, answered: bool) -> None:
        with self._freed:
            self._in_flight -= 1
            self._freed.notify(2)  # one for the turn that ended, one should another be allowed now
            if not answered:
                return
            times = self._times.setdefault(load.requests > 1, _AnswerTimes())
            if times.add(self._clock() - began):
                self._shrink(began, fewest=FEWEST_WHEN_SLOW)
            else:
                self._at_once = min(self._limits.most_at_once, self._at_once + 1 / self._at_once)

    def _shrink(self, began: float, fewest: int) -> None:
        """Halve the number in flight. What was sent before the last time is an echo of that, and does not count."""
        if began >= self._shrunk_at:
            self._at_once = min(self._at_once, max(fewest, self._at_once / 2))
            self._shrunk_at = self._clock()


class _Window:
    """How many requests were sent in the last seconds."""

    def __init__(self, most: int, seconds: float) -> None:
        self._most = most
        self._seconds = seconds
        self._sent: deque[tuple[float, int]] = deque()
        self._total = 0

    def add(self, number: int, now: float) -> None:
        if number:
            self._sent.append((now, number))
            self._total += number
        self._forget(now)

    def seconds_until(self, number: int, now: float) -> float:
        """Return the seconds until so many more may be sent. More than fit at all are sent into an empty window."""
        self._forget(now)
        surplus = self._total + number - self._most if number else 0
        expires = now
        for sent_at, sent in self._sent:
            if surplus <= 0:
                break
            surplus -= sent
            expires = sent_at + self._seconds
        return expires - now

    def _forget(self, now: float) -> None:
        while self._sent and self._sent[0][0] <= now - self._seconds:
            self._total -= self._sent.popleft()[1]


class _AnswerTimes:
    """How long answers of one kind take: the best, and a smoothed recent one."""

    def __init__(self) -> None:
        self._best = self._recent = 0.0

    def add(self, seconds: float) -> bool:
        """Take in one time; returns whether answers have become slow."""
        self._best = min(seconds, self._best * _FORGETTING) if self._best else seconds
        self._recent += _SMOOTHING * (seconds - self._recent) if self._recent else seconds
        if self._recent <= self._best * _SLOW_FACTOR + _SLOW_MARGIN:
            return False
        self._recent = self._best
        return True


_shared: dict[tuple[str, str | None, TrafficLimits, str], Traffic] = {}
_shared_lock = threading.Lock()


def traffic_of(settings: GraphSettings, tenant_external_id: str) -> Traffic:
    """Return this process's traffic between this app and this tenant."""
    key = (settings.graph_url, settings.client_id, settings.traffic, tenant_external_id.lower())
    with _shared_lock:
        return _shared.setdefault(key, Traffic(settings.traffic))


def forget_traffic() -> None:
    """Start anew with every tenant, as a process that has just begun."""
    with _shared_lock:
        _shared.clear()
