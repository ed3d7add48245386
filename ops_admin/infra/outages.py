"""Logs an outage when it begins and when it ends, instead of every failing call in between."""

import logging
import threading


class Outage:
    """Whether something that this process needs is unreachable. Any thread may report what it saw.

    Each outage produces two log lines: `begun` (an error; its `%s` is the reason) and `over` (a warning).
    """

    def __init__(self, log: logging.Logger, begun: str, over: str) -> None:
        self._log = log
        self._begun = begun
        self._over = over
        self._is_on = False
        self._changing = threading.Lock()

    @property
    def is_on(self) -> bool:
        """Whether it was unreachable when last needed."""
        return self._is_on

    def begin(self, reason: object) -> bool:
        """Report that it is unreachable. Returns whether that is new."""
        with self._changing:
            is_news, self._is_on = not self._is_on, True
            # Logged under the lock: otherwise the lines of two threads could appear in the wrong order.
            if is_news:
                self._log.error(self._begun, reason)
        return is_news

    def end(self) -> bool:
        """Report that it is reachable. Returns whether that is new. Costs nothing while all is well."""
        if not self._is_on:
            return False
        with self._changing:
            is_news, self._is_on = self._is_on, False
            if is_news:
                self._log.warning(self._over)
        return is_news
