"""What an operator may do to a run (R44): ask it to stop, start it again. Guards and dedupe hold here, too."""

from collections.abc import Mapping
from dataclasses import dataclass

from ops_admin.access.capabilities import Capability
from ops_admin.access.queries import User
from ops_admin.access.rights import Rights
from ops_admin.infra.database import transaction
from ops_admin.runs import service
from ops_admin.runs.authorization import require
from ops_admin.runs.catalog import catalog
from ops_admin.runs.dispatch import Started, start
from ops_admin.runs.history import EventType, HistoryEvent
from ops_admin.runs.ledger import RETRY_OF, Actor, Run


class NothingToStop(Exception):
    """The run has ended, or was asked to stop before."""


class StillActive(Exception):
    """The run has not ended: there is nothing to start again."""


@dataclass(frozen=True)
class Controls:
    """Which buttons a reader gets on a run's page; what would be refused is not offered (R36)."""

    may_stop: bool
    may_start_again: bool
    needs_another_to_stop: bool
    """Whether it is the reader's own run, which only others may stop: the page says who."""


def controls_of(run: Run, rights: Rights) -> Controls:
    """Say what somebody with `rights` may do to `run` as it stands."""
    operation = catalog.find(run.type)
    fits = operation is not None and (operation.scope == "tenant") == (run.tenant_id is not None)
    is_stoppable = run.is_active and run.cancel_requested_at is None
    may_stop = may(rights, run, Capability.RUNS_CANCEL)
    return Controls(
        may_stop=is_stoppable and may_stop,
        may_start_again=run.is_terminal and fits and operation is not None and may(rights, run, operation.capability),
        needs_another_to_stop=is_stoppable and not may_stop and run.user_id == rights.user_id,
    )


def may(rights: Rights, run: Run, capability: Capability) -> bool:
    """Whether somebody with `rights` has the capability where the run belongs."""
    if run.tenant_id is not None:
        return rights.may(capability, run.tenant_id)
    return rights.may_in_workspace(capability, run.workspace_id)


def stop(run: Run, user: User, rights: Rights, *, with_others: bool = False) -> Run:
    """Ask a run to stop, by itself or along `with_others`: a queued one ends at once, a running one at its next
    checkpoint.

    Raises NotVisible or NotAllowed by the guards, NothingToStop when it is too late or was asked before.
    """
    require(rights, Capability.RUNS_CANCEL, run.tenant_id, run.workspace_id)
    asked = service.request_cancel(run.id, Actor.user(user), with_others=with_others)
    if asked is None:
        raise NothingToStop(run.id)
    return asked


def start_again(run: Run, user: User, context: Mapping[str, object] | None = None) -> Started:
    """Start an ended run with the same inputs, as any start: with its guard, its dedupe and its cooldown.

    `context` is noted with the new run besides. Both histories name who did it. Raises StillActive, and what
    `dispatch.start` raises.
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
