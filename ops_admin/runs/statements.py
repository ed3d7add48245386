"""The statements of the ledger's writer, built once for each shape: to build one costs more than to execute it.

PostgreSQL writes a run and its line of history in one statement; SQLite, which has no round trip to its file, in two.
Whoever calls holds an open `transaction()`; only `service` calls.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
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
class Note:
    """What a run's history keeps of a change besides the run as it then was."""

    from_status: str | None
    actor: str
    reason: str = ""


def insert_run(session: Session, values: Mapping[str, object], note: Note) -> Row[Any] | None:
    """Insert a run and note it, unless an active one of its identity is in the way (R5): then None."""
    dialect = session.get_bind().dialect.name
    return _execute(session, _insertion(dialect, tuple(values)), _prefixed(values), note)


def change_run(
    session: Session,
    run_id: int,
    expect: Sequence[Status],
    values: Mapping[str, object],
    *,
    revision: int | None = None,
    note: Note | None = None,
) -> Row[Any] | None:
    """Change a run whose status is one of `expect` and whose revision is `revision`, and note it.

    Returns the row as it is now; None when it was not as expected. Without `revision` any will do, without `note`
    nothing is noted.
    """
    parameters = _prefixed(values) | {"changed_id": run_id, "expected": list(expect)}
    if revision is not None:
        parameters["expected_revision"] = revision
    return _execute(session, _change(tuple(values), revision is not None), parameters, note)


def add_note(session: Session, run: RowMapping, note: Note, at: datetime | None = None) -> None:
    """Add a line to the history of a run as it is: at the time of its last change, or at `at`."""
    session.execute(insert(transitions), {**_noted(run), **asdict(note), "at": at or run["updated_at"]})


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
    session: Session, statement: Insert | Update, parameters: Mapping[str, object], note: Note | None
) -> Row[Any] | None:
    if note is not None and session.get_bind().dialect.name == "postgresql":
        return session.execute(_with_note(statement), {**parameters, **asdict(note)}).one_or_none()
    row = session.execute(_returning(statement), parameters).one_or_none()
    if row is not None and note is not None:
        add_note(session, row._mapping, note)
    return row


@cache
def _insertion(dialect: str, columns: tuple[str, ...]) -> Insert:
    statement: Insert = _engine(dialect).insert(runs).values(_parameters(columns)).on_conflict_do_nothing()
    return statement


def _engine(dialect: str) -> Any:
    """The module whose INSERT has the `on_conflict_…` methods of the engine."""
    return postgresql if dialect == "postgresql" else sqlite


@cache
def _change(columns: tuple[str, ...], revised: bool) -> Update:
    expected: BindParameter[Any] = bindparam("expected", expanding=True)
    unchanged = (runs.c.revision == bindparam("expected_revision"),) if revised else ()
    changed: dict[str, ColumnElement[Any]] = {**_parameters(columns), "revision": runs.c.revision + 1}
    if "started_at" in changed:  # a run starts once, however often it is taken up again
        changed["started_at"] = func.coalesce(runs.c.started_at, changed["started_at"])
    return (
        update(runs)
        .where(runs.c.id == bindparam("changed_id"), runs.c.status.in_(expected))
        .where(runs.c.outcome == Outcome.PENDING, *unchanged)
        .values(changed)
    )


@cache
def _returning(statement: Insert | Update) -> Any:
    return statement.returning(*runs.c)


@cache
def _with_note(statement: Insert | Update) -> Select[Any]:
    written = _returning(statement).cte("written")
    given = {name: bindparam(name, type_=transitions.c[name].type) for name in ("from_status", "actor", "reason")}
    columns = {**_noted(written.c), **given}
    noted = insert(transitions).from_select(list(columns), select(*columns.values()).select_from(written)).cte("noted")
    return select(written).add_cte(noted)


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
