"""Maps assignments to the groups of another tenant, and merges them with those in a tenant. Pure (R43, R45).

Nothing is guessed: a group or filter without a decision is reported, and assignments that use it are left out. For
filters, and for which assignments a restore keeps, see docs/adr/0014-assignments-and-backups.md.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

Assignment = dict[str, Any]

FILTER_ID = "deviceAndAppManagementAssignmentFilterId"
FILTER_TYPE = "deviceAndAppManagementAssignmentFilterType"
EXCLUSION = "#microsoft.graph.exclusionGroupAssignmentTarget"
NO_FILTER = "none"
DIRECT = "direct"
INVALID = "assignments.invalid"

_READ_ONLY = frozenset({"id", "source", "sourceId", "lastModifiedDateTime"})


class Skip(Enum):
    """The decision to leave something out."""

    SKIP = "skip"


SKIP = Skip.SKIP

GroupMapping = Mapping[str, str | Skip]
"""Another group's id, or SKIP, for each group. A group that is not in the mapping is undecided."""
FilterMapping = Mapping[str, str | Skip]
"""The same for assignment filters.

SKIP leaves out the assignments that use the filter: without it they would reach more devices.
"""


class InvalidAssignments(ValueError):
    """The stored value is not a list of assignments: the backup is corrupt or comes from elsewhere."""

    code = INVALID
    public_message = ""


@dataclass(frozen=True)
class Mapped:
    """Assignments that may be written, and why others may not.

    `unmapped` and `unmapped_filters` have no decision, `skipped` and `skipped_filters` were skipped by one:
    assignments that use them are not among `assignments`. `conflicts` are groups in the target tenant for which there
    are several different assignments: the exclusion is kept, or else the first one.
    """

    assignments: list[Assignment]
    unmapped: frozenset[str] = frozenset()
    skipped: frozenset[str] = frozenset()
    unmapped_filters: frozenset[str] = frozenset()
    skipped_filters: frozenset[str] = frozenset()
    conflicts: frozenset[str] = frozenset()


def check_assignments(stored: object) -> list[Assignment]:
    """Return the stored value if it is a list of assignments; raises InvalidAssignments otherwise."""
    if not isinstance(stored, list):
        raise InvalidAssignments
    for assignment in stored:
        target_of(assignment)
    return stored


def target_of(assignment: object) -> dict[str, Any]:
    """Return the target of an assignment; raises InvalidAssignments when it has none."""
    target = assignment.get("target") if isinstance(assignment, dict) else None
    if not isinstance(target, dict) or not isinstance(target.get("@odata.type"), str):
        raise InvalidAssignments
    if target["@odata.type"].endswith("roupAssignmentTarget") and not find_group_id(target):
        raise InvalidAssignments
    return target


def find_group_id(target: Mapping[str, Any]) -> str | None:
    """Return the group of a target, or None for a target without a group, such as all devices."""
    value = target.get("groupId")
    return value if isinstance(value, str) and value else None


def find_filter_id(target: Mapping[str, Any]) -> str | None:
    """Return the assignment filter of a target, or None."""
    value = target.get(FILTER_ID)
    has_filter = target.get(FILTER_TYPE) not in (None, NO_FILTER)
    return value if has_filter and isinstance(value, str) and value else None


def is_exclusion(target: Mapping[str, Any]) -> bool:
    """Whether the group is excluded rather than included."""
    return target.get("@odata.type") == EXCLUSION


def place_of(assignment: Assignment) -> tuple[str, str | None]:
    """Return the key by which a policy's assignments are unique: a group or an "all" target, and the intent.

    Including and excluding a group have the same key. An app can be assigned to a group once with each intent.
    """
    target, intent = target_of(assignment), assignment.get("intent")
    return find_group_id(target) or str(target["@odata.type"]), intent if isinstance(intent, str) else None


def group_ids_of(assignments: Iterable[Assignment]) -> frozenset[str]:
    """Return the groups in the assignments, including excluded ones."""
    return frozenset(group_id for each in assignments if (group_id := find_group_id(target_of(each))))


def filter_ids_of(assignments: Iterable[Assignment]) -> frozenset[str]:
    """Return the assignment filters in the assignments."""
    return frozenset(filter_id for each in assignments if (filter_id := find_filter_id(target_of(each))))


def without_read_only(assignments: Iterable[Assignment]) -> list[Assignment]:
    """Return assignments without what Graph adds: ids, sources, response annotations and empty filters."""
    return [_without_read_only(assignment) for assignment in assignments]


def same_assignments(one: Iterable[Assignment], other: Iterable[Assignment]) -> bool:
    """Whether two sets of assignments are equal, apart from their order and the ids from Graph."""
    return _sorted_texts(one) == _sorted_texts(other)


def map_assignments(
    assignments: Iterable[Assignment], mapping: GroupMapping, *, filters: FilterMapping | None = None
) -> Mapped:
    """Return the assignments with groups and filters replaced, in the same order, without read-only properties.

    Filters stay as they are when `filters` is None, as within one tenant. Raises InvalidAssignments.
    """
    wanted = without_read_only(assignments)
    groups, filter_ids = group_ids_of(wanted), filter_ids_of(wanted) if filters is not None else frozenset()
    decided = filters or {}
    left_out = frozenset(filter_id for filter_id in filter_ids if not isinstance(decided.get(filter_id), str))
    mapped = [_map(each, mapping, filters) for each in wanted if _is_mapped(each, mapping, left_out)]
    kept, conflicts = _without_duplicates(mapped)
    return Mapped(
        kept,
        unmapped=frozenset(group_id for group_id in groups if group_id not in mapping),
        skipped=frozenset(group_id for group_id in groups if mapping.get(group_id) is SKIP),
        unmapped_filters=frozenset(filter_id for filter_id in filter_ids if filter_id not in decided),
        skipped_filters=frozenset(filter_id for filter_id in filter_ids if decided.get(filter_id) is SKIP),
        conflicts=conflicts,
    )


def merge(present: Iterable[Assignment], wanted: Iterable[Assignment]) -> list[Assignment]:
    """Return the set to send that adds `wanted` to the present assignments: `/assign` replaces the whole set.

    A present assignment with the same `place_of` as a wanted one is replaced. All others stay, first and in the same
    order. Raises InvalidAssignments.
    """
    new, _ = _without_duplicates(without_read_only(wanted))
    named = {place_of(each) for each in new}
    return [each for each in without_read_only(present) if place_of(each) not in named] + new


def replace(present: Iterable[Assignment], wanted: Iterable[Assignment]) -> list[Assignment]:
    """Return `wanted`, and the present assignments that come from a policy set: those cannot be removed here."""
    managed = [each for each in present if each.get("source") not in (None, DIRECT)]
    return merge(managed, wanted)


def _without_read_only(assignment: Assignment) -> Assignment:
    target = dict(target_of(assignment))
    if find_filter_id(target) is None:
        target.pop(FILTER_ID, None)
        target.pop(FILTER_TYPE, None)
    kept = {name: value for name, value in assignment.items() if name not in _READ_ONLY and not _is_annotation(name)}
    return {**kept, "target": {name: value for name, value in target.items() if not _is_annotation(name)}}


def _is_annotation(name: str) -> bool:
    return "@odata." in name and name != "@odata.type"


def _is_mapped(assignment: Assignment, mapping: GroupMapping, left_out: frozenset[str]) -> bool:
    target = target_of(assignment)
    group_id = find_group_id(target)
    known = group_id is None or isinstance(mapping.get(group_id), str)
    return known and find_filter_id(target) not in left_out


def _map(assignment: Assignment, mapping: GroupMapping, filters: FilterMapping | None) -> Assignment:
    target = dict(target_of(assignment))
    group_id, filter_id = find_group_id(target), find_filter_id(target)
    if group_id is not None:
        target["groupId"] = mapping[group_id]
    if filters is not None and filter_id is not None:
        target[FILTER_ID] = filters[filter_id]
    return {**assignment, "target": target}


def _without_duplicates(assignments: Iterable[Assignment]) -> tuple[list[Assignment], frozenset[str]]:
    """Keep one assignment for each `place_of`; also return the targets for which there were different ones."""
    kept: dict[tuple[str, str | None], Assignment] = {}
    conflicts: set[str] = set()
    for assignment in assignments:
        place = place_of(assignment)
        other = kept.setdefault(place, assignment)
        if _text(other) == _text(assignment):
            continue
        conflicts.add(place[0])
        if is_exclusion(target_of(assignment)) and not is_exclusion(target_of(other)):
            kept[place] = assignment
    return list(kept.values()), frozenset(conflicts)


def _sorted_texts(assignments: Iterable[Assignment]) -> list[str]:
    return sorted(_text(assignment) for assignment in without_read_only(assignments))


def _text(assignment: Assignment) -> str:
    return json.dumps(assignment, sort_keys=True)
