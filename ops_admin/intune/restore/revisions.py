"""What every change to a restore's selection or mapping entails: a draft that must be previewed again (R43)."""

from sqlalchemy import update
from sqlalchemy.orm import Session

from ops_admin.infra.database import utcnow
from ops_admin.intune.restore.locking import lock_restore
from ops_admin.intune.restore.models import DbRestoreRun
from ops_admin.intune.restore.states import EDITABLE, RestoreStatus


class NotEditable(Exception):
    """The restore is executing or was executed: what it did must stay readable."""


def revise(session: Session, restore_id: int) -> None:
    """Start changing what was previewed, inside the transaction that makes the change. Raises NotEditable.

    The run that waits for the execution keeps waiting, since nobody decided against the restore.
    """
    row = lock_restore(session, restore_id)
    if row is None or row.status not in EDITABLE:
        raise NotEditable
    values = {"status": RestoreStatus.DRAFT, "revision": row.revision + 1, "updated_at": utcnow()}
    session.execute(update(DbRestoreRun).where(DbRestoreRun.id == restore_id).values(values))
