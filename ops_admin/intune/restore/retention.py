"""Which runs restores keep from being pruned (R43, R48)."""

from collections.abc import Collection

from sqlalchemy import select, union_all

from ops_admin.infra.database import db
from ops_admin.intune.restore.models import DbRestoreRun


def runs_of_restores(run_ids: Collection[int]) -> Collection[int]:
    """Return those of the runs that previewed or executed a restore: they show what was written into a tenant."""
    both = (DbRestoreRun.operation_run_id, DbRestoreRun.preview_run_id)
    held = union_all(*(select(column).where(column.in_(run_ids)) for column in both))
    return [run_id for run_id in db.session.scalars(held) if run_id is not None]
