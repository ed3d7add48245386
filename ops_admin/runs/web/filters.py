"""The list's filters as given in its URL (R32). Nothing typed is lost, and invalid values are explained."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlencode

from flask_babel import gettext as _

from ops_admin.infra.database import utcnow
from ops_admin.runs.queries import RunFilter
from ops_admin.runs.states import Display, Outcome, Status
from ops_admin.runs.web.presenter import types_matching
from ops_admin.web import keyset
from ops_admin.web.keyset import Cursor

FIELDS = ("q", "state", "status", "outcome", "type", "tenant", "initiator", "within", "since", "until")
WITHIN = {
    "1h": timedelta(hours=1),
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
}
MOST_CHARACTERS = 200
# The database refuses numbers beyond 64 bits, and no row has one.
MOST_DIGITS = 18

Choice = TypeVar("Choice", bound=StrEnum)


@dataclass(frozen=True)
class ListQuery:
    """The parsed query: `given` as typed, `wanted` for the database, `errors` by field."""

    given: dict[str, str]
    wanted: RunFilter
    cursor: Cursor | None = None
    errors: dict[str, str] = field(default_factory=dict)

    def url(self, **changes: str | int | None) -> str:
        """Return the URL of the list's first page with some filters changed (None: removed)."""
        values = {**self.given, **changes}
        query = urlencode([(name, values[name]) for name in FIELDS if values.get(name)])
        return f"/operations?{query}" if query else "/operations"

    def page_url(self, cursor: Cursor | None) -> str | None:
        """Return the URL of the page at `cursor`, or None."""
        return keyset.page_url("/operations", self.given, cursor)


def read_query(arguments: Mapping[str, str]) -> ListQuery:
    """Parse the filters of a URL. Invalid values are kept and explained in `errors`."""
    given = {name: arguments.get(name, "").strip()[:MOST_CHARACTERS] for name in FIELDS}
    reader = _Reader({name: value for name, value in given.items() if value})
    wanted = RunFilter(
        display=reader.choice("state", Display),
        status=reader.choice("status", Status),
        outcome=reader.choice("outcome", Outcome),
        types=_types(reader.given),
        tenant_id=reader.number("tenant"),
        initiator=reader.given.get("initiator"),
        since=reader.since(),
        until=reader.moment("until"),
        run_id=_run_id(reader.given),
    )
    if wanted.since and wanted.until and wanted.since >= wanted.until:
        reader.errors["until"] = _("The end has to be later than the beginning.")
    return ListQuery(reader.given, wanted, keyset.read_cursor(arguments, timed=True), reader.errors)


class _Reader:
    """Parses one value after another and collects the errors."""

    def __init__(self, given: dict[str, str]) -> None:
        self.given = given
        self.errors: dict[str, str] = {}

    def choice(self, name: str, kind: type[Choice]) -> Choice | None:
        value = self.given.get(name)
        if value is None or value in set(kind):
            return kind(value) if value else None
        self.errors[name] = _("Choose one of the values offered.")
        return None

    def number(self, name: str) -> int | None:
        value = self.given.get(name)
        if value is None or _is_number(value):
            return int(value) if value else None
        self.errors[name] = _("Choose one of the values offered.")
        return None

    def moment(self, name: str) -> datetime | None:
        value = self.given.get(name)
        try:
            moment = datetime.fromisoformat(value) if value else None
            return moment.astimezone(UTC) if moment and moment.tzinfo else moment and moment.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            self.errors[name] = _("Write a date, or a date and a time, like 2026-01-31 14:30.")
            return None

    def since(self) -> datetime | None:
        within = self.given.get("within")
        if within is not None and within not in WITHIN:
            self.errors["within"] = _("Choose one of the values offered.")
        recent = utcnow() - WITHIN[within] if within in WITHIN else None
        exact = self.moment("since")
        return max(recent, exact) if recent and exact else recent or exact


def _types(given: Mapping[str, str]) -> tuple[str, ...] | None:
    """Return the operation types that match both the type filter and the search text; None if neither limits them."""
    chosen = (given["type"],) if "type" in given else None
    if "q" not in given or _run_id(given) is not None:
        return chosen
    found = tuple(types_matching(given["q"]))
    return found if chosen is None else tuple(key for key in found if key in chosen)


def _run_id(given: Mapping[str, str]) -> int | None:
    value = given.get("q", "").removeprefix("#")
    return int(value) if _is_number(value) else None


def _is_number(value: str) -> bool:
    return value.isascii() and value.isdigit() and len(value) <= MOST_DIGITS
