"""Spaces out requests to services with a known, low rate limit."""

import time
from urllib.parse import urlsplit

from ops_admin.graph.retries import Wait

_SECONDS_BETWEEN = {"/identity/conditionalAccess/": 1.0}
"""Conditional access allows about one request a second, and throttles without `Retry-After`."""


class Pacer:
    """Keeps a minimum time between requests to the same slow service."""

    def __init__(self, wait: Wait) -> None:
        self._wait = wait
        self._last: dict[str, float] = {}

    def before(self, url: str) -> None:
        """Wait until a request to `url` may be sent."""
        path = urlsplit(url).path
        for part, distance in _SECONDS_BETWEEN.items():
            if part in path:
                remaining = self._last.get(part, float("-inf")) + distance - time.monotonic()
                if remaining > 0:
                    self._wait(remaining)
                self._last[part] = time.monotonic()
