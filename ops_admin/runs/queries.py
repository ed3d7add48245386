"""The only reader of the ledger. Returns frozen values, always within the reader's scope."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import ColumnElement, and_, case, func, or_, select

from ops_admin.access.capabilities import Capability
from ops_admin.access.rights import Rights
from ops_admin.infra.database import db, utcnow
from ops_admin.runs import conditions, list_statements
from ops_admin.runs.filter_types import RunFilter as RunFilter
from ops_admin.runs.filter_types import Scope as Scope
from ops_admin.runs.history import EventType, FailedRepair, Transition
from ops_admin.runs.ledger import RETRY_OF, STARTED_BY
from ops_admin.runs.ledger import Run as Run
from ops_admin.runs.models import UNSUCCESSFUL_RUN, DbOperationRun, DbOperationRunTransition
from ops_admin.runs.rows import run_from, transition_from
from ops_admin.runs.states import ACTIVE, Display, Outcome, Status
from ops_admin.web.keyset import PAGE_SIZE, Cursor, Page, page_of

_runs = DbOperationRun.__table__
_transitions = DbOperationRunTransition.__table__

# Heartbeats come every ten seconds. A free worker takes a message within a second.
LOST_AFTER = timedelta(minutes=2)
STUCK_AFTER = timedelta(minutes=1)

MOST_ACTIVE = 50
COUNT_CAP = 1000
# Asking for one of these means asking for active runs.
ACTIVE_STATES = conditions.ACTIVE_STATES


class RunNotFound(LookupError):
    """There is no run with that id."""


@dataclass(frozen=True)
class CappedCount:
    """A number of rows. `capped` if there may be more and counting them would be slow (R35)."""

    number: int
    capped: bool


def scope_of(rights: Rights) -> Scope:
    """Return the scope of the runs that someone with `rights` may see."""
    tenant_ids = rights.tenant_ids(Capability.OPERATIONS_VIEW)
    workspace_ids = rights.workspace_ids(Capability.WORKSPACE_OPERATIONS_VIEW)
    unseen = {workspace for tenant, workspace in rights.tenant_workspace.items() if tenant not in tenant_ids}
    return Scope(
        tenant_ids=tenant_ids,
        workspace_ids=workspace_ids,
        reach=frozenset(rights.workspaces) | {rights.tenant_workspace[each] for each in tenant_ids},
        whole=workspace_ids - unseen,
    )


def find_run(run_id: int) -> Run | None:
    """Return the run with that id, or None. The caller checks who may see it."""
    row = db.session.execute(select(_runs).where(_runs.c.id == run_id)).one_or_none()
    return run_from(row) if row is not None else None


def get_run(run_id: int) -> Run:
    """Return the run with that id. Raises RunNotFound."""
    run = find_run(run_id)
    if run is None:
        raise RunNotFound(run_id)
    return run


def transitions_of(run_id: int) -> list[Transition]:
    """Return the history of a run, oldest first (R4)."""
    query = select(_transitions).where(_transitions.c.operation_run_id == run_id).order_by(_transitions.c.id)
    return [transition_from(row) for row in db.session.execute(query)]


def failed_repairs(run_ids: Collection[int]) -> dict[int, FailedRepair]:
    """Return, by run id, how often runs could not be repaired and when the last time."""
    lines = _transitions.c
    query = (
        select(lines.operation_run_id, func.count().label("times"), func.max(lines.at).label("last_at"))
        .where(lines.operation_run_id.in_(list(run_ids)), lines.event_type == EventType.REPAIR_FAILED)
        .group_by(lines.operation_run_id)
    )
    rows = db.session.execute(query) if run_ids else ()
    return {row.operation_run_id: FailedRepair(row.times, row.last_at) for row in rows}


def active_runs(scope: Scope, tenant_id: int | None = None) -> list[Run]:
    """Return the active runs in `scope`, at most 50 (R26).

    Running runs come first, then the newest of the others, and last those waiting for a decision.
    """
    order = ((_runs.c.status == Status.RUNNING).desc(), conditions.AWAITS, _runs.c.id.desc())
    query = select(_runs).where(conditions.active(scope)).order_by(*order).limit(MOST_ACTIVE)
    if tenant_id is not None:
        query = query.where(_runs.c.tenant_id == tenant_id)
    return [run_from(row) for row in db.session.execute(query)]


def queued_runs_of(user_id: int) -> list[Run]:
    """Return the queued runs that a user started, oldest first."""
    queued = and_(conditions.ACTIVE, _runs.c.status == Status.QUEUED, _runs.c.user_id == user_id)
    return [run_from(row) for row in db.session.execute(select(_runs).where(queued).order_by(_runs.c.id))]


def runs_by_id(scope: Scope, run_ids: Iterable[int]) -> list[Run]:
    """Return those of `run_ids` that are in `scope`, such as those that a page shows again after a reconnect."""
    named = list(run_ids)
    if not named:
        return []
    query = select(_runs).where(conditions.visible(scope), _runs.c.id.in_(named)).order_by(_runs.c.id.desc())
    return [run_from(row) for row in db.session.execute(query)]


def retried_by(workspace_id: int, bulk_run_id: int) -> frozenset[int]:
    """Return the ids of the runs that a bulk run has started again so far (R44). Few rows, all newer than it."""
    context = _runs.c.context
    query = select(context[RETRY_OF].as_integer()).where(
        _runs.c.id > bulk_run_id,
        _runs.c.workspace_id == workspace_id,
        context[STARTED_BY].as_integer() == bulk_run_id,
    )
    return frozenset(db.session.execute(query).scalars())


def workspaces_of(scope: Scope, run_ids: Iterable[int]) -> list[tuple[int, int]]:
    """Return id and workspace of those of `run_ids` that are in `scope`, newest first."""
    query = select(_runs.c.id, _runs.c.workspace_id).where(conditions.visible(scope), _runs.c.id.in_(list(run_ids)))
    return [(row.id, row.workspace_id) for row in db.session.execute(query.order_by(_runs.c.id.desc()))]


def list_runs(scope: Scope, wanted: RunFilter, cursor: Cursor | None = None, size: int = PAGE_SIZE) -> Page[Run]:
    """Return one page of runs, newest first.

    Paging is by keyset, so the last page is as fast as the first (R32, R35).
    """
    found = db.session.execute(list_statements.page(scope, wanted, cursor, size + 1))
    return page_of([run_from(row) for row in found], cursor, size, _cursor_of)


def _cursor_of(run: Run) -> Cursor:
    return Cursor(run.id, at=run.created_at)


def workspaces_to_check(mirroring: Iterable[str], now: datetime) -> list[int]:
    """Return the workspaces in which housekeeping may find something to repair (R48); see `runs_to_check`."""
    query = select(_runs.c.workspace_id).where(_to_check(mirroring, now)).distinct().order_by(_runs.c.workspace_id)
    return list(db.session.execute(query).scalars())


def runs_to_check(workspace_id: int, mirroring: Iterable[str], now: datetime) -> list[Run]:
    """Return active runs of a workspace that may need a repair (R48), oldest first.

    These are stalled runs, runs that have been queued for long, and all runs of the types in `mirroring`, whose records
    may disagree with them.
    """
    to_check = _to_check(mirroring, now)
    query = select(_runs).where(_runs.c.workspace_id == workspace_id, to_check).order_by(_runs.c.id)
    return [run_from(row) for row in db.session.execute(query)]


def _to_check(mirroring: Iterable[str], now: datetime) -> ColumnElement[bool]:
    return or_(_stalled_or_stuck(now), and_(conditions.ACTIVE, _runs.c.type.in_(list(mirroring))))


def _stalled_or_stuck(now: datetime) -> ColumnElement[bool]:
    heard_of = func.coalesce(_runs.c.heartbeat_at, _runs.c.created_at)
    # A time in the future counts as well: a clock was set back, or is another machine's.
    stalled = and_(_runs.c.status == Status.RUNNING, ~heard_of.between(now - LOST_AFTER, now + LOST_AFTER))
    since = _runs.c.updated_at
    stuck = and_(_runs.c.status == Status.QUEUED, ~since.between(now - STUCK_AFTER, now + STUCK_AFTER))
    return and_(conditions.ACTIVE, or_(stalled, stuck))


@dataclass(frozen=True)
class ActiveCount:
    """The number of runs of a type shown as queued, running, or waiting for a decision."""

    type: str
    display: Display
    number: int


@dataclass(frozen=True)
class TenantActivity:
    """The number of a tenant's runs that a worker has or will have, and of those waiting for a decision."""

    under_way: int = 0
    awaiting: int = 0


def count_active_by_tenant(scope: Scope) -> dict[int, TenantActivity]:
    """Count the active runs of each tenant in `scope`, by one query; a tenant without any is left out."""
    awaiting = func.sum(case((conditions.AWAITS, 1), else_=0)).label("awaiting")
    query = (
        select(_runs.c.tenant_id, func.count().label("active"), awaiting)
        .where(conditions.active(scope))
        .group_by(_runs.c.tenant_id)
    )
    rows = db.session.execute(query)
    return {row.tenant_id: TenantActivity(row.active - row.awaiting, row.awaiting) for row in rows}


def last_failures(scope: Scope, since: datetime) -> dict[int, Run]:
    """Return each tenant's newest failed run in `scope` created after `since`, in one query."""
    failed = and_(UNSUCCESSFUL_RUN, _runs.c.outcome == Outcome.FAILED, _runs.c.created_at > since)
    newest = select(func.max(_runs.c.id)).where(conditions.visible(scope), failed).group_by(_runs.c.tenant_id)
    return {row.tenant_id: run_from(row) for row in db.session.execute(select(_runs).where(_runs.c.id.in_(newest)))}


def count_active() -> list[ActiveCount]:
    """Return the number of active runs in the whole installation by type and displayed state.

    PostgreSQL finds them all through their partial indexes. SQLite prefers to read all tenantless runs, which are few:
    those of housekeeping.
    """
    display = case((conditions.AWAITS, Display.AWAITING), else_=_runs.c.status).label("display")
    query = select(_runs.c.type, display, func.count().label("number")).where(conditions.ACTIVE)
    grouped = query.group_by(_runs.c.type, display)
    return [ActiveCount(row.type, Display(row.display), row.number) for row in db.session.execute(grouped)]


def oldest_queued(run_ids: Iterable[int]) -> datetime | None:
    """Return since when the longest-waiting of these runs has been queued. None if none of them is.

    A queued run changes only when it is handed to the queue (again), so its last change is when it began to wait.
    """
    waiting = select(func.min(_runs.c.updated_at)).where(_runs.c.id.in_(list(run_ids)), _runs.c.status == Status.QUEUED)
    since: datetime | None = db.session.scalar(waiting)
    return since


def matching_ids(scope: Scope, wanted: RunFilter, standing: Literal["active", "ended"], limit: int) -> list[int]:
    """Return the ids of the matching runs that are active, or that have ended, newest first."""
    parts = conditions.parts_of(scope, wanted, only_active=standing == "active")
    if standing == "ended":
        parts = [and_(part, or_(_runs.c.status.not_in(ACTIVE), ~conditions.IS_OPEN)) for part in parts]
    return [
        row.id
        for row in db.session.execute(list_statements.among_all(parts, limit, None).with_only_columns(_runs.c.id))
    ]


def count_runs(scope: Scope, wanted: RunFilter) -> CappedCount:
    """Return the number of matching runs, counted up to 1,000 (R35)."""
    return _capped(db.session.execute(list_statements.number(scope, wanted, COUNT_CAP + 1)).scalar_one())


def count_by_state(scope: Scope, wanted: RunFilter, states: Iterable[Display] = Display) -> dict[Display, CappedCount]:
    """Return the number of otherwise matching runs by state, each counted up to 1,000, in one query (R35)."""
    counted = tuple(states)
    found = db.session.execute(list_statements.numbers_by_state(scope, wanted, counted, COUNT_CAP + 1)).one()
    return {state: _capped(number) for state, number in zip(counted, found, strict=True)}


def _capped(number: int) -> CappedCount:
    return CappedCount(min(number, COUNT_CAP), number > COUNT_CAP)


def initiators(scope: Scope, limit: int = 100) -> list[str]:
    """Return the initiators of recent runs in `scope`, for the list's filter."""
    return list(db.session.execute(list_statements.initiators(scope, COUNT_CAP, limit)).scalars())


def recent_success(identity_hash: str, tenant_id: int | None, workspace_id: int, since: datetime) -> Run | None:
    """Return the latest successful run of that identity if it ended after `since` (R22), or None."""
    place = _runs.c.tenant_id == tenant_id if tenant_id is not None else _runs.c.tenant_id.is_(None)
    query = (
        select(_runs)
        .where(
            place,
            _runs.c.workspace_id == workspace_id,
            _runs.c.run_identity_hash == identity_hash,
            _runs.c.outcome == Outcome.SUCCEEDED,
            # An end in the future was written by a clock that was wrong.
            _runs.c.completed_at.between(since, utcnow() + STUCK_AFTER),
        )
        .order_by(_runs.c.completed_at.desc())
        .limit(1)
    )
    row = db.session.execute(query).one_or_none()
    return run_from(row) if row is not None else None
