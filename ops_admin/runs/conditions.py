"""Translates what a reader asks for into conditions that the ledger's indexes can answer (R35).

No index answers "the runs of these twelve workspaces, newest first": the database would collect and sort all of them
for one page. Each workspace has an index for its own newest runs, and the newest of all are among those. The query is
therefore split into parts that do not overlap.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

from sqlalchemy import ColumnElement, String, and_, cast, false, func, or_, true

from ops_admin.runs.filter_types import RunFilter, Scope
from ops_admin.runs.ledger import AWAITS_DECISION
from ops_admin.runs.models import (
    ACTIVE_TENANT_RUN,
    ACTIVE_WORKSPACE_RUN,
    LEGACY_RUN,
    TENANTLESS_RUN,
    UNSUCCESSFUL_RUN,
    DbOperationRun,
)
from ops_admin.runs.states import Display, Outcome, Status

_runs = DbOperationRun.__table__

# Asking for one of these means asking for active runs: few, with indexes of their own.
ACTIVE_STATES = {Display.QUEUED, Display.RUNNING, Display.AWAITING, Status.QUEUED, Status.RUNNING}
# A workspace has few of these, and indexes that contain only them.
_UNSUCCESSFUL = {
    *(Display.PARTIAL, Display.FAILED, Display.CANCELLED),
    *(Outcome.PARTIALLY_SUCCEEDED, Outcome.FAILED, Outcome.CANCELLED),
}

# A row of an earlier system may say "running" and is not active (R9).
IS_OPEN = _runs.c.outcome == Outcome.PENDING
# In the wording of the partial indexes, so that they are used however long the ledger is.
ACTIVE = and_(or_(ACTIVE_TENANT_RUN, ACTIVE_WORKSPACE_RUN), IS_OPEN)

# With at most this many tenants, each is read separately instead of being searched among all runs of a workspace.
FEW_TENANTS = 24
MOST_PARTS = 100

Condition = ColumnElement[bool]


def parts_of(scope: Scope, wanted: RunFilter, *, only_active: bool = False) -> list[Condition]:
    """Return conditions, at least one, that together select the wanted runs in `scope`."""
    if wanted.types == ():
        return [false()]
    if wanted.display is Display.UNKNOWN:
        return [and_(_legacy(scope, wanted), ACTIVE if only_active else true())]
    if only_active or ACTIVE_STATES & {wanted.display, wanted.status}:
        return [and_(_said_to_be_active(scope), IS_OPEN if only_active else true(), *_few(wanted))]
    places, kinds = _places(scope, wanted), _kinds(scope, wanted)
    parts = [and_(place, kind, *_others(wanted)) for place, kind in product(places, kinds)]
    return [*parts, _legacy(scope, wanted)] if wanted.display is Display.FAILED else parts


def together(scope: Scope, wanted: RunFilter) -> list[Condition]:
    """Return the conditions of `parts_of` for callers that need no order: a single one where that is just as fast."""
    narrow = wanted.tenant_id is not None or wanted.run_id is not None or wanted.types == ()
    if narrow or not scope.is_whole or {wanted.display, wanted.status} & {*ACTIVE_STATES, Display.UNKNOWN}:
        return parts_of(scope, wanted)
    whole = and_(visible(scope), _of_types(wanted), *_others(wanted))
    return [whole, _legacy(scope, wanted)] if wanted.display is Display.FAILED else [whole]


def visible(scope: Scope) -> Condition:
    """The runs within `scope`."""
    if scope.is_whole:
        return _in(_runs.c.workspace_id, scope.whole)
    seen = or_(_of_tenants(scope), and_(_runs.c.tenant_id.is_(None), _in(_runs.c.workspace_id, scope.workspace_ids)))
    return and_(_in(_runs.c.workspace_id, scope.reach), seen) if scope.reach else seen


def active(scope: Scope) -> Condition:
    """The active runs within `scope`: every page runs this query."""
    return and_(_said_to_be_active(scope), IS_OPEN)


def _said_to_be_active(scope: Scope) -> Condition:
    """The runs within `scope` with the status of an active one, in the wording of the partial indexes."""
    # Disguised as in `_few`: otherwise the index of all of a workspace's runs would be chosen.
    of_tenants = _in(_runs.c.workspace_id + 0, scope.whole) if scope.is_whole else _of_tenants(scope)
    of_workspaces = _in(_runs.c.workspace_id, scope.workspace_ids)
    return or_(and_(ACTIVE_TENANT_RUN, of_tenants), and_(ACTIVE_WORKSPACE_RUN, of_workspaces))


def _places(scope: Scope, wanted: RunFilter) -> Sequence[Condition]:
    """The tenants or workspaces that hold the wanted runs; their indexes return the rows in list order."""
    if wanted.run_id is not None:
        return [visible(scope)]
    if wanted.tenant_id is not None:
        return [true() if wanted.tenant_id in scope.tenant_ids else false()]
    by_workspace = len(scope.tenant_ids) > FEW_TENANTS or wanted.initiator or _is_unsuccessful(wanted)
    if (by_workspace or scope.is_whole) and 0 < len(scope.reach) <= MOST_PARTS:
        return [and_(_runs.c.workspace_id == each, _seen_in(scope, each)) for each in sorted(scope.reach)]
    tenants = [_runs.c.tenant_id == each for each in sorted(scope.tenant_ids)]
    tenantless = [and_(_runs.c.workspace_id == each, TENANTLESS_RUN) for each in sorted(scope.workspace_ids)]
    if len(tenants) + len(tenantless) > MOST_PARTS:
        return [visible(scope)]
    return [*tenants, *tenantless] or [visible(scope)]


def _is_unsuccessful(wanted: RunFilter) -> bool:
    return bool(_UNSUCCESSFUL & {wanted.display, wanted.outcome})


def _kinds(scope: Scope, wanted: RunFilter) -> Sequence[Condition]:
    if wanted.types is None:
        return [true()]
    if 0 < len(wanted.types) * max(len(scope.reach), len(scope.tenant_ids)) <= MOST_PARTS:
        return [_runs.c.type == each for each in wanted.types]
    return [_of_types(wanted)]


def _of_types(wanted: RunFilter) -> Condition:
    return true() if wanted.types is None else _runs.c.type.in_(wanted.types)


def _seen_in(scope: Scope, workspace_id: int) -> Condition:
    """The visible runs of a workspace."""
    if workspace_id in scope.whole:
        return true()
    if workspace_id in scope.workspace_ids:
        return or_(_of_tenants(scope), _runs.c.tenant_id.is_(None))
    return _of_tenants(scope)


def _of_tenants(scope: Scope) -> Condition:
    return _in(_runs.c.tenant_id, scope.tenant_ids)


def _in(column: ColumnElement[int], ids: frozenset[int]) -> Condition:
    # A single id becomes an equality, since only then does the index return runs in list order.
    ordered = sorted(ids)
    return column == ordered[0] if len(ordered) == 1 else column.in_(ordered)


def _legacy(scope: Scope, wanted: RunFilter) -> Condition:
    """The wanted runs whose stored status and outcome are a pair that is no longer written."""
    return and_(LEGACY_RUN, _LEGACY_STATES[wanted.display], visible(scope), *_few(replace(wanted, display=None)))


def _few(wanted: RunFilter) -> list[Condition]:
    """All conditions for a query that matches few runs, which have their own index.

    The columns are disguised so that no index of all runs is preferred to that one: SQLite rates an equality above a
    partial index.
    """
    conditions = _others(replace(wanted, initiator=None, tenant_id=None))
    if wanted.tenant_id is not None:
        conditions.append(_runs.c.tenant_id + 0 == wanted.tenant_id)
    if wanted.types is not None:
        conditions.append(_runs.c.type.concat("").in_(wanted.types))
    if wanted.initiator is not None:
        conditions.append(_runs.c.initiator_name.concat("") == wanted.initiator)
    return conditions


def _others(wanted: RunFilter) -> list[Condition]:
    """All conditions besides place and type."""
    conditions: list[Condition] = _exact_conditions(wanted)
    if wanted.since is not None:
        conditions.append(_runs.c.created_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(_runs.c.created_at < wanted.until)
    if _is_unsuccessful(wanted):
        conditions.append(and_(UNSUCCESSFUL_RUN))
    if wanted.display is not None:
        conditions.append(_STATES[wanted.display])
    return conditions


def _exact_conditions(wanted: RunFilter) -> list[ColumnElement[bool]]:
    pairs = (
        (_runs.c.status, wanted.status),
        (_runs.c.outcome, wanted.outcome),
        (_runs.c.tenant_id, wanted.tenant_id),
        (_runs.c.initiator_name, wanted.initiator),
        (_runs.c.id, wanted.run_id),
    )
    return [column == value for column, value in pairs if value is not None]


# Whether the run waits for a person's decision (R43): JSON's true, which PostgreSQL reads as "true" and SQLite as 1.
# Used for active runs only, of which there are few.
AWAITS = func.coalesce(cast(_runs.c.context[AWAITS_DECISION].as_string(), String), "").in_(("true", "1"))

_status, _outcome = _runs.c.status, _runs.c.outcome
_QUEUED = and_(_status == Status.QUEUED, _outcome == Outcome.PENDING)
# The rows that `states.display_of` shows as each state.
_STATES: dict[Display, Condition] = {
    Display.QUEUED: and_(_QUEUED, ~AWAITS),
    Display.RUNNING: and_(_status == Status.RUNNING, _outcome == Outcome.PENDING),
    Display.AWAITING: and_(_QUEUED, AWAITS),
    Display.COMPLETED: and_(_status == Status.COMPLETED, _outcome == Outcome.SUCCEEDED),
    Display.PARTIAL: and_(_status == Status.COMPLETED, _outcome == Outcome.PARTIALLY_SUCCEEDED),
    Display.CANCELLED: and_(_status == Status.COMPLETED, _outcome == Outcome.CANCELLED),
    Display.FAILED: _outcome == Outcome.FAILED,
}
# The same for rows with a pair that is no longer written. No row is in both.
_LEGACY_STATES: dict[Display | None, Condition] = {
    Display.FAILED: and_(_status == "failed", _outcome != Outcome.FAILED),
    Display.UNKNOWN: and_(_status != "failed", _outcome != Outcome.FAILED),
}
