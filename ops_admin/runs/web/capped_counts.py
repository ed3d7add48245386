"""The counts beside the list's filters. One that reached its cap is not counted again for a minute (R35).

Counting to a thousand is the most expensive part of a page on a long ledger. An ended run keeps its state and only
pruning removes it, so "1,000+" stays true; after pruning it may be shown a minute too long. Active runs come and go,
and are always counted.
"""

import time
from collections.abc import Callable, Hashable, Iterable
from dataclasses import replace
from threading import Lock

from flask import Flask, current_app

from ops_admin.runs import queries
from ops_admin.runs.filter_types import RunFilter, Scope
from ops_admin.runs.queries import COUNT_CAP, CappedCount
from ops_admin.runs.states import Display, Outcome

REMEMBERED_SECONDS = 60
_MOST_REMEMBERED = 1000
_CAPPED = CappedCount(COUNT_CAP, capped=True)
_EXTENSION = "ops_admin.capped_counts"


class CapMemory:
    """Which counts reached their cap within the last minute, by what was counted. `clock` returns seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until: dict[Hashable, float] = {}
        self._lock = Lock()

    def holds(self, counted: Hashable) -> bool:
        """Whether that count reached its cap within the last minute."""
        with self._lock:
            return self._until.get(counted, 0.0) > self._clock()

    def remember(self, counted: Iterable[Hashable]) -> None:
        """Remember that these counts reached their cap."""
        with self._lock:
            if len(self._until) >= _MOST_REMEMBERED:
                self._until.clear()
            self._until |= dict.fromkeys(counted, self._clock() + REMEMBERED_SECONDS)


def bind(app: Flask) -> None:
    """Give the application its memory of capped counts."""
    app.extensions[_EXTENSION] = CapMemory()


def count_runs(scope: Scope, wanted: RunFilter) -> CappedCount:
    """Return the number of matching runs, counted up to 1,000."""
    memory, counted = _memory(), (scope, wanted)
    if memory.holds(counted):
        return _CAPPED
    count = queries.count_runs(scope, wanted)
    if count.capped and not _is_active(wanted):
        memory.remember([counted])
    return count


def count_by_state(scope: Scope, wanted: RunFilter) -> dict[Display, CappedCount]:
    """Return the number of otherwise matching runs by state, each counted up to 1,000."""
    memory = _memory()
    of_state = {state: (scope, replace(wanted, display=state)) for state in Display}
    known = {state for state, counted in of_state.items() if memory.holds(counted)}
    found = queries.count_by_state(scope, wanted, [state for state in Display if state not in known])
    capped = {state for state, count in found.items() if count.capped}
    memory.remember(of_state[state] for state in capped if not _is_active(of_state[state][1]))
    return {state: found.get(state, _CAPPED) for state in Display}


def _is_active(wanted: RunFilter) -> bool:
    return wanted.outcome == Outcome.PENDING or bool({wanted.display, wanted.status} & queries.ACTIVE_STATES)


def _memory() -> CapMemory:
    memory: CapMemory = current_app.extensions[_EXTENSION]
    return memory
