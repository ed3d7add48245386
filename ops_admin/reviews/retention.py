"""Which runs review packs keep from being pruned, and which packs are old enough to be pruned (R46, R48)."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, func, select

from ops_admin.infra.database import db, delete_some
from ops_admin.reviews.models import DbReviewPack
from ops_admin.reviews.states import PackStatus


def runs_of_packs(run_ids: Collection[int]) -> Collection[int]:
    """Return those of the runs whose pack is being made or may still be downloaded."""
    held = select(DbReviewPack.operation_run_id).where(
        DbReviewPack.operation_run_id.in_(run_ids), DbReviewPack.status.not_in((PackStatus.EXPIRED, PackStatus.FAILED))
    )
    return db.session.scalars(held).all()


def count_old_packs(before: datetime) -> int:
    """Return how many packs expired before that time."""
    return db.session.scalar(select(func.count()).where(_over(before))) or 0


def remove_old_packs(before: datetime, limit: int) -> int:
    """Delete the rows of at most `limit` of them, whose files are gone already; returns how many were deleted."""
    return delete_some(DbReviewPack.id, _over(before), limit)


def _over(before: datetime) -> ColumnElement[bool]:
    expired = (DbReviewPack.status == PackStatus.EXPIRED) & (DbReviewPack.expires_at < before)
    return expired & DbReviewPack.file_path.is_(None)
