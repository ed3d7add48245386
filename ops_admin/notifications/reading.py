"""Marks notifications read."""

from sqlalchemy import Update, update

from ops_admin.infra.database import db, utcnow
from ops_admin.notifications.models import DbNotification


def mark_read(user_id: int, notification_id: int) -> None:
    """Mark one of the user's notifications as read. The first time counts."""
    with db.transaction() as session:
        session.execute(_marking(user_id).where(DbNotification.id == notification_id))


def mark_all_read(user_id: int) -> None:
    """Mark all of the user's notifications as read."""
    with db.transaction() as session:
        session.execute(_marking(user_id))


def _marking(user_id: int) -> Update:
    unread = (DbNotification.user_id == user_id, DbNotification.read_at.is_(None))
    return update(DbNotification).where(*unread).values(read_at=utcnow())
