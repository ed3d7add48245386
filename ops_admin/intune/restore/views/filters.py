"""The assignment filter fields of the wizard's third step: the options and the current choice (R43)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask_babel import gettext as _

from ops_admin.intune.directory.filters import AssignmentFilter, list_filters
from ops_admin.intune.restore import filters
from ops_admin.intune.restore.earlier import earlier_filters
from ops_admin.intune.restore.filters import FilterDecided, FilterRow
from ops_admin.intune.restore.queries import Restore

SKIP = "skip"


@dataclass(frozen=True)
class PostedFilters:
    """The submitted filter fields: raw values, decisions by source id, and errors by row."""

    posted: Mapping[int, str] = field(default_factory=dict)
    decisions: Mapping[str, FilterDecided] = field(default_factory=dict)
    errors: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class FilterChoice:
    """One source filter as the form shows it. `same` is the target's filter suggested for it."""

    row: FilterRow
    value: str
    same: AssignmentFilter | None
    options: list[AssignmentFilter]
    error: str | None


def filter_choices(restore: Restore, given: PostedFilters | None = None) -> list[FilterChoice]:
    """Return the filters to decide on. A filter with a counterpart of the same name is preselected."""
    rows, known = filters.list_filters(restore.id), list_filters(restore.tenant_id)
    same = filters.counterparts_of(restore, rows)
    ids = {each.external_id for each in known}
    earlier = {key: to or SKIP for key, to in earlier_filters(restore).items() if to is None or to in ids}
    given = given or PostedFilters()
    return [
        FilterChoice(
            row,
            given.posted.get(row.id) or _value_of(row, same.get(row.source_filter_id), earlier),
            same.get(row.source_filter_id),
            _options(row, known),
            given.errors.get(row.id),
        )
        for row in rows
    ]


def read_filters(restore: Restore, form: Mapping[str, str], *, skip_undecided: bool = False) -> PostedFilters:
    """Parse the form values: a filter id, "skip", or empty for undecided."""
    known = {each.external_id: each.display_name for each in list_filters(restore.tenant_id)}
    posted: dict[int, str] = {}
    decisions: dict[str, FilterDecided] = {}
    errors: dict[int, str] = {}
    for row in filters.list_filters(restore.id):
        value = form.get(f"filter-{row.id}", "")
        posted[row.id] = value
        if value == SKIP or (not value and skip_undecided and row.decision is None):
            decisions[row.source_filter_id] = FilterDecided(None)
        elif value and (value in known or value == row.target_filter_id):
            decisions[row.source_filter_id] = FilterDecided(value, known.get(value, row.target_name))
        elif value:
            errors[row.id] = _("This filter is not cached (any more). Sync the groups and filters, or choose another.")
    return PostedFilters(posted, decisions, errors)


def _value_of(row: FilterRow, same: AssignmentFilter | None, earlier: Mapping[str, str]) -> str:
    if row.decision is None:
        return earlier.get(row.source_filter_id) or (same.external_id if same else "")
    return row.target_filter_id or SKIP


def _options(row: FilterRow, known: list[AssignmentFilter]) -> list[AssignmentFilter]:
    """The cached filters, plus the chosen one if it is no longer cached."""
    is_known = any(each.external_id == row.target_filter_id for each in known)
    if row.target_filter_id is None or is_known:
        return known
    return [*known, AssignmentFilter(row.target_filter_id, row.target_name or row.target_filter_id)]
