"""The list's filters as they stand in an address (R32): read without losing anything, wrong ones explained."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from flask_babel import gettext as _

from ops_admin.runs.queries import Cursor, RunFilter
from ops_admin.runs.states import Display, Outcome, Status

FIELDS = ("q", "state", "status", "outcome", "type", "tenant", "initiator", "within", "since", "until")
WITHIN = {"1h": timedelta(hours=1), "24h": timedelta(days=1), "7d": timedelta(days=7), "30d": timedelta(days=30)}
MOST_CHARACTERS = 200
# An id beyond 64 bits cannot be asked of the database; it names no run.
LARGEST_ID = 2**63 - 1


@dataclass(frozen=True)
class ListQuery:
    """What was asked for: `given` as typed, `wanted` for the database, `errors` by field."""

    given: dict[str, str]
    wanted: RunFilter
    errors: dict[str, str]
    cursor: Cursor | None = None

    @property
    def is_filtered(self) -> bool:
        """Whether anything narrows the list."""
        return bool(self.given)

    def url(self, **changes: str | None) -> str:
        """Return the address of the list with some filters changed (None: without it), from its first page."""
        values = {**self.given, **changes}
        query = urlencode([(name, values[name]) for name in (*FIELDS, "before", "after") if values.get(name)])
        return f"/operations?{query}" if query else "/operations"


def read_query(arguments: Mapping[str, str]) -> ListQuery:
    """Read the filters of an address; a value that cannot be used is kept, and explained in `errors`."""
    given = {name: arguments.get(name, "").strip()[:MOST_CHARACTERS] for name in FIELDS}
    given = {name: value for name, value in given.items() if value}
    errors: dict[str, str] = {}
    wanted = RunFilter(
        display=_choice(Display, "state", given, errors),
        status=_choice(Status, "status", given, errors),
        outcome=_choice(Outcome, "outcome", given, errors),
        types=_types(given, errors),
        tenant_id=_number("tenant", given, errors),
        initiator=given.get("initiator"),
        since=_since(given, errors),
        until=_moment("until", given, errors),
        run_id=_run_id(given),
    )
    if wanted.since and wanted.until and wanted.since >= wanted.until:
        errors["until"] = _("The end has to be later than the beginning.")
    return ListQuery(given, wanted, errors, _cursor(arguments, errors))


def cursor_text(cursor: Cursor | None) -> str | None:
    """Write a place in the list as it stands in an address."""
    return f"{cursor.created_at.isoformat()}~{cursor.id}" if cursor else None


def _choice[Choice: (Display, Status, Outcome)](
    kind: type[Choice], name: str, given: Mapping[str, str], errors: dict[str, str]
) -> Choice | None:
    value = given.get(name)
    if value is None or value in set(kind):
        return kind(value) if value else None
    errors[name] = _("Choose one of the values offered.")
    return None
