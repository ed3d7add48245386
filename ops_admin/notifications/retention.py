"""Deletes notifications that were read long ago (R48). Those of pruned runs are deleted with their runs."""

from datetime import datetime

from sqlalchemy import func, select

from ops_admin.infra.database import db, delete_some
from ops_admin.notifications.models import DbNotification


def count_old_read(before: datetime) -> int:
    """Return how many notifications were read before `before`."""
    return db.session.scalar(select(func.count()).where(DbNotification.read_at < before)) or 0


def remove_old_read(before: datetime, limit: int) -> int:
    """Delete at most `limit` of them, and return how many."""
    return delete_some(DbNotification.id, DbNotification.read_at < before, limit)
