"""Pruning of sign-ins that ended long ago: nobody can use them, and nothing refers to them (R48)."""

from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select

from ops_admin.access.lifetimes import SIGN_IN_LIFETIME
from ops_admin.access.models import DbSignIn
from ops_admin.infra.database import db, delete_some


def count_old_sign_ins(before: datetime) -> int:
    """Return how many sign-ins ended or expired before that time."""
    return db.session.scalar(select(func.count()).select_from(DbSignIn).where(_over(before))) or 0


def remove_old_sign_ins(before: datetime, limit: int) -> int:
    """Delete at most `limit` of them; returns how many were deleted."""
    return delete_some(DbSignIn.id, _over(before), limit)


def _over(before: datetime) -> ColumnElement[bool]:
    return or_(DbSignIn.ended_at < before, DbSignIn.created_at < before - SIGN_IN_LIFETIME)
