"""Paging of lists: as fast on the last page as on the first, on both engines (R35).

A page begins right after a row of the list or, going back, ends right before one. A `Cursor` names that row; in a URL
it is `?cursor=after~17`. An invalid cursor means the first page, because nobody types one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, Select, func, literal, select, tuple_

from ops_admin.infra.database import db

PAGE_SIZE = 50
# The largest id that a database can store.
LARGEST_ID = 2**63 - 1

CURSOR = "cursor"
"""Its name in a URL or a form."""

# The second pair is in older URLs of the list of runs.
_DIRECTIONS = {"after": False, "before": True, "older": False, "newer": True}


@dataclass(frozen=True)
class Cursor:
    """A place in a list: right after the row with this id or, going `back`, right before it.

    `at` is the time of that row, in lists that are ordered by time first.
    """

    id: int
    back: bool = False
    at: datetime | None = None

    def __str__(self) -> str:
        """Return it as text for a URL."""
        moment = [self.at.isoformat()] if self.at else []
        return "~".join(["before" if self.back else "after", str(self.id), *moment])


class Numbered(Protocol):
    """A row of a list."""

    @property
    def id(self) -> int:
        """The id, by which the list is ordered last."""


Row = TypeVar("Row", bound=Numbered)


@dataclass(frozen=True)
class Page(Generic[Row]):
    """One page of a list, and the cursors of the next and the previous one (None: there is none)."""

    rows: tuple[Row, ...]
    next: Cursor | None
    previous: Cursor | None


@dataclass(frozen=True)
class CountedPage(Page[Row]):
    """A page of a list that is short enough to be counted."""

    total: int


def read_cursor(arguments: Mapping[str, str], *, timed: bool = False) -> Cursor | None:
    """Read the cursor of a URL or a form; None, which is the first page, if there is no valid one.

    A list that is ordered by time first needs a `timed` cursor.
    """
    direction, number, moment, *_ = [*arguments.get(CURSOR, "").split("~", 2), "", "", ""]
    if direction not in _DIRECTIONS or not is_id(number):
        return None
    try:
        at = datetime.fromisoformat(moment) if moment else None
    except ValueError:
        return None
    if timed != (at is not None) or (at is not None and at.tzinfo is None):
        return None
    return Cursor(int(number), _DIRECTIONS[direction], at)


def is_id(text: str) -> bool:
    """Whether `text` is a number that can be the id of a row."""
    return text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= LARGEST_ID


def page_url(path: str, given: Mapping[str, str], cursor: Cursor | None) -> str | None:
    """Return the URL of the page at `cursor` with the same filters, or None."""
    return None if cursor is None else f"{path}?{urlencode({**given, CURSOR: str(cursor)})}"


@dataclass(frozen=True)
class Order:
    """The order of a list: by columns, the last of which is the id; all ascending or, if `falls`, all descending."""

    columns: Sequence[Any]
    falls: bool = False

    def by(self, cursor: Cursor | None) -> list[ColumnElement[Any]]:
        """Return what to order by; going back, the rows are read in reverse."""
        return [column if self._rises(cursor) else column.desc() for column in self.columns]

    def beyond(self, cursor: Cursor | None, *values: object) -> ColumnElement[bool]:
        """Return the condition for rows beyond the row with these values; an index finds the first one."""
        key = tuple_(*self.columns)
        place = tuple_(*(literal(value, column.type) for value, column in zip(values, self.columns, strict=True)))
        return key > place if self._rises(cursor) else key < place

    def _rises(self, cursor: Cursor | None) -> bool:
        return self.falls == (cursor is not None and cursor.back)


def page_of(
    found: Sequence[Row],
    cursor: Cursor | None,
    size: int,
    cursor_of: Callable[[Row], Cursor] = lambda row: Cursor(row.id),
) -> Page[Row]:
    """Return the page from the rows `found` beyond `cursor`: `size` of them, and one more if the list continues."""
    back = cursor is not None and cursor.back
    goes_on, rows = len(found) > size, tuple(found[:size])
    if back:
        rows = rows[::-1]
    return Page(
        rows,
        next=cursor_of(rows[-1]) if rows and (back or goes_on) else None,
        previous=replace(cursor_of(rows[0]), back=True) if rows and (goes_on if back else cursor is not None) else None,
    )


def read_newest(
    query: Select[Any],
    id_column: Any,
    cursor: Cursor | None,
    make_row: Callable[[Any], Row],
    size: int = PAGE_SIZE,
) -> Page[Row]:
    """Read one page of `query`, the newest (the largest id) first."""
    order = Order([id_column], falls=True)
    if cursor is not None:
        query = query.where(order.beyond(cursor, cursor.id))
    found = db.session.execute(query.order_by(*order.by(cursor)).limit(size + 1))
    return page_of([make_row(row) for row in found], cursor, size)


def read_by_name(
    query: Select[*tuple[Any, ...]],
    table: Any,
    cursor: Cursor | None,
    make_row: Callable[[Any], Row],
    size: int = PAGE_SIZE,
) -> CountedPage[Row]:
    """Read one page of `query`, whose columns include `table.id`, in the order of (search_key, id).

    If the cursor's row is gone, the first page is read, because only the row had the name.
    """
    order = Order([table.search_key, table.id])
    key = _key_of(table, cursor)
    cursor = None if key is None else cursor
    beyond = [] if key is None else [order.beyond(cursor, *key)]
    found = db.session.execute(query.where(*beyond).order_by(*order.by(cursor)).limit(size + 1))
    page = page_of([make_row(row) for row in found], cursor, size)
    total = db.session.execute(select(func.count()).select_from(query.subquery())).scalar_one()
    return CountedPage(page.rows, page.next, page.previous, total)


def contains(column: Any, text: str) -> ColumnElement[bool]:
    """Whether a search key contains `text`; % and _ are not wildcards."""
    found: ColumnElement[bool] = column.contains(text, autoescape=True)
    return found


def _key_of(table: Any, cursor: Cursor | None) -> tuple[str, int] | None:
    if cursor is None:
        return None
    row = db.session.execute(select(table.search_key, table.id).where(table.id == cursor.id)).one_or_none()
    return None if row is None else (row[0], row[1])
