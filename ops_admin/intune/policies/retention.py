"""Which runs the policies of a tenant hold, and what of them grows old (R48)."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select

from ops_admin.infra.database import db, delete_some
from ops_admin.intune.policies.models import DbPolicyExport, DbPolicyVersion, DbSelection
from ops_admin.intune.policies.selections import SELECTION
from ops_admin.runs.old_run_queries import list_active_inputs


def runs_of_versions(run_ids: Collection[int]) -> Collection[int]:
    """Return those of the runs that captured a version which is still there: where it came from is evidence."""
    held = select(DbPolicyVersion.operation_run_id).where(DbPolicyVersion.operation_run_id.in_(run_ids)).distinct()
    return [run_id for run_id in db.session.scalars(held) if run_id is not None]


def runs_of_exports(run_ids: Collection[int]) -> Collection[int]:
    """Return those of the runs whose file is still there: it is downloaded by the run's page."""
    held = select(DbPolicyExport.operation_run_id).where(
        DbPolicyExport.operation_run_id.in_(run_ids), DbPolicyExport.removed_at.is_(None)
    )
    return db.session.scalars(held).all()


def count_old_selections(before: datetime) -> int:
    """Return how many selections nobody has used since that moment."""
    return db.session.scalar(select(func.count()).where(DbSelection.created_at < before)) or 0


def remove_old_selections(before: datetime, limit: int) -> int:
    """Delete at most `limit` of them, and none that an active run is still to read; returns how many.

    An ended run that used one of them can then not be started again: whoever tries is asked to choose again.
    """
    awaited = {inputs[SELECTION] for inputs in list_active_inputs() if SELECTION in inputs}
    return delete_some(DbSelection.key, (DbSelection.created_at < before) & DbSelection.key.not_in(awaited), limit)


def count_old_exports(before: datetime) -> int:
    """Return how many exports lost their file before that moment."""
    return db.session.scalar(select(func.count()).where(DbPolicyExport.removed_at < before)) or 0


def remove_old_exports(before: datetime, limit: int) -> int:
    """Delete the rows of at most `limit` of them; returns how many."""
    return delete_some(DbPolicyExport.id, DbPolicyExport.removed_at < before, limit)
