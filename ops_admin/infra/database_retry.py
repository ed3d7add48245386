"""Retries writes while the database is briefly unreachable.

For workers, which have work to lose; a page answers at once. Retrying ends after a time limit, when housekeeping would
treat the silent run as lost anyway, or when the process ends.
"""

import threading
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from tenacity import (
    Retrying,
    retry_if_exception_type,
    sleep_using_event,
    stop_after_delay,
    stop_when_event_set,
    wait_random_exponential,
)

from ops_admin.infra.database import db

# Less than the time after which housekeeping treats a silent run as lost.
SECONDS_TO_WAIT_FOR_THE_DATABASE = 90
LONGEST_PAUSE = 5
DATABASE_AWAY = (OperationalError, InterfaceError, PoolTimeoutError)

given_up = threading.Event()
"""Set when this process is about to end and must not wait any longer."""

Answer = TypeVar("Answer")


def with_retry(write: Callable[[], Answer]) -> Answer:
    """Run a guarded write, retrying while the database is unreachable. Raises the last error after the time limit."""
    try:
        return write()
    except DATABASE_AWAY:
        db.session.rollback()
    retrying = Retrying(
        retry=retry_if_exception_type(DATABASE_AWAY),
        wait=wait_random_exponential(multiplier=0.2, max=LONGEST_PAUSE),
        stop=stop_after_delay(SECONDS_TO_WAIT_FOR_THE_DATABASE) | stop_when_event_set(given_up),
        sleep=sleep_using_event(given_up),
        before_sleep=lambda _: db.session.rollback(),
        reraise=True,
    )
    return retrying(write)
