"""Runs that policy data keeps from being pruned, and pruning of old selections and exports (R48)."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select

from ops_admin.infra.database import db, delete_some
from ops_admin.intune.policies.models import DbPolicyExport, DbPolicyVersion, DbSelection
from ops_admin.intune.policies.selections import SELECTION
from ops_admin.runs.old_run_queries import list_active_inputs


def runs_of_versions(run_ids: Collection[int]) -> Collection[int]:
    """Return those of the runs that captured a version which still exists."""
    held = select(DbPolicyVersion.operation_run_id).where(DbPolicyVersion.operation_run_id.in_(run_ids)).distinct()
    return [run_id for run_id in db.session.scalars(held) if run_id is not None]


def runs_of_exports(run_ids: Collection[int]) -> Collection[int]:
    """Return those of the runs whose file still exists: it is downloaded from the run's page."""
    held = select(DbPolicyExport.operation_run_id).where(
        DbPolicyExport.operation_run_id.in_(run_ids), DbPolicyExport.removed_at.is_(None)
    )
    return db.session.scalars(held).all()


def count_old_selections(before: datetime) -> int:
    """Return how many selections were last chosen before that time."""
    return db.session.scalar(select(func.count()).where(DbSelection.created_at < before)) or 0


def remove_old_selections(before: datetime, limit: int) -> int:
    """Delete at most `limit` of them, except those that an active run needs; returns how many.

    An ended run with a deleted selection cannot be started again: the member is asked to choose again.
    """
    needed = {inputs[SELECTION] for inputs in list_active_inputs() if SELECTION in inputs}
    return delete_some(DbSelection.key, (DbSelection.created_at < before) & DbSelection.key.not_in(needed), limit)


def count_old_exports(before: datetime) -> int:
    """Return how many exports had their file removed before that time."""
    return db.session.scalar(select(func.count()).where(DbPolicyExport.removed_at < before)) or 0


def remove_old_exports(before: datetime, limit: int) -> int:
    """Delete the rows of at most `limit` of them; returns how many."""
    return delete_some(DbPolicyExport.id, DbPolicyExport.removed_at < before, limit)
