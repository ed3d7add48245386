"""The list's statements: one page, the counts beside the filters, and the names in one of them (R32, R35).

A reader of twelve workspaces needs the newest rows of twelve indexes. SQLAlchemy takes longer to build such a statement
than the database takes to answer it, so each statement is built once and cached. It depends only on the arguments.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, union_all
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from ops_admin.runs import conditions
from ops_admin.runs.filter_types import RunFilter, Scope
from ops_admin.runs.models import DbOperationRun
from ops_admin.runs.states import Display
from ops_admin.web.keyset import Cursor, Order

_runs = DbOperationRun.__table__

# Readers with the same rights share statements. Those of later pages are used once and soon evicted.
_KEPT = 64


@lru_cache(_KEPT)
def page(scope: Scope, wanted: RunFilter, cursor: Cursor | None, limit: int) -> Select[Any]:
    """The first `limit` matching runs, starting at the cursor."""
    parts = conditions.parts_of(scope, wanted)
    return _first(parts, limit, cursor, *_runs.c) if len(parts) == 1 else among_all(parts, limit, cursor)


def among_all(parts: Sequence[ColumnElement[bool]], limit: int, cursor: Cursor | None) -> Select[Any]:
    """The first runs of all parts together. They are among the first of each part, which an index finds."""
    key = (_runs.c.id, _runs.c.created_at)
    found = union_all(*(select(_first([part], limit, cursor, *key).subquery()) for part in parts)).subquery()
    first = select(found.c.id).order_by(*_order(found.c).by(cursor)).limit(limit)
    return select(_runs).where(_runs.c.id.in_(first)).order_by(*_order(_runs.c).by(cursor))


@lru_cache(_KEPT)
def number(scope: Scope, wanted: RunFilter, most: int) -> Select[int]:
    """The number of matching runs, counted up to `most`."""
    parts = [select(_runs.c.id).where(part) for part in conditions.together(scope, wanted)]
    matching = (union_all(*parts) if len(parts) > 1 else parts[0]).limit(most)
    return select(func.count()).select_from(matching.subquery())


@lru_cache(_KEPT)
def numbers_by_state(scope: Scope, wanted: RunFilter, states: tuple[Display, ...], most: int) -> Select[Any]:
    """The number of otherwise matching runs in each state, each counted up to `most`, in one row."""
    numbers = {state: number(scope, replace(wanted, display=state), most) for state in states}
    return select(*(query.scalar_subquery().label(state) for state, query in numbers.items()))


@lru_cache(_KEPT)
def initiators(scope: Scope, recent: int, limit: int) -> Select[str]:
    """The initiators of the newest `recent` runs, in alphabetical order."""
    parts = conditions.parts_of(scope, RunFilter())
    newest = [_first([part], recent // len(parts), None, _runs.c.initiator_name) for part in parts]
    names = union_all(*(select(each.subquery()) for each in newest)).subquery()
    return select(names.c.initiator_name).distinct().order_by(names.c.initiator_name).limit(limit)


def _first(
    parts: Sequence[ColumnElement[bool]], limit: int, cursor: Cursor | None, *columns: ColumnElement[Any]
) -> Select[Any]:
    """The first runs of one part, starting at the cursor."""
    order = _order(_runs.c)
    beyond = [order.beyond(cursor, cursor.at, cursor.id)] if cursor else []
    return select(*columns).where(*parts, *beyond).order_by(*order.by(cursor)).limit(limit)


def _order(columns: ReadOnlyColumnCollection[str, Any]) -> Order:
    return Order((columns.created_at, columns.id), falls=True)
