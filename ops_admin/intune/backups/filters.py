"""Reads the filters of a set's items from the query string. Invalid values are kept and explained."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from flask_babel import gettext as _

from ops_admin.intune.backups.queries import ItemFilter
from ops_admin.intune.policies.types import POLICY_TYPES

FIELDS = ("q", "type", "show")
SHOW_FAILED = "failed"
LONGEST_SEARCH = 200


@dataclass(frozen=True)
class ItemQuery:
    """The filters: `given` as they were typed, `wanted` for the database, `errors` by field."""

    path: str
    given: dict[str, str]
    wanted: ItemFilter
    errors: dict[str, str] = field(default_factory=dict)

    def url(self, **changes: str | None) -> str:
        """Return the URL of the first page with some filters changed (None removes one)."""
        values = {**self.given, **changes}
        query = urlencode([(name, values[name]) for name in FIELDS if values.get(name)])
        return f"{self.path}?{query}" if query else self.path


def read_query(path: str, arguments: Mapping[str, str]) -> ItemQuery:
    """Read the filters from the query string."""
    values = {name: arguments.get(name, "").strip()[:LONGEST_SEARCH] for name in FIELDS}
    given = {name: value for name, value in values.items() if value}
    known = {"type": frozenset(POLICY_TYPES), "show": frozenset({SHOW_FAILED})}
    invalid = [name for name in known if name in given and given[name] not in known[name]]
    failed = True if given.get("show") == SHOW_FAILED else None
    wanted = ItemFilter(given.get("q"), given.get("type"), failed)
    return ItemQuery(path, given, wanted, {name: _("Choose one of the values offered.") for name in invalid})
