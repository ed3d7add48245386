"""Whether scheduled work gets done: marks that go all the way from the clock over the queue to a worker."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from ops_admin.health.models import DbScheduleMark
from ops_admin.infra.database import db, utcnow

LATE_AFTER = timedelta(minutes=5)
_TICK = "tick"
_HOUSEKEEPING = "housekeeping"


@dataclass(frozen=True)
class LastCheck:
    """When housekeeping last looked at all workspaces; `at` is None before the first time."""

    at: datetime | None
    is_overdue: bool


def tick() -> None:
    """Every minute note that scheduled work is done."""
    _mark(_TICK)


def last_tick() -> datetime | None:
    """Return when scheduled work was done last, or None."""
    return _last(_TICK)


def note_housekeeping() -> None:
    """Note that housekeeping has looked at all workspaces, also where it found nothing to repair (R48)."""
    _mark(_HOUSEKEEPING)


def last_housekeeping() -> LastCheck:
    """Return when housekeeping last looked, and whether that is longer ago than it should be."""
    at = _last(_HOUSEKEEPING)
    return LastCheck(at, is_overdue=at is not None and utcnow() - at > LATE_AFTER)


def _mark(name: str) -> None:
    with db.transaction() as session:
        session.merge(DbScheduleMark(name=name, at=utcnow()))


def _last(name: str) -> datetime | None:
    return db.session.scalar(select(DbScheduleMark.at).where(DbScheduleMark.name == name))
