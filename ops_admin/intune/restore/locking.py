"""Locks a restore and its run in a fixed order, run first, because ending a run updates its restore afterwards."""

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
    """Lock the restore and its run until the transaction ends. Returns the restore's row, or None.

    If the restore got another run between the two queries, the locks are released and taken again.
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
