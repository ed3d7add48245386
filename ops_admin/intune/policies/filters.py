"""Reads the filters of the list of policies from the query string. Invalid values are kept and explained."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from flask_babel import gettext as _

from ops_admin.intune.directory.queries import list_groups
from ops_admin.intune.policies.queries import ASSIGNED, PolicyFilter
from ops_admin.intune.policies.states import PolicyState
from ops_admin.intune.policies.types import POLICY_TYPES

FIELDS = ("q", "type", "state", "assigned", "group")
LONGEST_SEARCH = 200
MOST_GROUPS = 20


@dataclass(frozen=True)
class ListQuery:
    """The filters: `given` as they were typed, `wanted` for the database, `errors` by field."""

    path: str
    given: dict[str, str]
    wanted: PolicyFilter
    errors: dict[str, str] = field(default_factory=dict)

    def url(self, **changes: str | None) -> str:
        """Return the URL of the first page with some filters changed (None removes one)."""
        values = {**self.given, **changes}
        query = urlencode([(name, values[name]) for name in FIELDS if values.get(name)])
        return f"{self.path}?{query}" if query else self.path


def read_query(tenant_id: int, path: str, arguments: Mapping[str, str]) -> ListQuery:
    """Read the filters from the query string, or from a form that has them as fields."""
    values = {name: arguments.get(name, "").strip()[:LONGEST_SEARCH] for name in FIELDS}
    given = {name: value for name, value in values.items() if value}
    known = {
        "type": frozenset(POLICY_TYPES),
        "state": frozenset(map(str, PolicyState)),
        "assigned": frozenset(ASSIGNED),
    }
    errors = {
        name: _("Choose one of the values offered.")
        for name in known
        if name in given and given[name] not in known[name]
    }
    group_ids = None
    if "group" in given:
        group_ids, problem = _find_groups(tenant_id, given["group"])
        errors |= {"group": problem} if problem else {}
    wanted = PolicyFilter(given.get("q"), given.get("type"), given.get("state"), given.get("assigned"), group_ids)
    return ListQuery(path, given, wanted, errors)


def _find_groups(tenant_id: int, name: str) -> tuple[tuple[str, ...], str | None]:
    """Return the ids of cached groups with this name, or else of those whose name contains it; and an error."""
    page = list_groups(tenant_id, name)
    exact = [group for group in page.rows if group.display_name.casefold() == name.casefold()]
    found = exact or page.rows
    if not found:
        return (), _("No cached group has this name. Sync the groups, or try another part of the name.")
    if not exact and page.total > MOST_GROUPS:
        return (), _("%(number)s groups have this in their name. Type more of it.", number=page.total)
    return tuple(group.external_id for group in found), None
