"""What every change of a restore's selection or groups entails: it is a draft again, and has to be previewed (R43)."""

from sqlalchemy import update
from sqlalchemy.orm import Session

from ops_admin.infra.database import utcnow
from ops_admin.intune.restore.locking import lock_restore
from ops_admin.intune.restore.models import DbRestoreRun
from ops_admin.intune.restore.states import EDITABLE, RestoreStatus


class NotEditable(Exception):
    """The restore is being executed or was: what it did must stay readable."""


def revise(session: Session, restore_id: int) -> None:
    """Begin a change of what was previewed, inside the transaction that makes the change; raises NotEditable.

    The run that waits for the execution goes on waiting: nobody decided against the restore.
    """
    row = lock_restore(session, restore_id)
    if row is None or row.status not in EDITABLE:
        raise NotEditable
    values = {"status": RestoreStatus.DRAFT, "revision": row.revision + 1, "updated_at": utcnow()}
    session.execute(update(DbRestoreRun).where(DbRestoreRun.id == restore_id).values(values))
