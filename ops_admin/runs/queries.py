"""The only reader of the ledger: frozen values, always within the scope of what the reader may see."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import ColumnElement, Select, Tuple, and_, func, literal, or_, select, tuple_

from ops_admin.access.capabilities import Capability
from ops_admin.access.rights import Rights
from ops_admin.database import db
from ops_admin.runs.ledger import Run as Run
from ops_admin.runs.ledger import Transition
from ops_admin.runs.models import (
    ACTIVE_TENANT_RUN,
    ACTIVE_WORKSPACE_RUN,
    LEGACY_RUN,
    UNSUCCESSFUL_RUN,
    DbOperationRun,
    DbOperationRunTransition,
)
from ops_admin.runs.rows import run_from, transition_from
from ops_admin.runs.states import ACTIVE, Display, Outcome, Status

_runs = DbOperationRun.__table__
# Who asks for one of these asks for active runs: few, and found by indexes of their own.
ACTIVE_STATES = {Display.QUEUED, Display.RUNNING, Status.QUEUED, Status.RUNNING}
# As the partial indexes say it, so that they serve, however long the ledger is.
_ACTIVE = or_(ACTIVE_TENANT_RUN, ACTIVE_WORKSPACE_RUN)
_transitions = DbOperationRunTransition.__table__

# A heartbeat comes every ten seconds; a message is taken within the second when a worker is free.
LOST_AFTER = timedelta(minutes=2)
STUCK_AFTER = timedelta(minutes=1)

PAGE_SIZE = 50
MOST_ACTIVE = 50
COUNT_CAP = 1000


class RunNotFound(LookupError):
    """No run of that id."""


@dataclass(frozen=True)
class Scope:
    """Whose runs may be seen: those of these tenants, and the tenantless ones of these workspaces.

    `reach` are the workspaces in which all of that lies, where it is known: it widens nothing, but lets the database
    walk the newest runs of a workspace instead of gathering and sorting those of all its tenants (R35).
    """

    tenant_ids: frozenset[int]
    workspace_ids: frozenset[int]
    reach: frozenset[int] = frozenset()

    def only(self, tenant_ids: Collection[int]) -> "Scope":
        """The part of this scope that lies in these tenants."""
        return Scope(self.tenant_ids & frozenset(tenant_ids), frozenset(), self.reach)

    def holds(self, run: Run) -> bool:
        """Whether `run` lies within this scope."""
        if run.tenant_id is None:
            return run.workspace_id in self.workspace_ids
        return run.tenant_id in self.tenant_ids


@dataclass(frozen=True)
class RunFilter:
    """What a reader of the list asked for (R32); None means any. `types` are catalog keys."""

    display: Display | None = None
    status: str | None = None
    outcome: str | None = None
    types: tuple[str, ...] | None = None
    tenant_id: int | None = None
    initiator: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    run_id: int | None = None


@dataclass(frozen=True)
class Cursor:
    """A place in the list, between two rows: `id` orders rows of one moment."""

    created_at: datetime
    id: int
    newer: bool = False


@dataclass(frozen=True)
class Page:
    """One page of the list, newest first, and the places where the next older and newer pages begin."""

    rows: tuple[Run, ...]
    older: Cursor | None
    newer: Cursor | None


@dataclass(frozen=True)
class CappedCount:
    """A number of rows; `capped` when there may be more and counting on would be slow (R35)."""

    number: int
    capped: bool


def scope_of(rights: Rights) -> Scope:
    """Return the runs that someone with `rights` may see."""
    return Scope(
        tenant_ids=rights.tenant_ids(Capability.OPERATIONS_VIEW),
        workspace_ids=rights.workspace_ids(Capability.WORKSPACE_OPERATIONS_VIEW),
        reach=frozenset(rights.workspaces),
    )


def find_run(run_id: int) -> Run | None:
    """Return the run of that id, or None; the caller checks who may see it."""
    row = db.session.execute(select(_runs).where(_runs.c.id == run_id)).one_or_none()
    return run_from(row) if row is not None else None


def get_run(run_id: int) -> Run:
    """Return the run of that id; raises RunNotFound."""
    run = find_run(run_id)
    if run is None:
        raise RunNotFound(run_id)
    return run


def transitions_of(run_id: int) -> list[Transition]:
    """Return the history of a run, oldest first (R4)."""
    query = select(_transitions).where(_transitions.c.operation_run_id == run_id).order_by(_transitions.c.id)
    return [transition_from(row) for row in db.session.execute(query)]


def active_runs(scope: Scope, tenant_id: int | None = None) -> list[Run]:
    """Return the active runs in `scope`, oldest first, at most 50 (R26)."""
    query = select(_runs).where(_active(scope)).order_by(_runs.c.id).limit(MOST_ACTIVE)
    if tenant_id is not None:
        query = query.where(_runs.c.tenant_id == tenant_id)
    return [run_from(row) for row in db.session.execute(query)]


def runs_by_id(scope: Scope, run_ids: Iterable[int]) -> list[Run]:
    """Return those of `run_ids` that lie in `scope`: what a page shows again after a reconnect."""
    query = select(_runs).where(_visible(scope), _runs.c.id.in_(list(run_ids))).order_by(_runs.c.id.desc())
    return [run_from(row) for row in db.session.execute(query)]


def workspaces_of(scope: Scope, run_ids: Iterable[int]) -> list[tuple[int, int]]:
    """Return the id and the workspace of those of `run_ids` that lie in `scope`, newest first."""
    query = select(_runs.c.id, _runs.c.workspace_id).where(_visible(scope), _runs.c.id.in_(list(run_ids)))
    return [(row.id, row.workspace_id) for row in db.session.execute(query.order_by(_runs.c.id.desc()))]


def list_runs(scope: Scope, wanted: RunFilter, cursor: Cursor | None = None, size: int = PAGE_SIZE) -> Page:
    """Return one page of runs, newest first, by keyset: as fast on the last page as on the first (R32, R35)."""
    query = _filtered(select(_runs), scope, wanted)
    key = tuple_(_runs.c.created_at, _runs.c.id)
    if cursor is not None and cursor.newer:
        query = query.where(key > _place(cursor)).order_by(_runs.c.created_at, _runs.c.id)
    else:
        query = query.order_by(_runs.c.created_at.desc(), _runs.c.id.desc())
        query = query.where(key < _place(cursor)) if cursor is not None else query
    found = [run_from(row) for row in db.session.execute(query.limit(size + 1))]
    return _page(found, cursor, size)


def workspaces_with_doubtful_runs(mirroring: Iterable[str], now: datetime) -> list[int]:
    """Return the workspaces in which housekeeping may find something to repair (R48), see `doubtful_runs`."""
    query = select(_runs.c.workspace_id).where(_looked_at(mirroring, now)).distinct().order_by(_runs.c.workspace_id)
    return list(db.session.execute(query).scalars())


def doubtful_runs(workspace_id: int, mirroring: Iterable[str], now: datetime) -> list[Run]:
    """Return active runs of a workspace that may need a repair (R48): silent or long queued ones, and all of the types
    in `mirroring`, whose records may say something else; oldest first.
    """
    looked_at = _looked_at(mirroring, now)
    query = select(_runs).where(_runs.c.workspace_id == workspace_id, looked_at).order_by(_runs.c.id)
    return [run_from(row) for row in db.session.execute(query)]


def _looked_at(mirroring: Iterable[str], now: datetime) -> ColumnElement[bool]:
    return or_(_doubtful(now), and_(_ACTIVE, _runs.c.type.in_(list(mirroring))))


def _doubtful(now: datetime) -> ColumnElement[bool]:
    heard_of = func.coalesce(_runs.c.heartbeat_at, _runs.c.created_at)
    # What stands in the future is as doubtful: the clock was set back, or is another machine's.
    silent = and_(_runs.c.status == Status.RUNNING, ~heard_of.between(now - LOST_AFTER, now + LOST_AFTER))
    since = _runs.c.updated_at
    waiting = and_(_runs.c.status == Status.QUEUED, ~since.between(now - STUCK_AFTER, now + STUCK_AFTER))
    return and_(_ACTIVE, or_(silent, waiting))


@dataclass(frozen=True)
class ActiveCount:
    """How many runs of a type are queued, or running."""

    type: str
    status: str
    number: int


def count_active_by_tenant(scope: Scope) -> dict[int, int]:
    """Count the active runs of each tenant in `scope`, by one query; a tenant without any is left out."""
    query = select(_runs.c.tenant_id, func.count().label("number")).where(_active(scope)).group_by(_runs.c.tenant_id)
    return {row.tenant_id: row.number for row in db.session.execute(query)}


def last_failures(scope: Scope, since: datetime) -> dict[int, Run]:
    """Return the newest failed run of each tenant in `scope` that was created after `since`, by one query."""
    failed = and_(UNSUCCESSFUL_RUN, _runs.c.outcome == Outcome.FAILED, _runs.c.created_at > since)
    newest = select(func.max(_runs.c.id)).where(_visible(scope), failed).group_by(_runs.c.tenant_id)
    return {row.tenant_id: run_from(row) for row in db.session.execute(select(_runs).where(_runs.c.id.in_(newest)))}


def count_active() -> list[ActiveCount]:
    """Count the active runs of the whole installation, by type and status; finds them by their own indexes."""
    query = select(_runs.c.type, _runs.c.status, func.count().label("number")).where(_ACTIVE)
    grouped = query.group_by(_runs.c.type, _runs.c.status)
    return [ActiveCount(row.type, row.status, row.number) for row in db.session.execute(grouped)]


def oldest_queued(run_ids: Iterable[int]) -> datetime | None:
    """Return since when the longest waiting of these runs has been queued; None when none of them is.

    A queued run changes only when it is handed to the queue (again), so its last change is when it began to wait.
    """
    waiting = select(func.min(_runs.c.updated_at)).where(_runs.c.id.in_(list(run_ids)), _runs.c.status == Status.QUEUED)
    since: datetime | None = db.session.scalar(waiting)
    return since


def latest_run(scope: Scope, type_key: str, tenant_id: int) -> Run | None:
    """Return the newest run of a type for a tenant, or None."""
    page = list_runs(scope, RunFilter(types=(type_key,), tenant_id=tenant_id), size=1)
    return page.rows[0] if page.rows else None


def matching_ids(scope: Scope, wanted: RunFilter, standing: Literal["active", "ended"], limit: int) -> list[int]:
    """Return the ids of the matching runs that are active, or that have ended, newest first."""
    query = _filtered(select(_runs.c.id), scope, wanted, only_active=standing == "active")
    if standing == "ended":
        query = query.where(_runs.c.status.not_in(ACTIVE))
    newest = query.order_by(_runs.c.created_at.desc(), _runs.c.id.desc()).limit(limit)
    return [row.id for row in db.session.execute(newest)]


def count_runs(scope: Scope, wanted: RunFilter) -> CappedCount:
    """Count matching runs, up to 1,000 (R35)."""
    matching = _filtered(select(_runs.c.id), scope, wanted).limit(COUNT_CAP + 1)
    number = db.session.execute(select(func.count()).select_from(matching.subquery())).scalar_one()
    return CappedCount(min(number, COUNT_CAP), number > COUNT_CAP)


def initiators(scope: Scope, limit: int = 100) -> list[str]:
    """Return the names of those who started recent runs in `scope`, for the list's filter."""
    recent = (
        select(_runs.c.initiator_name)
        .where(_visible(scope))
        .order_by(_runs.c.created_at.desc())
        .limit(COUNT_CAP)
        .subquery()
    )
    names = select(recent.c.initiator_name).distinct().order_by(recent.c.initiator_name).limit(limit)
    return list(db.session.execute(names).scalars())


def recent_success(identity_hash: str, tenant_id: int | None, workspace_id: int, since: datetime) -> Run | None:
    """Return the run of that identity that succeeded last, if that was after `since` (R22)."""
    place = _runs.c.tenant_id == tenant_id if tenant_id is not None else _runs.c.tenant_id.is_(None)
    query = (
        select(_runs)
        .where(
            place,
            _runs.c.workspace_id == workspace_id,
            _runs.c.run_identity_hash == identity_hash,
            _runs.c.outcome == Outcome.SUCCEEDED,
            _runs.c.completed_at > since,
        )
        .order_by(_runs.c.completed_at.desc())
        .limit(1)
    )
    row = db.session.execute(query).one_or_none()
    return run_from(row) if row is not None else None


def _visible(scope: Scope) -> ColumnElement[bool]:
    seen = or_(
        _runs.c.tenant_id.in_(sorted(scope.tenant_ids)),
        and_(_runs.c.tenant_id.is_(None), _runs.c.workspace_id.in_(sorted(scope.workspace_ids))),
    )
    return and_(_within(scope.reach), seen) if scope.reach else seen


def _within(workspace_ids: frozenset[int]) -> ColumnElement[bool]:
    # One workspace as an equality: only then its index brings the runs in the order of the list.
    ids = sorted(workspace_ids)
    return _runs.c.workspace_id == ids[0] if len(ids) == 1 else _runs.c.workspace_id.in_(ids)


def _active(scope: Scope) -> ColumnElement[bool]:
    # In the words of the partial indexes: every page asks this, and must not look through the runs that have ended.
    return or_(
        and_(ACTIVE_TENANT_RUN, _runs.c.tenant_id.in_(sorted(scope.tenant_ids))),
        and_(ACTIVE_WORKSPACE_RUN, _runs.c.workspace_id.in_(sorted(scope.workspace_ids))),
    )


def _filtered(
    query: Select[tuple[object, ...]], scope: Scope, wanted: RunFilter, *, only_active: bool = False
) -> Select[tuple[object, ...]]:
    only_active = only_active or bool(ACTIVE_STATES & {wanted.display, wanted.status})
    seen = _active(scope) if only_active else _visible(scope)
    conditions = [seen, *_exact_conditions(wanted)]
    if wanted.types is not None:
        conditions.append(_runs.c.type.in_(wanted.types))
    if wanted.since is not None:
        conditions.append(_runs.c.created_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(_runs.c.created_at < wanted.until)
    if wanted.display is not None:
        conditions.append(_shown_as(wanted.display))
    return query.where(*conditions)


def _exact_conditions(wanted: RunFilter) -> list[ColumnElement[bool]]:
    pairs = (
        (_runs.c.status, wanted.status),
        (_runs.c.outcome, wanted.outcome),
        (_runs.c.tenant_id, wanted.tenant_id),
        (_runs.c.initiator_name, wanted.initiator),
        (_runs.c.id, wanted.run_id),
    )
    return [column == value for column, value in pairs if value is not None]


def _shown_as(display: Display) -> ColumnElement[bool]:
    """The rows that `states.display_of` shows as `display`, in the words of the partial indexes that hold the few."""
    status, outcome = _runs.c.status, _runs.c.outcome
    failed = or_(outcome == Outcome.FAILED, status == "failed")
    conditions: dict[Display, ColumnElement[bool]] = {
        Display.QUEUED: and_(status == Status.QUEUED, outcome == Outcome.PENDING),
        Display.RUNNING: and_(status == Status.RUNNING, outcome == Outcome.PENDING),
        Display.COMPLETED: and_(status == Status.COMPLETED, outcome == Outcome.SUCCEEDED),
        Display.PARTIAL: and_(UNSUCCESSFUL_RUN, status == Status.COMPLETED, outcome == Outcome.PARTIALLY_SUCCEEDED),
        Display.CANCELLED: and_(UNSUCCESSFUL_RUN, status == Status.COMPLETED, outcome == Outcome.CANCELLED),
        Display.FAILED: or_(and_(UNSUCCESSFUL_RUN, outcome == Outcome.FAILED), and_(LEGACY_RUN, status == "failed")),
        Display.UNKNOWN: and_(LEGACY_RUN, ~failed),
    }
    return conditions[display]


def _place(cursor: Cursor) -> Tuple:
    created_at, run_id = _runs.c.created_at, _runs.c.id
    return tuple_(literal(cursor.created_at, created_at.type), literal(cursor.id, run_id.type))


def _page(found: list[Run], cursor: Cursor | None, size: int) -> Page:
    more = len(found) > size
    rows = found[:size]
    backwards = cursor is not None and cursor.newer
    if backwards:
        rows.reverse()
    has_older = bool(rows) and (backwards or more)
    has_newer = bool(rows) and (more if backwards else cursor is not None)
    return Page(
        rows=tuple(rows),
        older=Cursor(rows[-1].created_at, rows[-1].id) if has_older else None,
        newer=Cursor(rows[0].created_at, rows[0].id, newer=True) if has_newer else None,
    )
