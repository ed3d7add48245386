"""Rows of other tables that are written together with a run: its message in the queue, the notification of its end."""

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
    """What is written in the statement that writes a run: all of it is committed, or nothing.

    `build(written)` returns the common table expressions that PostgreSQL adds to that statement, and the labelled
    columns that it selects besides the run; their values are bound by name from `parameters`. It is called once for
    each shape of statement, so it is a function of a module. `write` does the same in statements of its own, on SQLite
    or where the run's own transaction is longer, and returns the same columns; after the commit `told` gets them.
    """

    build: Build
    parameters: Mapping[str, object]
    write: Callable[[Executor, Run], Found]
    told: Callable[[Found], None] = lambda _: None
