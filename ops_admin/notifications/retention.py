"""Notifications that were read long ago (R48); those of pruned runs go with their runs."""

from datetime import datetime

from sqlalchemy import func, select

from ops_admin.infra.database import db, delete_some
from ops_admin.notifications.models import DbNotification


def count_old_read(before: datetime) -> int:
    """Return how many notifications were read before that moment."""
    return db.session.scalar(select(func.count()).where(DbNotification.read_at < before)) or 0


def remove_old_read(before: datetime, limit: int) -> int:
    """Delete at most `limit` of them; returns how many."""
    return delete_some(DbNotification.id, DbNotification.read_at < before, limit)
