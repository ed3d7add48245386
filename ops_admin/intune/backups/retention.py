"""Keeps the runs of backup sets from being pruned (R48)."""

from collections.abc import Collection

from sqlalchemy import select

from ops_admin.infra.database import db
from ops_admin.intune.backups.models import DbBackupSet


def runs_of_sets(run_ids: Collection[int]) -> Collection[int]:
    """Return those of the runs whose backup set still exists."""
    held = select(DbBackupSet.operation_run_id).where(DbBackupSet.operation_run_id.in_(run_ids))
    return db.session.scalars(held).all()
