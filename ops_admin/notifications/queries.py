"""Reads of the inbox, always of a single user's own rows."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, literal, select

from ops_admin.infra.database import db
from ops_admin.notifications.models import DbNotification
from ops_admin.runs.urls import run_url
from ops_admin.web.keyset import Cursor, Page, read_newest

PAGE_SIZE = 25
MOST_UNREAD = 100


@dataclass(frozen=True)
class Notification:
    """What a user is told about the end of a run (R28)."""

    id: int
    user_id: int
    operation_run_id: int
    title: str
    body: str
    level: str
    created_at: datetime
    read_at: datetime | None

    @property
    def url(self) -> str:
        """The target of *View run*. That page has its own guard."""
        return run_url(self.operation_run_id)


def notification_of(row: DbNotification | Row[Any]) -> Notification:
    """Convert a row to a plain value."""
    return Notification(
        id=row.id,
        user_id=row.user_id,
        operation_run_id=row.operation_run_id,
        title=row.title,
        body=row.body,
        level=row.level,
        created_at=row.created_at,
        read_at=row.read_at,
    )


def inbox(user_id: int, cursor: Cursor | None = None, size: int = PAGE_SIZE) -> Page[Notification]:
    """Return one page of a user's notifications, newest first."""
    query = select(*DbNotification.__table__.c).where(DbNotification.user_id == user_id)
    return read_newest(query, DbNotification.id, cursor, notification_of, size)


def unread_count(user_id: int) -> int:
    """Return how many notifications the user has not read, counted up to 100 (R35)."""
    return db.session.scalar(unread_query(literal(user_id))) or 0


def unread_query(user_id: ColumnElement[int]) -> Select[int]:
    """Return the query behind `unread_count`, for a user id given as an expression."""
    mine = (DbNotification.user_id == user_id, DbNotification.read_at.is_(None))
    rows = select(DbNotification.id).where(*mine).limit(MOST_UNREAD)
    return select(func.count()).select_from(rows.subquery())


def find_own(user_id: int, notification_id: int) -> Notification | None:
    """Return the user's own notification with that id, or None."""
    query = select(DbNotification).where(DbNotification.id == notification_id, DbNotification.user_id == user_id)
    row = db.session.scalars(query).one_or_none()
    return notification_of(row) if row is not None else None
