"""The filters of the list of policies as they stand in an address: wrong ones are kept, and explained."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from flask_babel import gettext as _

from ops_admin.intune.policies.queries import PolicyFilter
from ops_admin.intune.policies.states import PolicyState
from ops_admin.intune.policies.types import POLICY_TYPES

FIELDS = ("q", "type", "state")
LONGEST_SEARCH = 200


@dataclass(frozen=True)
class ListQuery:
    """What was asked for: `given` as it was typed, `wanted` for the database, `errors` by field."""

    path: str
    given: dict[str, str]
    wanted: PolicyFilter
    errors: dict[str, str] = field(default_factory=dict)

    def url(self, **changes: str | None) -> str:
        """Return the address of the list's first page with some filters changed (None: left out)."""
        values = {**self.given, **changes}
        query = urlencode([(name, values[name]) for name in FIELDS if values.get(name)])
        return f"{self.path}?{query}" if query else self.path


def read_query(path: str, arguments: Mapping[str, str]) -> ListQuery:
    """Read the filters of an address."""
    values = {name: arguments.get(name, "").strip()[:LONGEST_SEARCH] for name in FIELDS}
    given = {name: value for name, value in values.items() if value}
    known = {"type": frozenset(POLICY_TYPES), "state": frozenset(map(str, PolicyState))}
    wrong = [name for name in known if name in given and given[name] not in known[name]]
    wanted = PolicyFilter(given.get("q"), given.get("type"), given.get("state"))
    return ListQuery(path, given, wanted, {name: _("Choose one of the values offered.") for name in wrong})
