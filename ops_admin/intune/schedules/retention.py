"""Which runs the schedules hold, and what of their history grows old (R48)."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select

from ops_admin.infra.database import db, delete_some
from ops_admin.intune.schedules.models import DbSyncSchedule, DbSyncScheduleStart


def last_runs(run_ids: Collection[int]) -> Collection[int]:
    """Return those of the runs that are the last of a schedule: its page shows how they ended."""
    held = select(DbSyncSchedule.last_run_id).where(DbSyncSchedule.last_run_id.in_(run_ids))
    return [run_id for run_id in db.session.scalars(held) if run_id is not None]


def count_old_starts(before: datetime) -> int:
    """Return how many due times of before that moment are remembered."""
    return db.session.scalar(select(func.count()).where(DbSyncScheduleStart.at < before)) or 0


def remove_old_starts(before: datetime, limit: int) -> int:
    """Forget at most `limit` of them; returns how many."""
    return delete_some(DbSyncScheduleStart.id, DbSyncScheduleStart.at < before, limit)
