"""The statements of the ledger's writer, built once for each shape: to build one costs more than to execute it.

PostgreSQL writes a run and its line of history in one statement; SQLite, which has no round trip to its file, in two.
Whoever calls holds an open `transaction()`; only `service` calls.
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
    Row,
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
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from ops_admin.runs.models import DbOperationRun, DbOperationRunTransition, DbPruning, ended_before
from ops_admin.runs.states import Outcome, Status

runs = cast(Table, DbOperationRun.__table__)
transitions = cast(Table, DbOperationRunTransition.__table__)
prunings = cast(Table, DbPruning.__table__)


@dataclass(frozen=True)
class Entry:
    """What a line of a run's history keeps besides the run as it then was; names are the table's columns."""

    from_status: str | None
    actor: str
    actor_id: int | None
    reason: str
    event_type: str
    data: Mapping[str, object]


def insert_run(session: Session, values: Mapping[str, object], entry: Entry) -> Row[Any] | None:
    """Insert a run with the first line of its history; None when an active one of its identity is in the way (R5)."""
    dialect = session.get_bind().dialect.name
    return _execute(session, _insertion(dialect, tuple(values)), _prefixed(values), entry)


def change_run(
    session: Session,
    run_id: int,
    expect: Sequence[Status],
    values: Mapping[str, object],
    *,
    revision: int | None = None,
    claim: int | None = None,
    entry: Entry | None = None,
) -> Row[Any] | None:
    """Change a run whose status is one of `expect`, and add `entry` to its history.

    Returns the row as it is now; None when it was not as expected. With `revision` or `claim` the run must have that
    one, too. A `claim` among the values is counted up, whatever its value.
    """
    parameters = _prefixed(values) | {"changed_id": run_id, "expected": list(expect)}
    guards = {"revision": revision, "claim": claim}
    parameters |= {f"expected_{name}": value for name, value in guards.items() if value is not None}
    guarded = tuple(name for name, value in guards.items() if value is not None)
    return _execute(session, _change(tuple(values), guarded), parameters, entry)


def add_entry(session: Session, run: RowMapping, entry: Entry, at: datetime | None = None) -> None:
    """Add a line to the history of a run as it is: at the time of its last change, or at `at`."""
    session.execute(insert(transitions), {**_noted(run), **asdict(entry), "at": at or run["updated_at"]})


def delete_ended(session: Session, workspace_id: int, run_ids: Collection[int], before: datetime) -> list[int]:
    """Delete those of `run_ids` that ended before that moment, and return their ids: never an active run."""
    chosen = runs.c.id.in_(list(run_ids)) & (runs.c.workspace_id == workspace_id) & ended_before(before)
    return list(session.execute(delete(runs).where(chosen).returning(runs.c.id)).scalars())


def note_pruning(session: Session, workspace_id: int, newest_run_id: int, before: datetime) -> None:
    """Remember how far the ledger of a workspace was pruned; never less far than before."""
    statement = _engine(session.get_bind().dialect.name).insert(prunings)
    statement = statement.values(workspace_id=workspace_id, newest_run_id=newest_run_id, ended_before=before)
    updates = {
        name: case((prunings.c[name] > statement.excluded[name], prunings.c[name]), else_=statement.excluded[name])
        for name in ("newest_run_id", "ended_before")
    }
    session.execute(statement.on_conflict_do_update(index_elements=["workspace_id"], set_=updates))


def _execute(
    session: Session, statement: Insert | Update, parameters: Mapping[str, object], entry: Entry | None
) -> Row[Any] | None:
    if entry is not None and session.get_bind().dialect.name == "postgresql":
        return session.execute(_with_entry(statement), {**parameters, **_given(entry)}).one_or_none()
    row = session.execute(_returning(statement), parameters).one_or_none()
    if row is not None and entry is not None:
        add_entry(session, row._mapping, entry)
    return row


@cache
def _insertion(dialect: str, columns: tuple[str, ...]) -> Insert:
    statement: Insert = _engine(dialect).insert(runs).values(_parameters(columns)).on_conflict_do_nothing()
    return statement


def _engine(dialect: str) -> Any:
    """The module whose INSERT has the `on_conflict_…` methods of the engine."""
    return postgresql if dialect == "postgresql" else sqlite


@cache
def _change(columns: tuple[str, ...], guarded: tuple[str, ...]) -> Update:
    expected: BindParameter[Any] = bindparam("expected", expanding=True)
    changed: dict[str, ColumnElement[Any]] = {**_parameters(columns), "revision": runs.c.revision + 1}
    if "started_at" in changed:  # a run starts once, however often it is taken up again
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
def _with_entry(statement: Insert | Update) -> Select[Any]:
    written = _returning(statement).cte("written")
    given = {
        field.name: bindparam(f"entry_{field.name}", type_=transitions.c[field.name].type) for field in fields(Entry)
    }
    columns = {**_noted(written.c), **given}
    noted = insert(transitions).from_select(list(columns), select(*columns.values()).select_from(written)).cte("noted")
    return select(written).add_cte(noted)


def _given(entry: Entry) -> dict[str, object]:
    return {f"entry_{name}": value for name, value in asdict(entry).items()}


def _noted(run: RowMapping | ReadOnlyColumnCollection[str, Any]) -> dict[str, Any]:
    """What the history keeps of a run."""
    return {
        "operation_run_id": run["id"],
        "to_status": run["status"],
        "outcome": run["outcome"],
        "at": run["updated_at"],
    }


def _parameters(columns: Sequence[str]) -> dict[str, BindParameter[Any]]:
    return {name: bindparam(f"new_{name}", type_=runs.c[name].type) for name in columns}


def _prefixed(values: Mapping[str, object]) -> dict[str, object]:
    # A statement that sets a column reserves the column's name for a parameter of its own.
    return {f"new_{name}": value for name, value in values.items()}
