"""Which runs a bulk action is for: the ticked rows, or all that match the list's filters, found by the server (R44)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from flask_babel import gettext as _

from ops_admin.access.capabilities import Capability
from ops_admin.access.rights import Rights
from ops_admin.runs import queries
from ops_admin.runs.catalog import InvalidInputs
from ops_admin.runs.queries import Scope
from ops_admin.runs.web.filters import read_query

RUN_IDS = "run_ids"
ALL_MATCHING = "all_matching"
MOST_RUNS = 10_000
LARGEST_ID = 2**63 - 1

Standing = Literal["active", "ended"]


@dataclass(frozen=True)
class Matching:
    """The matching runs, newest first. `capped` if there are more than one bulk action may take."""

    ids: tuple[int, ...]
    capped: bool


def read_run_ids(raw: Mapping[str, object]) -> list[int]:
    """Read the chosen run ids, without duplicates, newest first. Raises InvalidInputs if none, too many or invalid."""
    given = raw.get(RUN_IDS)
    if not isinstance(given, Iterable) or isinstance(given, str | bytes | Mapping):
        raise InvalidInputs({RUN_IDS: _("Give a list of the numbers of runs.")})
    ids = {_read_id(value) for value in given}
    if not ids:
        raise InvalidInputs({RUN_IDS: _("Choose at least one run.")})
    if len(ids) > MOST_RUNS:
        raise InvalidInputs({RUN_IDS: _("At most %(number)s runs at once.", number=MOST_RUNS)})
    return sorted(ids, reverse=True)


def find_matching(rights: Rights, standing: Standing, filters: Mapping[str, Any]) -> Matching:
    """Return the active or ended runs that match the URL's filters. Raises InvalidInputs for invalid filters.

    For stopping, only runs that the reader may stop: nobody should confirm an action that would be refused.
    """
    query = read_query({name: value for name, value in filters.items() if isinstance(value, str)})
    if query.errors:
        raise InvalidInputs(query.errors)
    scope = _stoppable(rights) if standing == "active" else queries.scope_of(rights)
    ids = queries.matching_ids(scope, query.wanted, standing, MOST_RUNS + 1)
    return Matching(tuple(ids[:MOST_RUNS]), len(ids) > MOST_RUNS)


def take_matching(rights: Rights, standing: Standing, filters: Mapping[str, Any]) -> list[int]:
    """Return the ids from `find_matching`. Raises InvalidInputs if there are none, or too many for one bulk action."""
    matching = find_matching(rights, standing, filters)
    if matching.capped:
        text = _("More than %(number)s runs match. Narrow the filters, for example by time.", number=MOST_RUNS)
        raise InvalidInputs({RUN_IDS: text})
    if not matching.ids:
        raise InvalidInputs({RUN_IDS: _("No run that matches these filters can be taken for this now.")})
    return list(matching.ids)


def _stoppable(rights: Rights) -> Scope:
    seen = queries.scope_of(rights)
    return Scope(
        tenant_ids=seen.tenant_ids & rights.tenant_ids(Capability.RUNS_CANCEL),
        workspace_ids=seen.workspace_ids & rights.workspace_ids(Capability.RUNS_CANCEL),
        reach=seen.reach,
    )


def _read_id(value: object) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= LARGEST_ID:
        raise InvalidInputs({RUN_IDS: _("“%(value)s” is not the number of a run.", value=str(value)[:60])})
    return value
