"""Whether scheduled work gets done: a mark that goes all the way from the clock over the queue to a worker."""

from datetime import datetime, timedelta

from sqlalchemy import select

from ops_admin.health.models import DbScheduleMark
from ops_admin.infra.database import db, utcnow

LATE_AFTER = timedelta(minutes=5)
_NAME = "tick"


def tick() -> None:
    """Every minute note that scheduled work is done."""
    with db.transaction() as session:
        session.merge(DbScheduleMark(name=_NAME, at=utcnow()))


def last_tick() -> datetime | None:
    """Return when scheduled work was done last, or None."""
    return db.session.scalar(select(DbScheduleMark.at).where(DbScheduleMark.name == _NAME))
