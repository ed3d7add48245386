"""What every change of a restore's selection or groups entails: it is a draft again, without an adapter run (R43)."""

from sqlalchemy import update
from sqlalchemy.orm import Session

from ops_admin.infra.database import utcnow
from ops_admin.intune.restore.locking import lock_restore
from ops_admin.intune.restore.models import DbRestoreRun
from ops_admin.intune.restore.states import EDITABLE, RestoreStatus
from ops_admin.runs import service
from ops_admin.runs.history import EventType, HistoryEvent
from ops_admin.runs.ledger import Actor
from ops_admin.runs.states import Outcome, Status


class NotEditable(Exception):
    """The restore is being executed or was: what it did must stay readable."""


def revise(session: Session, restore_id: int, actor: Actor) -> None:
    """Begin a change of what was previewed, inside the transaction that makes the change; raises NotEditable."""
    row = lock_restore(session, restore_id)
    if row is None or row.status not in EDITABLE:
        raise NotEditable
    values = {"revision": row.revision + 1, "updated_at": utcnow()}
    session.execute(update(DbRestoreRun).where(DbRestoreRun.id == restore_id).values(values))
    withdraw(session, restore_id, row.operation_run_id, actor)


def withdraw(session: Session, restore_id: int, run_id: int | None, actor: Actor) -> None:
    """Make a restore a draft; the run that waited for its execution ends."""
    values = {"status": RestoreStatus.DRAFT, "operation_run_id": None}
    session.execute(update(DbRestoreRun).where(DbRestoreRun.id == restore_id).values(values))
    if run_id is not None:
        event = HistoryEvent(EventType.WITHDRAWN)
        service.finish(run_id, Outcome.CANCELLED, actor=actor, event=event, expect=[Status.QUEUED])
