"""Pages of a list: the one way to turn them, as fast on the last page as on the first, on both engines (R35).

A page begins right after a row of the list or, going back, ends right before one. A `Cursor` names that row; in an
address it is `?cursor=after~17`. One that makes no sense is the first page: nobody types it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, Select, func, literal, select, tuple_

from ops_admin.infra.database import db

PAGE_SIZE = 50
# No row has a larger id, and no engine takes one.
LARGEST_ID = 2**63 - 1

CURSOR = "cursor"
"""Its name in an address or a form."""

# The second pair stands in addresses that were made before other lists than that of the runs had cursors.
_DIRECTIONS = {"after": False, "before": True, "older": False, "newer": True}


@dataclass(frozen=True)
class Cursor:
    """A place in a list: right after the row of this id or, going `back`, right before it.

    `at` is the time of that row, in lists that are ordered by time first.
    """

    id: int
    back: bool = False
    at: datetime | None = None

    def __str__(self) -> str:
        """Return it as it stands in an address."""
        moment = [self.at.isoformat()] if self.at else []
        return "~".join(["before" if self.back else "after", str(self.id), *moment])


class Numbered(Protocol):
    """A row of a list."""

    @property
    def id(self) -> int:
        """Its id, which the list is ordered by in the end."""


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
    """Read the cursor of an address or a form; None, which is the first page, when there is none that makes sense.

    A list that is ordered by time first needs a `timed` one.
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
    """Whether `text` is a number that a row's id may have."""
    return text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= LARGEST_ID


def page_url(path: str, given: Mapping[str, str], cursor: Cursor | None) -> str | None:
    """Return the address of the page at `cursor` under the same filters; None for none."""
    return None if cursor is None else f"{path}?{urlencode({**given, CURSOR: str(cursor)})}"


@dataclass(frozen=True)
class Order:
    """The order of a list: by columns of which the last one is the id; all rise or, the newest first, all fall."""

    columns: Sequence[Any]
    falls: bool = False

    def by(self, cursor: Cursor | None) -> list[ColumnElement[Any]]:
        """Return what to order by; going back the rows are read in reverse."""
        return [column if self._rises(cursor) else column.desc() for column in self.columns]

    def beyond(self, cursor: Cursor | None, *values: object) -> ColumnElement[bool]:
        """Return the condition for rows beyond the row with these values of the columns: an index finds the first."""
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
    """Return the page out of the rows `found` beyond `cursor`: `size` of them, and one more if the list goes on."""
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
    """Run `query` for one page, the newest (the largest id) first."""
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
    """Run `query`, whose columns include `table.id`, for one page in the order of (search_key, id).

    A cursor whose row is gone is the first page: only the row knew the name.
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
    """Whether a search key contains `text`, in which % and _ mean themselves."""
    found: ColumnElement[bool] = column.contains(text, autoescape=True)
    return found


def _key_of(table: Any, cursor: Cursor | None) -> tuple[str, int] | None:
    if cursor is None:
        return None
    row = db.session.execute(select(table.search_key, table.id).where(table.id == cursor.id)).one_or_none()
    return None if row is None else (row[0], row[1])
