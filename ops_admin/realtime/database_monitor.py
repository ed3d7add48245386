"""Whether this process reaches its database; if not, pages must be told, or they would call themselves live (R27)."""

import logging
import threading
import weakref
from concurrent.futures import Future, ThreadPoolExecutor, wait

from flask import Flask
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from ops_admin.infra.database import reachable
from ops_admin.infra.outages import Outage

log = logging.getLogger(__name__)

# A database that does not answer at all, not even to refuse, counts as away.
_SECONDS_TO_ANSWER = 5


class DatabaseMonitor:
    """Checks whether the database answers, one query at a time, so that nothing piles up behind a frozen server."""

    def __init__(self, app: Flask) -> None:
        # Weak, because a thread of the process must not keep an application and its database open.
        self._app = weakref.ref(app)
        self._asker = ThreadPoolExecutor(1, thread_name_prefix="database-monitor")
        self._question: Future[bool] | None = None
        self._looking = threading.Lock()
        self._outage = Outage(
            log,
            "the database cannot be reached (%s): browsers are told so until it can",
            "the database can be reached again",
        )

    @property
    def is_away(self) -> bool:
        """Whether the database failed to answer the last check."""
        return self._outage.is_on

    def look(self) -> bool:
        """Check once, for at most five seconds; returns whether the state differs from before."""
        with self._looking:
            fault = self._find_fault()
            return self._outage.end() if fault is None else self._outage.begin(fault)

    def _find_fault(self) -> str | None:
        if self._question is None:
            self._question = self._asker.submit(self._ask)
        if not wait([self._question], timeout=_SECONDS_TO_ANSWER).done:
            return f"no answer within {_SECONDS_TO_ANSWER} s"
        question, self._question = self._question, None
        try:
            return None if question.result() else "a wrong answer"
        except PoolTimeoutError as error:
            # All connections are in use, which says nothing about the database: leave things as they are.
            return type(error).__name__ if self.is_away else None
        except (OperationalError, InterfaceError) as error:
            return type(error).__name__

    def _ask(self) -> bool:
        app = self._app()
        if app is None:
            return True
        with app.app_context():
            return reachable()
