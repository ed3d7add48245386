"""Keeps a restore and its adapter run consistent (R43, R23): each changes in the same transaction as the other."""

from collections.abc import Iterator
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import update
from sqlalchemy.orm import Session

from ops_admin.access.capabilities import Capability
from ops_admin.infra.database import transaction, utcnow
from ops_admin.intune.restore import queries
from ops_admin.intune.restore.holds import BackupSetGone, keep_set, set_is_gone
from ops_admin.intune.restore.inputs import RESTORE_ID, restore_id_of
from ops_admin.intune.restore.locking import lock_restore
from ops_admin.intune.restore.models import DbRestoreRun
from ops_admin.intune.restore.secrets import wipe_typed
from ops_admin.intune.restore.states import ACTIVE, EDITABLE, EXECUTABLE, RestoreStatus
from ops_admin.runs import dispatch, service
from ops_admin.runs.catalog import Inputs, InvalidInputs, Mirrored
from ops_admin.runs.events import RunEvent
from ops_admin.runs.ledger import Actor, Run
from ops_admin.runs.states import Outcome, Status

PREVIEW = "restore.preview"
EXECUTE = "restore.execute"

_ENDS = {
    Outcome.SUCCEEDED: RestoreStatus.COMPLETED,
    Outcome.PARTIALLY_SUCCEEDED: RestoreStatus.PARTIAL,
    Outcome.FAILED: RestoreStatus.FAILED,
    Outcome.CANCELLED: RestoreStatus.CANCELLED,
}


def reads_source(inputs: Inputs) -> Iterator[tuple[Capability, int]]:
    """Require the right to read the backup's tenant (R68).

    Wherever it is started from, a preview or an execution shows the backup to everyone who may read the target.
    """
    restore = queries.find_restore(restore_id_of(inputs))
    if restore is not None:
        yield Capability.BACKUPS_VIEW, restore.source_tenant_id


def admit_preview(run: Run) -> bool:
    """Allow a preview to start, invalidating earlier results. False if it was admitted before. Raises InvalidInputs."""
    with transaction() as session:
        row = _lock(session, run)
        if row.preview_run_id == run.id:
            return False
        if row.status not in EDITABLE:
            raise InvalidInputs({RESTORE_ID: _not_editable(row)})
        if not queries.count_items_of([row.id]):
            raise InvalidInputs({RESTORE_ID: _("Choose at least one policy first.")})
        _keep_set(session, row.backup_set_id)
        _change(session, row.id, status=RestoreStatus.DRAFT, preview_run_id=run.id, previewed_revision=None)
        _update_context(run, row.id)
    return True


def complete_preview(restore_id: int, revision: int, preview_run_id: int, actor: Actor) -> bool:
    """Record that all items were compared. The first time, create the run that mirrors the restore from now on.

    False if the restore was changed meanwhile or belongs to a newer preview.
    """
    with transaction() as session:
        # Together with its run, if any: cancelling that ends the restore as well, and takes both locks in the same
        # order.
        row = lock_restore(session, restore_id)
        if row is None or (row.status, row.revision, row.preview_run_id) != (
            RestoreStatus.DRAFT,
            revision,
            preview_run_id,
        ):
            return False
        inputs = {RESTORE_ID: restore_id}
        run = dispatch.prepare(EXECUTE, actor=actor, tenant_id=row.tenant_id, inputs=inputs, context=inputs)
        values = {"status": RestoreStatus.PREVIEWED, "previewed_revision": revision, "previewed_at": utcnow()}
        _change(session, restore_id, operation_run_id=run.id, **values)
    return True


def admit_execution(run: Run) -> bool:
    """Queue a restore, or continue one that ended early. Of two simultaneous starts one wins. Raises InvalidInputs."""
    with transaction() as session:
        row = _lock(session, run)
        if row.status in ACTIVE and row.operation_run_id == run.id:
            return False
        if row.status not in EXECUTABLE or row.previewed_revision != row.revision:
            raise InvalidInputs({RESTORE_ID: _not_executable(row)})
        _keep_set(session, row.backup_set_id)
        undecided = queries.count_undecided(row.id)
        if undecided:
            raise InvalidInputs(
                {"groups": _("Map or skip every group first: %(number)s are undecided.", number=undecided)}
            )
        _change(session, row.id, status=RestoreStatus.QUEUED, operation_run_id=run.id, completed_at=None)
        _update_context(run, row.id)
    return True


def follow_run(event: RunEvent) -> None:
    """Update a restore along with its run, inside the transaction of the run's change."""
    run = event.run
    restore_id = run.context.get(RESTORE_ID) or run.inputs.get(RESTORE_ID)
    if not isinstance(restore_id, int):
        return
    if run.status == Status.RUNNING:
        values = {"status": RestoreStatus.RUNNING, "started_at": run.started_at, "updated_at": utcnow()}
        _follow(restore_id, run.id, (RestoreStatus.QUEUED,), values)
    elif run.status == Status.QUEUED:  # requeued by a worker that is stopping
        _follow(restore_id, run.id, (RestoreStatus.RUNNING,), {"status": RestoreStatus.QUEUED, "updated_at": utcnow()})
    elif run.status == Status.COMPLETED:
        end = _ENDS[Outcome(run.outcome)]
        values = {"status": end, "completed_at": run.completed_at, "updated_at": utcnow()}
        _follow(restore_id, run.id, (*EDITABLE, *ACTIVE), values)


def mirrored(run: Run) -> Mirrored:
    """Return the state of an adapter run's restore for housekeeping (R48). The restore is the truth."""
    restore_id = run.context.get(RESTORE_ID) or run.inputs.get(RESTORE_ID)
    restore = queries.find_restore(restore_id) if isinstance(restore_id, int) else None
    if restore is None or restore.operation_run_id != run.id:
        return Mirrored("missing")
    ends = {status: outcome for outcome, status in _ENDS.items()}
    if restore.status in ends:
        return Mirrored("ended", ends[RestoreStatus(restore.status)])
    return Mirrored("under_way" if restore.status in ACTIVE else "waiting")


def _follow(restore_id: int, run_id: int, expect: tuple[RestoreStatus, ...], values: dict[str, Any]) -> None:
    guarded = (
        DbRestoreRun.id == restore_id,
        DbRestoreRun.operation_run_id == run_id,
        DbRestoreRun.status.in_(expect),
    )
    with transaction() as session:
        changed = session.execute(update(DbRestoreRun).where(*guarded).values(values).returning(DbRestoreRun.id)).all()
        if changed and "completed_at" in values:
            wipe_typed(session, restore_id)


def _update_context(run: Run, restore_id: int) -> None:
    """Make the run name its restore (R43).

    Prepared runs do already; previews and continued executions do from here on.
    """
    if RESTORE_ID not in run.context:
        service.add_to_context(run.id, **{RESTORE_ID: restore_id})


def _lock(session: Session, run: Run) -> Any:
    """Lock and return the restore that a run names. A restore into another tenant counts as missing.

    Raises InvalidInputs.
    """
    row = lock_restore(session, restore_id_of(run.inputs))
    if row is None or row.tenant_id != run.tenant_id:
        raise InvalidInputs({RESTORE_ID: _("There is no such restore into this tenant.")})
    return row


def _keep_set(session: Session, backup_set_id: int) -> None:
    try:
        keep_set(session, backup_set_id)
    except BackupSetGone as error:
        raise InvalidInputs(set_is_gone()) from error


def _change(session: Session, restore_id: int, **values: Any) -> None:
    changed = {"updated_at": utcnow(), **values}
    session.execute(update(DbRestoreRun).where(DbRestoreRun.id == restore_id).values(changed))


def _not_editable(row: Any) -> str:
    if _is_discarded(row):
        return str(_("This restore was discarded. Make a new one from it."))
    return str(_("This restore was executed already. Make a new one from it."))


def _not_executable(row: Any) -> str:
    if row.status == RestoreStatus.COMPLETED:
        return str(_("This restore is complete."))
    if _is_discarded(row):
        return str(_("This restore was discarded. Make a new one from it."))
    return str(_("Preview this restore first."))


def _is_discarded(row: Any) -> bool:
    """Whether it was given up before anything was started, without a preview that still counts."""
    return bool(row.status == RestoreStatus.CANCELLED and row.previewed_revision != row.revision)
