"""Ledger reads for pruning (R48): which runs are old, and how far pruning got before."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import Table, func, literal, select, tuple_

from ops_admin.infra.database import db
from ops_admin.runs.conditions import ACTIVE
from ops_admin.runs.models import DbOperationRun, DbPruning, ended_before
from ops_admin.runs.rows import run_from
from ops_admin.runs.states import Outcome

_runs = cast(Table, DbOperationRun.__table__)


@dataclass(frozen=True)
class OldRun:
    """A run that began long ago. `has_ended` says whether it also ended that long ago."""

    id: int
    created_at: datetime
    has_ended: bool


@dataclass(frozen=True)
class Pruning:
    """The workspace's ledger holds no run up to `newest_run_id` that ended before `ended_before`."""

    newest_run_id: int
    ended_before: datetime


def list_old_runs(workspace_id: int, before: datetime, after: OldRun | None, size: int) -> list[OldRun]:
    """Return runs of a workspace that began before `before`, oldest first, starting after `after`.

    They are read in the order of the list's index, so every page costs the same (R35).
    """
    created_at, run_id = _runs.c.created_at, _runs.c.id
    query = select(run_id, created_at, ended_before(before)).where(
        _runs.c.workspace_id == workspace_id, created_at < before
    )
    if after is not None:
        place = tuple_(literal(after.created_at, created_at.type), literal(after.id, run_id.type))
        query = query.where(tuple_(created_at, run_id) > place)
    rows = db.session.execute(query.order_by(created_at, run_id).limit(size))
    return [OldRun(row[0], row[1], bool(row[2])) for row in rows]


def count_old_runs(workspace_id: int, before: datetime) -> int:
    """Return how many runs of a workspace began before `before`, from the index alone."""
    query = select(func.count()).where(_runs.c.workspace_id == workspace_id, _runs.c.created_at < before)
    return db.session.execute(query).scalar_one()


def list_active_inputs() -> list[dict[str, object]]:
    """Return the inputs of all active runs. What they have yet to read must not be deleted."""
    active = select(_runs).where(ACTIVE)
    return [run_from(row).inputs for row in db.session.execute(active)]


def was_done_since(type_key: str, workspace_id: int, since: datetime) -> bool:
    """Whether the workspace has a tenantless run of that type that began after `since` and has not failed."""
    query = select(_runs.c.id).where(
        _runs.c.workspace_id == workspace_id,
        _runs.c.created_at > since,
        _runs.c.tenant_id.is_(None),
        _runs.c.type == type_key,
        _runs.c.outcome != Outcome.FAILED,
    )
    return db.session.execute(query.limit(1)).first() is not None


def find_pruning(workspace_ids: Collection[int], run_id: int) -> Pruning | None:
    """Return the pruning of one of these workspaces that may have removed the run, or None.

    It looks only at the reader's own workspaces and never at the run itself, so a missing run reveals nothing about
    another workspace's runs (R36).
    """
    query = (
        select(DbPruning)
        .where(DbPruning.workspace_id.in_(list(workspace_ids)), DbPruning.newest_run_id >= run_id)
        .order_by(DbPruning.ended_before.desc())
        .limit(1)
    )
    row = db.session.scalars(query).one_or_none()
    return Pruning(row.newest_run_id, row.ended_before) if row is not None else None
