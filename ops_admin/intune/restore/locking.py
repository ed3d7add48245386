"""A restore and its run are locked in one order, the run first: whoever ends a run changes its restore after it."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ops_admin.intune.restore.models import DbRestoreRun
from ops_admin.runs import service

_COLUMNS = (
    DbRestoreRun.id,
    DbRestoreRun.tenant_id,
    DbRestoreRun.source_tenant_id,
    DbRestoreRun.backup_set_id,
    DbRestoreRun.status,
    DbRestoreRun.revision,
    DbRestoreRun.previewed_revision,
    DbRestoreRun.operation_run_id,
    DbRestoreRun.preview_run_id,
)


def lock_restore(session: Session, restore_id: int) -> Any:
    """Return the restore as it stays until the transaction ends, or None; its run stays as it is, too.

    A restore that got another run between the two questions is let go and asked for again.
    """
    while True:
        with session.begin_nested() as attempt:
            known = select(DbRestoreRun.operation_run_id).where(DbRestoreRun.id == restore_id)
            run_id = session.execute(known).scalar_one_or_none()
            if run_id is not None:
                service.hold(run_id)
            query = select(*_COLUMNS).where(DbRestoreRun.id == restore_id).with_for_update()
            row = session.execute(query).one_or_none()
            if row is None or row.operation_run_id in (None, run_id):
                return row
            attempt.rollback()
