"""What an operator may do to a run (R44): cancel it or start it again. The usual guards and dedupe apply."""

from collections.abc import Mapping
from dataclasses import dataclass

from ops_admin.access.capabilities import Capability
from ops_admin.access.guards import NotAllowed, NotVisible
from ops_admin.access.queries import User
from ops_admin.access.rights import Rights
from ops_admin.infra.database import transaction
from ops_admin.runs import service
from ops_admin.runs.authorization import require, require_further
from ops_admin.runs.catalog import InvalidInputs, catalog
from ops_admin.runs.dispatch import Started, start
from ops_admin.runs.history import EventType, HistoryEvent
from ops_admin.runs.ledger import RETRY_OF, Actor, Run


class NothingToStop(Exception):
    """The run has ended, or a stop was requested before."""


class StillActive(Exception):
    """The run is still active, so it cannot be started again."""


@dataclass(frozen=True)
class Controls:
    """Which buttons to show on a run's page. Actions that would be refused are not offered (R36)."""

    may_stop: bool
    may_start_again: bool
    may_use_inputs: bool
    """Whether the reader has the rights that the inputs require on other tenants, which pages link to."""
    needs_another_to_stop: bool
    """Whether this is the reader's own run that only others may stop. The page then says who can."""


def controls_of(run: Run, rights: Rights) -> Controls:
    """Return what somebody with `rights` may do to `run` in its present state."""
    operation = catalog.find(run.type)
    fits = operation is not None and (operation.scope == "tenant") == (run.tenant_id is not None)
    is_stoppable = run.is_active and run.cancel_requested_at is None
    may_stop = may(rights, run, Capability.RUNS_CANCEL)
    return Controls(
        may_stop=is_stoppable and may_stop,
        may_start_again=run.is_terminal and fits and may_start(rights, run),
        may_use_inputs=may_use_inputs(rights, run),
        needs_another_to_stop=is_stoppable and not may_stop and run.user_id == rights.user_id,
    )


def may(rights: Rights, run: Run, capability: Capability) -> bool:
    """Whether somebody with `rights` has the capability on the run's tenant, or on its workspace if it has none."""
    if run.tenant_id is not None:
        return rights.may(capability, run.tenant_id)
    return rights.may_in_workspace(capability, run.workspace_id)


def may_start(rights: Rights, run: Run) -> bool:
    """Whether somebody with `rights` may start what `run` did, with the same inputs."""
    operation = catalog.find(run.type)
    return operation is not None and may(rights, run, operation.capability) and may_use_inputs(rights, run)


def may_use_inputs(rights: Rights, run: Run) -> bool:
    """Whether somebody with `rights` has those that the inputs of `run` require on other tenants."""
    operation = catalog.find(run.type)
    if operation is None:
        return True
    try:
        require_further(rights, operation, run.inputs)
    except (NotVisible, NotAllowed, InvalidInputs):
        return False
    return True


def stop(run: Run, user: User, rights: Rights, *, with_others: bool = False) -> Run:
    """Request a stop. A queued run ends at once, a running one at its next checkpoint.

    `with_others` marks a stop that is part of a bulk request. Raises NotVisible or NotAllowed if a guard refuses,
    NothingToStop if the run has ended or a stop was requested before.
    """
    require(rights, Capability.RUNS_CANCEL, run.tenant_id, run.workspace_id)
    asked = service.request_cancel(run.id, Actor.user(user), with_others=with_others)
    if asked is None:
        raise NothingToStop(run.id)
    return asked


def start_again(run: Run, user: User, context: Mapping[str, object] | None = None) -> Started:
    """Start an ended run again with the same inputs, subject to the usual guard, dedupe and cooldown.

    `context` is added to that of the new run. The histories of both runs name the actor. Raises StillActive, and
    whatever `dispatch.start` raises.
    """
    if run.is_active:
        raise StillActive(run.id)
    actor = Actor.user(user)
    with transaction():
        started = start(
            run.type,
            actor=actor,
            tenant_id=run.tenant_id,
            workspace_id=run.workspace_id,
            inputs=run.inputs,
            context={RETRY_OF: run.id, **(context or {})},
        )
        if started.created:
            service.annotate(run.id, actor, HistoryEvent.naming(EventType.STARTED_AGAIN, started.run.id))
            service.annotate(started.run.id, actor, HistoryEvent.naming(EventType.RETRY_OF, run.id))
    return started
