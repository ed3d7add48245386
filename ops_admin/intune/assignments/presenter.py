"""Presents assignments with the cached names of groups (R45)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from ops_admin.intune.assignments import queries
from ops_admin.intune.assignments.kinds import is_assignable
from ops_admin.intune.assignments.mapping import (
    FILTER_TYPE,
    Assignment,
    InvalidAssignments,
    check_assignments,
    find_filter_id,
    find_group_id,
    group_ids_of,
    is_exclusion,
    place_of,
    same_assignments,
    target_of,
)
from ops_admin.intune.assignments.queries import Fetch
from ops_admin.intune.directory.names import group_names

Place = tuple[str, str | None]

_ALL_TARGETS: Mapping[str, object] = {
    "#microsoft.graph.allDevicesAssignmentTarget": lazy_gettext("All devices"),
    "#microsoft.graph.allLicensedUsersAssignmentTarget": lazy_gettext("All users"),
}
_INTENTS: Mapping[str, object] = {
    "required": lazy_gettext("Required"),
    "available": lazy_gettext("Available"),
    "uninstall": lazy_gettext("Uninstall"),
    "availableWithoutEnrollment": lazy_gettext("Available without enrollment"),
}


@dataclass(frozen=True)
class AssignmentRow:
    """One assignment. `group_id` is None for all devices or users; `is_known` is false for a group not in the cache."""

    name: str
    group_id: str | None
    is_known: bool
    is_exclusion: bool
    intent: str | None
    filter: str | None


@dataclass(frozen=True)
class PolicyAssignments:
    """A policy's assignments, stored with version `number`. `rows` is None if there are none or they are invalid."""

    is_assignable: bool
    rows: tuple[AssignmentRow, ...] | None
    number: int | None
    fetch: Fetch | None


@dataclass(frozen=True)
class Change:
    """What a restore does to one target; `kind` is `same`, `kept`, `added`, `changed` or `removed`."""

    kind: str
    row: AssignmentRow


def policy_assignments(tenant_id: int, policy_id: int, policy_type: str) -> PolicyAssignments:
    """Return the stored assignments of a policy for its page."""
    stored = queries.find_stored(policy_id)
    rows = present(tenant_id, stored.assignments) if stored else None
    number = stored.number if stored else None
    return PolicyAssignments(is_assignable(policy_type), rows, number, queries.find_fetch(policy_id))


def present(tenant_id: int, stored: object) -> tuple[AssignmentRow, ...] | None:
    """Return assignments as rows, inclusions first and sorted by name; None when the stored value is invalid."""
    try:
        assignments = check_assignments(stored)
    except InvalidAssignments:
        return None
    names = group_names(tenant_id, group_ids_of(assignments))
    rows = [_row(assignment, names) for assignment in assignments]
    return tuple(sorted(rows, key=lambda row: (row.is_exclusion, row.name.casefold())))


def compare(tenant_id: int, before: Sequence[Assignment], after: Sequence[Assignment], named: Any) -> list[Change]:
    """Return for each target how `after` differs from `before`. `named` are the assignments to be restored."""
    old, new = _by_target(before), _by_target(after)
    names = group_names(tenant_id, group_ids_of([*before, *after]))
    wanted = _by_target(named).keys()
    changes = [Change(_kind(key, old, new, key in wanted), _row(new.get(key) or old[key], names)) for key in old | new]
    return sorted(changes, key=lambda change: (change.row.is_exclusion, change.row.name.casefold()))


def _kind(key: Place, old: Mapping[Place, Assignment], new: Mapping[Place, Assignment], is_named: bool) -> str:
    if key not in new:
        return "removed"
    if key not in old:
        return "added"
    if not same_assignments([old[key]], [new[key]]):
        return "changed"
    return "same" if is_named else "kept"


def _by_target(assignments: Sequence[Assignment]) -> dict[Place, Assignment]:
    return {place_of(assignment): assignment for assignment in assignments}


def _row(assignment: Assignment, names: Mapping[str, str]) -> AssignmentRow:
    target = target_of(assignment)
    group_id = find_group_id(target)
    kind = str(target["@odata.type"])
    label = _ALL_TARGETS.get(kind) or kind.rpartition(".")[2]
    intent = assignment.get("intent")
    return AssignmentRow(
        name=str(label) if group_id is None else names.get(group_id, group_id),
        group_id=group_id,
        is_known=group_id is None or group_id in names,
        is_exclusion=is_exclusion(target),
        intent=str(_INTENTS.get(str(intent), intent)) if intent else None,
        filter=_filter(target),
    )


def _filter(target: Mapping[str, Any]) -> str | None:
    filter_id = find_filter_id(target)
    if filter_id is None:
        return None
    if target.get(FILTER_TYPE) == "exclude":
        return str(_("Without devices of filter %(id)s", id=filter_id))
    return str(_("Only devices of filter %(id)s", id=filter_id))
