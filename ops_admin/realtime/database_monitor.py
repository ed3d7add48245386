"""Whether this process reaches its database: pages that are not told so would call themselves live (R27)."""

import logging
import threading
import weakref
from concurrent.futures import Future, ThreadPoolExecutor, wait

from flask import Flask
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from ops_admin.infra.database import reachable

log = logging.getLogger(__name__)

# A database that answers nothing, not even a refusal, is as good as none.
_SECONDS_TO_ANSWER = 5


class DatabaseMonitor:
    """Looks whether the database answers, one question at a time: nothing piles up behind a server that is frozen."""

    def __init__(self, app: Flask) -> None:
        self.is_away = False
        # Weakly: the thread of a process must not keep an application and its database open.
        self._app = weakref.ref(app)
        self._asker = ThreadPoolExecutor(1, thread_name_prefix="database-monitor")
        self._question: Future[bool] | None = None
        self._looking = threading.Lock()

    def look(self) -> bool:
        """Look once, for at most five seconds; whether it is away is different from before."""
        with self._looking:
            was_away, self.is_away = self.is_away, not self._answers()
            if self.is_away == was_away:
                return False
        if self.is_away:
            log.error("the database cannot be reached: browsers are told so until it can")
        else:
            log.warning("the database can be reached again")
        return True

    def _answers(self) -> bool:
        if self._question is None:
            self._question = self._asker.submit(self._ask)
        if not wait([self._question], timeout=_SECONDS_TO_ANSWER).done:
            return False
        question, self._question = self._question, None
        try:
            return question.result()
        except PoolTimeoutError:
            return not self.is_away  # all connections are in use: that says nothing of the database
        except (OperationalError, InterfaceError):
            return False

    def _ask(self) -> bool:
        app = self._app()
        if app is None:
            return True
        with app.app_context():
            return reachable()
