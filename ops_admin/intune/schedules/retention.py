"""Runs that schedules keep from being pruned, and pruning of old starts (R48)."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select

from ops_admin.infra.database import db, delete_some
from ops_admin.intune.schedules.models import DbSyncSchedule, DbSyncScheduleStart


def last_runs(run_ids: Collection[int]) -> Collection[int]:
    """Return those of the runs that are the last run of a schedule, which its page shows."""
    held = select(DbSyncSchedule.last_run_id).where(DbSyncSchedule.last_run_id.in_(run_ids))
    return [run_id for run_id in db.session.scalars(held) if run_id is not None]


def count_old_starts(before: datetime) -> int:
    """Return how many starts are older than that time."""
    return db.session.scalar(select(func.count()).where(DbSyncScheduleStart.at < before)) or 0


def remove_old_starts(before: datetime, limit: int) -> int:
    """Delete at most `limit` of them; returns how many."""
    return delete_some(DbSyncScheduleStart.id, DbSyncScheduleStart.at < before, limit)
