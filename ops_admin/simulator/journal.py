"""The request log, for counting what a console really requested."""

from __future__ import annotations

import re
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

CAPACITY = 200_000


@dataclass(frozen=True)
class Entry:
    """One request. `at` is a UTC timestamp, `milliseconds` its duration, `inner` true inside a `$batch`.

    `error` is the message of a refusal, `body` the body of a write.
    """

    number: int
    at: str
    method: str
    path: str
    query: str
    tenant: str | None
    status: int
    milliseconds: float
    inner: bool
    error: str | None = None
    body: Any = None


class Journal:
    """The latest requests, in the order in which they were answered."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=CAPACITY)
        self._lock = threading.Lock()
        self._count = 0

    def add(self, **fields: Any) -> None:
        """Record a request under the next number."""
        with self._lock:
            self._count += 1
            self._entries.append(Entry(number=self._count, **fields))

    def clear(self) -> None:
        """Delete all entries. Numbering continues."""
        with self._lock:
            self._entries.clear()

    def find(self, *, bodies: bool = False, **wanted: str | None) -> list[dict[str, Any]]:
        """Return the entries with the given method, tenant and status, and a path that matches the pattern."""
        left_out = () if bodies else ("body",)
        return [_shown(entry, left_out) for entry in self._snapshot() if _matches(entry, wanted)]

    def _snapshot(self) -> Iterator[Entry]:
        with self._lock:
            return iter(list(self._entries))


def _shown(entry: Entry, left_out: tuple[str, ...]) -> dict[str, Any]:
    return {name: value for name, value in vars(entry).items() if name not in left_out}


def _matches(entry: Entry, wanted: dict[str, str | None]) -> bool:
    path = wanted.get("path")
    return (
        wanted.get("method") in (None, entry.method)
        and wanted.get("tenant") in (None, entry.tenant)
        and wanted.get("status") in (None, str(entry.status))
        and (path is None or re.search(path, entry.path) is not None)
    )
