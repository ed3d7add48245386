"""Lists by name, a page at a time: as fast on the last page as on the first, on both engines (R35)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, Select, func, literal, select, tuple_

from ops_admin.infra.database import db

PAGE_SIZE = 50
# No row has a larger id, and no engine takes one.
LARGEST_ID = 2**63 - 1

Row = TypeVar("Row")


@dataclass(frozen=True)
class Place:
    """Where a page begins: after (or, going back, before) the row of this id."""

    row_id: int
    back: bool = False


@dataclass(frozen=True)
class Page(Generic[Row]):
    """One page, and the places where the next and the previous one begin (None: there is none)."""

    rows: tuple[Row, ...]
    next: Place | None
    previous: Place | None
    total: int


def read_place(arguments: Mapping[str, str]) -> Place | None:
    """Read `after` or `before` of an address; one that makes no sense is the beginning: nobody types it."""
    for name in ("after", "before"):
        text = arguments.get(name, "")
        if text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= LARGEST_ID:
            return Place(int(text), back=name == "before")
    return None


def page_url(path: str, given: Mapping[str, str], place: Place | None) -> str | None:
    """Return the address of the page that begins at `place` under the same filters; None for no place."""
    if place is None:
        return None
    query = {**given, "before" if place.back else "after": place.row_id}
    return f"{path}?{urlencode(query)}"


def read_page(
    query: Select[*tuple[Any, ...]],
    table: Any,
    place: Place | None,
    make_row: Callable[[Any], Row],
    size: int = PAGE_SIZE,
) -> Page[Row]:
    """Run `query`, whose columns include `table.id`, in the order of (search_key, id), from `place` on.

    A place whose row is gone is the beginning.
    """
    key = tuple_(table.search_key, table.id)
    beginning = _find_key(table, place)
    back = place is not None and place.back and beginning is not None
    ordered = (
        query.order_by(table.search_key.desc(), table.id.desc()) if back else query.order_by(table.search_key, table.id)
    )
    if beginning is not None:
        ordered = ordered.where(key < beginning if back else key > beginning)
    found = db.session.execute(ordered.limit(size + 1)).all()
    more, rows = len(found) > size, found[:size]
    if back:
        rows = rows[::-1]
    total = db.session.execute(select(func.count()).select_from(query.subquery())).scalar_one()
    return Page(
        rows=tuple(make_row(row) for row in rows),
        next=Place(rows[-1].id) if rows and (back or more) else None,
        previous=Place(rows[0].id, back=True) if rows and (more if back else beginning is not None) else None,
        total=total,
    )


def contains(column: Any, text: str) -> ColumnElement[bool]:
    """Whether a search key contains `text`, in which % and _ mean themselves."""
    found: ColumnElement[bool] = column.contains(text, autoescape=True)
    return found


def _find_key(table: Any, place: Place | None) -> Any:
    if place is None:
        return None
    row = db.session.execute(select(table.search_key, table.id).where(table.id == place.row_id)).one_or_none()
    return None if row is None else tuple_(literal(row[0], table.search_key.type), literal(row[1], table.id.type))
