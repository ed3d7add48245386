"""The statements of the ledger's writer, built once for each shape, because building one costs more than executing it.

PostgreSQL writes a run, its history line and its companions in one statement. SQLite uses one statement each, since it
has no round trips. The caller holds an open `transaction()` or `single_statement()`; only `service` calls this module.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from functools import cache
from typing import Any, cast

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Insert,
    RowMapping,
    Select,
    Table,
    Update,
    bindparam,
    case,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Session
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from ops_admin.infra.database import Executor
from ops_admin.infra.upserts import insert_for, insert_into
from ops_admin.runs.companions import Build, Companion, Found
from ops_admin.runs.ledger import Run
from ops_admin.runs.models import DbOperationRun, DbOperationRunTransition, DbPruning, ended_before
from ops_admin.runs.rows import run_from
from ops_admin.runs.states import Outcome, Status, check_move

runs = cast(Table, DbOperationRun.__table__)
transitions = cast(Table, DbOperationRunTransition.__table__)
prunings = cast(Table, DbPruning.__table__)


@dataclass(frozen=True)
class Entry:
    """What a history line stores besides the run's state at that time. Field names are column names."""

    from_status: str | None
    actor: str
    actor_id: int | None
    reason: str
    event_type: str
    data: Mapping[str, object]


Stored = RowMapping | Mapping[str, Any]


@dataclass(frozen=True)
class Written:
    """A run as a statement left it, and the columns that its companions returned."""

    run: Run
    found: Found


def insert_run(
    executor: Executor, values: Mapping[str, object], entry: Entry | None, companions: Sequence[Companion] = ()
) -> Written | None:
    """Insert a run with its first history line. None if an active run of its identity exists (R5)."""
    statement = _insertion(_dialect_of(executor), tuple(values))
    return _execute(executor, statement, _prefixed(values), entry, companions)


def change_run(
    executor: Executor,
    run_id: int,
    expect: Sequence[Status],
    values: Mapping[str, object],
    *,
    revision: int | None = None,
    claim: int | None = None,
    entry: Entry | None = None,
    companions: Sequence[Companion] = (),
    durable: bool = True,
) -> Written | None:
    """Change a run whose status is one of `expect`, and add `entry` to its history.

    Returns the run as it is now, or None if it was not as expected. With `revision` or `claim` the run must also have
    that one. A `claim` among the values is incremented, whatever its value. A change that is not `durable` does not
    wait for PostgreSQL's disk and may be lost in a crash of the server. Raises ImpossibleMove for a status that cannot
    follow one of `expect`.
    """
    if "status" in values:
        check_move(expect, str(values["status"]))
    parameters = _prefixed(values) | {"changed_id": run_id, "expected": list(expect)}
    guards = {"revision": revision, "claim": claim}
    parameters |= {f"expected_{name}": value for name, value in guards.items() if value is not None}
    guarded = tuple(name for name, value in guards.items() if value is not None)
    return _execute(executor, _change(tuple(values), guarded), parameters, entry, companions, durable)


def add_entry(executor: Executor, run: Stored, entry: Entry, at: datetime | None = None) -> None:
    """Add a line to a run's history without changing the run, at the time of its last change or at `at`."""
    executor.execute(insert(transitions), {**_noted(run), **asdict(entry), "at": at or run["updated_at"]})


def delete_ended(session: Session, workspace_id: int, run_ids: Collection[int], before: datetime) -> list[int]:
    """Delete those of `run_ids` that ended before `before`, and return their ids. Never deletes an active run."""
    chosen = runs.c.id.in_(list(run_ids)) & (runs.c.workspace_id == workspace_id) & ended_before(before)
    return list(session.execute(delete(runs).where(chosen).returning(runs.c.id)).scalars())


def note_pruning(session: Session, workspace_id: int, newest_run_id: int, before: datetime) -> None:
    """Record how far a workspace's ledger was pruned. Never moves backwards."""
    statement = insert_into(session, prunings).values(
        workspace_id=workspace_id, newest_run_id=newest_run_id, ended_before=before
    )
    updates = {
        name: case((prunings.c[name] > statement.excluded[name], prunings.c[name]), else_=statement.excluded[name])
        for name in ("newest_run_id", "ended_before")
    }
    session.execute(statement.on_conflict_do_update(index_elements=["workspace_id"], set_=updates))


def _execute(
    executor: Executor,
    statement: Insert | Update,
    parameters: Mapping[str, object],
    entry: Entry | None,
    companions: Sequence[Companion] = (),
    durable: bool = True,
) -> Written | None:
    if _dialect_of(executor) == "postgresql":
        whole = _whole(statement, entry is not None, tuple(each.build for each in companions), durable)
        bound = dict(parameters) | (_given(entry) if entry is not None else {})
        for companion in companions:
            bound |= companion.parameters
        row = executor.execute(whole, bound).one_or_none()
        return None if row is None else Written(run_from(row), dict(row._mapping))
    row = executor.execute(_returning(statement), parameters).one_or_none()
    if row is None:
        return None
    if entry is not None:
        add_entry(executor, row._mapping, entry)
    run = run_from(row)
    found: dict[str, Any] = {}
    for companion in companions:
        found |= companion.write(executor, run)
    return Written(run, found)


def _dialect_of(executor: Executor) -> str:
    return (executor.get_bind() if isinstance(executor, Session) else executor).dialect.name


@cache
def _insertion(dialect: str, columns: tuple[str, ...]) -> Insert:
    statement: Insert = insert_for(dialect, runs).values(_parameters(columns)).on_conflict_do_nothing()
    return statement


@cache
def _change(columns: tuple[str, ...], guarded: tuple[str, ...]) -> Update:
    expected: BindParameter[Any] = bindparam("expected", expanding=True)
    changed: dict[str, ColumnElement[Any]] = {**_parameters(columns), "revision": runs.c.revision + 1}
    if "started_at" in changed:  # a run starts only once, however often it is resumed
        changed["started_at"] = func.coalesce(runs.c.started_at, changed["started_at"])
    if "claim" in changed:
        changed["claim"] = runs.c.claim + 1
    return (
        update(runs)
        .where(runs.c.id == bindparam("changed_id"), runs.c.status.in_(expected), runs.c.outcome == Outcome.PENDING)
        .where(*(runs.c[name] == bindparam(f"expected_{name}") for name in guarded))
        .values(changed)
    )


@cache
def _returning(statement: Insert | Update) -> Any:
    return statement.returning(*runs.c)


@cache
def _whole(statement: Insert | Update, has_entry: bool, builds: tuple[Build, ...], durable: bool) -> Select[Any]:
    """A single PostgreSQL statement that writes a run, its history line and its companions."""
    written = _returning(statement).cte("written")
    whole = select(written)
    if has_entry:
        names = [field.name for field in fields(Entry)]
        given = {name: bindparam(f"entry_{name}", type_=transitions.c[name].type) for name in names}
        columns = {**_noted(written.c), **given}
        line = select(*columns.values()).select_from(written)
        whole = whole.add_cte(insert(transitions).from_select(list(columns), line).cte("noted"))
    for build in builds:
        ctes, selected = build(written)
        whole = whole.add_cte(*ctes).add_columns(*selected)
    if not durable:
        # Applies to the whole transaction: only for statements that are one of their own.
        whole = whole.add_columns(func.set_config("synchronous_commit", "off", True).label("synchronous_commit"))
    return whole


def _given(entry: Entry) -> dict[str, object]:
    return {f"entry_{name}": value for name, value in asdict(entry).items()}


def _noted(run: Stored | ReadOnlyColumnCollection[str, Any]) -> dict[str, Any]:
    """What the history stores of a run's state."""
    return {
        "operation_run_id": run["id"],
        "to_status": run["status"],
        "outcome": run["outcome"],
        "at": run["updated_at"],
    }


def _parameters(columns: Sequence[str]) -> dict[str, BindParameter[Any]]:
    return {name: bindparam(f"new_{name}", type_=runs.c[name].type) for name in columns}


def _prefixed(values: Mapping[str, object]) -> dict[str, object]:
    # SQLAlchemy reserves the names of the columns being set for its own parameters.
    return {f"new_{name}": value for name, value in values.items()}
