"""Labels, badges, wizard steps and the JSON of restores."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _

from ops_admin.intune.assignments.mapping import (
    SKIP,
    Assignment,
    GroupMapping,
    InvalidAssignments,
    check_assignments,
    find_filter_id,
    find_group_id,
    is_exclusion,
    target_of,
)
from ops_admin.intune.restore.codes import DEFAULT_MISSING
from ops_admin.intune.restore.filters import FilterRow
from ops_admin.intune.restore.queries import DROPPED, Restore, RestoreItem
from ops_admin.intune.restore.reach import ReachSummary
from ops_admin.intune.restore.reaching import is_dropped
from ops_admin.intune.restore.states import DONE, Action, AssignMode, ItemState, MatchRule, RestoreStatus
from ops_admin.runs.failures import explain

# In characters. A browser struggles with longer policies.
LONGEST_CONTENT = 200_000

STATUS_LABELS: Mapping[str, object] = {
    RestoreStatus.DRAFT: _("Draft"),
    RestoreStatus.PREVIEWED: _("Previewed"),
    RestoreStatus.QUEUED: _("Queued"),
    RestoreStatus.RUNNING: _("Running"),
    RestoreStatus.COMPLETED: _("Completed"),
    RestoreStatus.PARTIAL: _("Partial"),
    RestoreStatus.FAILED: _("Failed"),
    RestoreStatus.CANCELLED: _("Cancelled"),
}
ACTION_LABELS: Mapping[str, object] = {
    Action.CREATE: _("Create"),
    Action.UPDATE: _("Update"),
    Action.UNCHANGED: _("Unchanged"),
    Action.CONFLICT: _("Conflict"),
    Action.SKIP: _("Not restored"),
}
RESULT_LABELS: Mapping[str, object] = {
    ItemState.PENDING: _("Not written yet"),
    ItemState.WRITING: _("Interrupted"),
    ItemState.WRITTEN: _("Written"),
    ItemState.UNCHANGED: _("Unchanged"),
    ItemState.FAILED: _("Failed"),
    ItemState.SKIPPED: _("Not restored"),
    DROPPED: _("Assignments dropped"),
}
ASSIGN_MODE_LABELS: Mapping[str, object] = {
    AssignMode.KEEP: _("Keep those in the tenant"),
    AssignMode.MERGE: _("Add to those in the tenant"),
    AssignMode.REPLACE: _("Replace those in the tenant"),
}
MATCH_LABELS: Mapping[str, object] = {
    MatchRule.ORIGIN_ID: _("Matched by its id"),
    MatchRule.NAME: _("Matched by name and type"),
    MatchRule.NONE: _("No policy of this name and type"),
    MatchRule.CHOICE: _("Selected by a user"),
}
_TONES: Mapping[str, str] = {
    RestoreStatus.PREVIEWED: "blue",
    RestoreStatus.RUNNING: "blue",
    RestoreStatus.COMPLETED: "green",
    RestoreStatus.PARTIAL: "yellow",
    RestoreStatus.FAILED: "red",
    Action.CREATE: "green",
    Action.UPDATE: "blue",
    Action.CONFLICT: "yellow",
    ItemState.WRITTEN: "green",
    ItemState.WRITING: "yellow",
}


@dataclass(frozen=True)
class Mark:
    """A badge's label and the name of its Tabler colour."""

    label: str
    tone: str


@dataclass(frozen=True)
class Step:
    """One step of the wizard. `url` is None if the step cannot be visited (yet, or any more)."""

    number: int
    label: str
    url: str | None
    is_current: bool
    is_done: bool


@dataclass(frozen=True)
class AssignmentLine:
    """One assignment of the backup as the tenant would get it. `is_left_out` if the tenant would not."""

    kind: str
    source: str | None
    target: str | None
    is_left_out: bool
    more: str | None = None
    filter: str | None = None


def status_mark(status: str) -> Mark:
    """Return a restore's badge: the labels of its run (R31), and two that runs do not have."""
    return Mark(str(STATUS_LABELS.get(status, status)), _TONES.get(status, "secondary"))


def action_mark(item: RestoreItem) -> Mark:
    """Return the badge for what the preview found; "Not compared yet" if there is no action."""
    if item.action is None:
        return Mark(gettext("Not compared yet"), "secondary")
    if item.action == Action.SKIP and item.problem_code:
        return Mark(_word_of_problem(item.problem_code), "yellow")
    tone = _TONES.get(item.action, "secondary")
    return Mark(str(ACTION_LABELS[item.action]), tone)


def _word_of_problem(code: str) -> str:
    """Say whether the comparison failed or its result prevents the restore."""
    return str(gettext("Could not be compared") if code.startswith("graph.") else ACTION_LABELS[Action.SKIP])


@dataclass(frozen=True)
class Problem:
    """A reason why items are left out, and how many."""

    code: str
    text: str
    count: int


def problems_of(counts: Mapping[str, int]) -> list[Problem]:
    """Return why items are left out, except for defaults that each tenant has and nobody creates."""
    return [Problem(code, explain(code) or code, number) for code, number in counts.items() if code != DEFAULT_MISSING]


def result_mark(item: RestoreItem, *, is_active: bool = False) -> Mark:
    """Return the badge for an item's progress. An item that failed in part has failed."""
    state = ItemState(item.state)
    if item.assignments_state == ItemState.FAILED and state != ItemState.FAILED:
        return Mark(gettext("Assignments failed"), "red")
    if is_dropped(item):
        is_written = ItemState.WRITTEN in (state, item.assignments_state)
        words = gettext("Written, assignments dropped") if is_written else gettext("Unchanged, assignments dropped")
        return Mark(words, "yellow")
    is_half = state in DONE and item.assignments_state == ItemState.PENDING
    if is_half or ItemState.WRITING in (state, item.assignments_state):
        return Mark(gettext("Writing…"), "blue") if is_active else Mark(str(RESULT_LABELS[ItemState.WRITING]), "yellow")
    return Mark(str(RESULT_LABELS[state]), "red" if state == ItemState.FAILED else _TONES.get(state, "secondary"))


def match_of(item: RestoreItem) -> str:
    """Return how the tenant's policy was matched, or that none or several were found."""
    if item.action == Action.CONFLICT:
        return str(gettext("Several policies of this name and type"))
    return str(MATCH_LABELS[item.matched_by]) if item.matched_by else ""


def what_happens(item: RestoreItem) -> str:
    """Return one line on what an update would change, or how the item was matched."""
    if item.problem_code:
        return str(explain(item.problem_code) or item.problem_code)
    parts = []
    if item.changes_total:
        parts.append(ngettext("%(num)s setting", "%(num)s settings", item.changes_total))
    if item.assignments_change and item.action == Action.UPDATE:
        parts.append(gettext("assignments"))
    if parts:
        return str(gettext("Changes %(what)s", what=gettext(" and ").join(parts)))
    return match_of(item)


def why_not(item: RestoreItem) -> str | None:
    """Return why part of an item failed or is left out, or None."""
    codes = (item.failure_code, item.assignments_failure_code)
    texts = [explain(code) or code for code in codes if code and code != item.problem_code]
    return " ".join(texts) or None


def why_left_out(item: RestoreItem) -> str:
    """Return why assignments of an item are left out or could not be written."""
    code = item.assignments_failure_code or ""
    return explain(code) or code


def describe_assignments(
    stored: object,
    mapping: GroupMapping,
    source_names: Mapping[str, str],
    target_names: Mapping[str, str],
    filters: Iterable[FilterRow] | None = None,
) -> list[AssignmentLine]:
    """Return the assignments in the backup, each with its mapped group and filter.

    `filters` is None within one tenant, where filters stay as they are.
    """
    try:
        assignments = check_assignments(stored)
    except InvalidAssignments:
        return []
    rows = None if filters is None else {row.source_filter_id: row for row in filters}
    lines = ((each, _line(each, mapping, source_names, target_names)) for each in assignments)
    return [_with_filter(line, find_filter_id(target_of(each)), rows) for each, line in lines]


def _with_filter(line: AssignmentLine, filter_id: str | None, rows: Mapping[str, FilterRow] | None) -> AssignmentLine:
    """Add the filter's mapping. Without one, the assignment is left out."""
    if filter_id is None:
        return line
    if rows is None:
        return replace(line, filter=gettext("filter %(name)s", name=filter_id))
    row = rows.get(filter_id)
    name = (row.source_name if row else None) or filter_id
    if row is None or row.target_filter_id is None:
        word = gettext("skipped") if row and row.decision else gettext("undecided")
        return replace(line, filter=gettext("filter %(name)s: %(word)s", name=name, word=word), is_left_out=True)
    target = row.target_name or row.target_filter_id
    return replace(line, filter=gettext("filter %(name)s → %(target)s", name=name, target=target))


def _line(
    assignment: Assignment, mapping: GroupMapping, source_names: Mapping[str, str], target_names: Mapping[str, str]
) -> AssignmentLine:
    target = target_of(assignment)
    group_id = find_group_id(target)
    intent = assignment.get("intent")
    more = intent if isinstance(intent, str) else None
    if group_id is None:
        kind = str(target["@odata.type"])
        is_users = "AllLicensedUsers" in kind or "allLicensedUsers" in kind
        return AssignmentLine(gettext("All users") if is_users else gettext("All devices"), None, None, False, more)
    mapped = mapping.get(group_id)
    kind = gettext("Excluded group") if is_exclusion(target) else gettext("Group")
    source = source_names.get(group_id, group_id)
    if isinstance(mapped, str):
        return AssignmentLine(kind, source, target_names.get(mapped, mapped), False, more)
    return AssignmentLine(kind, source, gettext("skipped") if mapped is SKIP else gettext("undecided"), True, more)


def moment_of(value: object) -> datetime | None:
    """Parse a time from Graph. None if it is missing or unreadable."""
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def document_of(
    restore: Restore, actions: Mapping[str, int], results: Mapping[str, int], reach: ReachSummary
) -> dict[str, Any]:
    """Return a restore as JSON values. `reach` is what was written, or, before that, what is going to be."""
    fields = {name: getattr(restore, name) for name in Restore.__dataclass_fields__}
    values = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in fields.items()}
    counts = {"actions": {key: number for key, number in actions.items() if key}, "results": dict(results)}
    return {**values, "assignments": str(restore.assign_mode), **counts, "reach": reach.as_json()}


def readable(content: Mapping[str, Any]) -> str | None:
    """Return a policy as text, or None if it is too large for a page."""
    text = json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True)
    return text if len(text) <= LONGEST_CONTENT else None
