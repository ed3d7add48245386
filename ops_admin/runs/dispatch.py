"""Starts operations (R10 to R14): guard, identity, run and message in one transaction, and the answer."""

import logging
from collections.abc import Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from typing import Literal

from flask_babel import gettext
from sqlalchemy.orm import Session

from ops_admin.access.queries import get_tenant
from ops_admin.access.rights import Rights, rights_of
from ops_admin.infra.database import db, transaction, utcnow
from ops_admin.infra.database_faults import Trouble, trouble_of
from ops_admin.infra.database_retry import DATABASE_AWAY
from ops_admin.runs import authorization, codes, queries, service
from ops_admin.runs.catalog import Admit, Inputs, InvalidInputs, OperationType, catalog
from ops_admin.runs.history import HistoryEvent
from ops_admin.runs.identity import identity_hash
from ops_admin.runs.ledger import AWAITS_DECISION, Actor, Failure, NewRun, Run
from ops_admin.runs.states import Outcome, Status
from ops_admin.runs.tasks import enqueue, message_of
from ops_admin.telemetry import tracing
from ops_admin.telemetry.origin import origin

WRONG_SCOPE = {
    "tenant": lambda: gettext("This operation is started for a tenant, and no tenant is named."),
    "workspace": lambda: gettext("This operation is started for a workspace, and not for a tenant."),
}

Answer = Literal["created", "active", "recent", "failed"]
"""Created by this start; already active; succeeded recently (R22); could not be queued."""

# A prepared run can end between being found and being taken. Then there is another one, or none.
_ADMIT_TRIES = 10

logger = logging.getLogger(__name__)


class _Overtaken(Exception):
    """The prepared run that was found has ended before it could be taken."""


@dataclass(frozen=True)
class Started:
    """The answer to a start: the new run, or the existing one that stands for it."""

    run: Run
    answer: Answer

    @property
    def created(self) -> bool:
        """Whether this start created the run."""
        return self.answer in ("created", "failed")


def start(
    type_key: str,
    *,
    actor: Actor,
    tenant_id: int | None = None,
    workspace_id: int | None = None,
    inputs: Mapping[str, object] | None = None,
    context: Mapping[str, object] | None = None,
) -> Started:
    """Start an operation for a tenant, or for a workspace if `tenant_id` is None.

    Raises UnknownOperation, InvalidInputs (also for the wrong scope), and what the guards raise (NotVisible,
    NotAllowed). Answers in the time of two statements, whatever the workers are doing (R10).
    """
    operation = catalog.get(type_key)
    workspace_id, rights = _check_permission(operation, actor, tenant_id, workspace_id)
    with tracing.span(f"start {type_key}", "producer"):
        parsed = operation.parse_inputs(inputs or {})
        if rights is not None:
            authorization.require_further(rights, operation, parsed)
        return _write(operation, _new_run(operation, actor, workspace_id, tenant_id, parsed, context), actor)


def prepare(
    type_key: str,
    *,
    actor: Actor,
    tenant_id: int,
    inputs: Mapping[str, object] | None = None,
    context: Mapping[str, object] | None = None,
) -> Run:
    """Insert a run that waits for a decision (R43): queued, but without a message until `start` finds it.

    No guard is needed, since nothing is promised or queued yet. Joins an open transaction.
    """
    operation = catalog.get(type_key)
    if operation.admit is None:
        raise ValueError(f"{type_key} mirrors no record: nobody would ever start what is prepared")
    marked = {**(context or {}), AWAITS_DECISION: True}
    parsed = operation.parse_inputs(inputs or {})
    new = _new_run(operation, actor, get_tenant(tenant_id).workspace_id, tenant_id, parsed, marked)
    return service.create(new)[0]


def _new_run(
    operation: OperationType,
    actor: Actor,
    workspace_id: int,
    tenant_id: int | None,
    inputs: Inputs,
    context: Mapping[str, object] | None,
) -> NewRun:
    scope = f"tenant:{tenant_id}" if tenant_id is not None else f"workspace:{workspace_id}"
    return NewRun(
        workspace_id=workspace_id,
        tenant_id=tenant_id,
        user_id=actor.user_id,
        initiator_name=actor.name,
        type=operation.key,
        run_identity_hash=identity_hash(
            operation.key, scope, {key: inputs.get(key) for key in operation.identity_inputs}
        ),
        context={**origin(), **(context or {}), "inputs": inputs},
    )


def _check_permission(
    operation: OperationType, actor: Actor, tenant_id: int | None, workspace_id: int | None
) -> tuple[int, Rights | None]:
    """Check the guard that every entry point uses (R37).

    Returns the run's workspace and the actor's rights, which are None for System.
    """
    if (operation.scope == "tenant") != (tenant_id is not None):
        # A run of an earlier system may have had another scope. Starting it again is refused; that is no fault (R9).
        raise InvalidInputs({"scope": WRONG_SCOPE[operation.scope]()})
    rights = rights_of(actor.user_id) if actor.user_id is not None else None
    if tenant_id is not None:
        # If the rights do not cover the tenant, the guard below answers that it does not exist.
        known = rights.tenant_workspace.get(tenant_id, 0) if rights is not None else None
        workspace_id = known if known is not None else get_tenant(tenant_id).workspace_id
    if workspace_id is None:
        raise ValueError(f"{operation.key} needs a workspace")
    if rights is not None:
        authorization.require(rights, operation.capability, tenant_id, workspace_id)
    return workspace_id, rights


def _write(operation: OperationType, new: NewRun, actor: Actor) -> Started:
    recent = _recent_success(operation, new)
    if recent is not None:
        return Started(recent, "recent")
    if operation.admit is None:
        return _create(new)
    with transaction() as session:
        for _ in range(_ADMIT_TRIES):
            # A refused start leaves nothing behind, even if the caller continues with the transaction.
            with suppress(_Overtaken), db.savepoint():
                run, is_admitted = _admit(operation.admit, new, actor)
                return _enqueue(session, run) if is_admitted else Started(run, "active")
        raise service.RunContended(new.type)


def _admit(admit: Admit, new: NewRun, actor: Actor) -> tuple[Run, bool]:
    """Create the run of a record, or take over the prepared one. The flag says whether it must be queued."""
    run, created = service.create(new)
    if not admit(replace(run, user_id=new.user_id, initiator_name=actor.name)):
        return run, False
    taken = run if created else service.reassign(run.id, actor)
    if taken is None:
        raise _Overtaken
    return taken, True


def _create(new: NewRun) -> Started:
    """Insert the run together with its message (R11). If the queue refuses the message, the run ends at once (R12)."""
    try:
        with db.savepoint() if db.in_transaction() else nullcontext():
            run, created = service.create(new, [message_of(new.type)])
        return Started(run, "created" if created else "active")
    except service.RunContended:
        raise
    except Exception as error:
        if isinstance(error, DATABASE_AWAY) and trouble_of(error) is not Trouble.UNUSABLE:
            raise
        logger.exception("a run of type %s could not be handed to the queue", new.type)
    with transaction():
        run, created = service.create(new)
        return _end_unqueued(run) if created else Started(run, "active")


def _recent_success(operation: OperationType, new: NewRun) -> Run | None:
    """Return the run that still stands in for this start (R22), or None."""
    if operation.cooldown is None:
        return None
    since = utcnow() - operation.cooldown
    recent = queries.recent_success(new.run_identity_hash, new.tenant_id, new.workspace_id, since)
    return None if recent is None or operation.is_stale(recent) else recent


def _enqueue(session: Session, run: Run) -> Started:
    """Write the message in the run's transaction (R11). If the queue refuses it, the run ends at once (R12)."""
    try:
        with session.begin_nested():
            enqueue(run)
    except Exception:
        logger.exception("run %s could not be handed to the queue", run.id)
        return _end_unqueued(run)
    return Started(run, "created")


def _end_unqueued(run: Run) -> Started:
    failed = service.finish(
        run.id,
        Outcome.FAILED,
        actor=Actor.starter_of(run),
        recorded=[Failure(codes.DISPATCH_FAILED)],
        event=HistoryEvent.finished(codes.DISPATCH_FAILED),
        expect=[Status.QUEUED],
    )
    return Started(failed or run, "failed")
