"""Not being throttled in the first place where Graph's limit is known and low."""

import time
from urllib.parse import urlsplit

from ops_admin.graph.retries import Wait

_SECONDS_BETWEEN = {"/identity/conditionalAccess/": 1.0}
"""Conditional access serves about one request a second and refuses without `Retry-After` (GRAPH.md)."""


class Pacer:
    """Keeps the known distance between two requests to the same slow service; the wait hears a cancel."""

    def __init__(self, wait: Wait) -> None:
        self._wait = wait
        self._last: dict[str, float] = {}

    def before(self, url: str) -> None:
        """Wait until a request to `url` is due."""
        path = urlsplit(url).path
        for part, distance in _SECONDS_BETWEEN.items():
            if part in path:
                remaining = self._last.get(part, float("-inf")) + distance - time.monotonic()
                if remaining > 0:
                    self._wait(remaining)
                self._last[part] = time.monotonic()
