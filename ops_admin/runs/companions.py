"""Rows of other tables that are written together with a run: its queue message, the notification when it ends."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CTE, ColumnElement

from ops_admin.infra.database import Executor
from ops_admin.runs.ledger import Run

Found = Mapping[str, Any]
Build = Callable[[CTE], tuple[Sequence[CTE], Sequence[ColumnElement[Any]]]]


@dataclass(frozen=True)
class Companion:
    """Rows written in the same statement as a run, so that both are committed or neither.

    `build(written)` returns the CTEs that PostgreSQL adds to the run's statement and the labelled columns it selects
    besides the run. Their values are bound by name from `parameters`. `build` is called once for each shape of
    statement, so it must be a module-level function.

    `write` does the same in separate statements and returns the same columns. It is used on SQLite, and wherever the
    run is part of a longer transaction. `told` receives the columns after the commit.
    """

    build: Build
    parameters: Mapping[str, object]
    write: Callable[[Executor, Run], Found]
    told: Callable[[Found], None] = lambda _: None
