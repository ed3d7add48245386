"""Plans a restore of assignments: its source, the mapping and what to send. Reads only the database (R45).

The start page shows the plan with the same functions that the run uses.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ops_admin.intune.assignments import queries
from ops_admin.intune.assignments.codes import (
    BACKUP_MISSING,
    CORRUPT,
    GROUP_UNDECIDED,
    NOT_STORED,
    SAME_TARGET,
)
from ops_admin.intune.assignments.inputs import REPLACE
from ops_admin.intune.assignments.mapping import (
    SKIP,
    Assignment,
    GroupMapping,
    InvalidAssignments,
    check_assignments,
    group_ids_of,
    map_assignments,
    merge,
    replace,
    same_assignments,
)
from ops_admin.intune.backups.items import is_damaged
from ops_admin.intune.backups.queries import find_backup_set, list_assignments_of_policies
from ops_admin.intune.directory.names import group_names


class RefusedPlan(ValueError):
    """Nothing can be restored from this source; `code` says why."""

    public_message = ""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Wanted:
    """The wanted assignments of one policy; `code` says why they cannot be written."""

    assignments: list[Assignment]
    undecided: frozenset[str] = frozenset()
    skipped: frozenset[str] = frozenset()
    code: str | None = None


@dataclass(frozen=True)
class Stored:
    """The stored value for one policy, not yet checked; `is_damaged` means that it is not what was captured."""

    assignments: Any
    is_damaged: bool = False


def source_of(tenant_id: int, inputs: Mapping[str, object], policy_ids: Sequence[int]) -> dict[int, Stored]:
    """Return what the source in the inputs has for each policy; raises RefusedPlan for a missing backup set.

    The values are not checked; `plan` does that.
    """
    set_id, number = inputs.get("backup_set_id"), inputs.get("version")
    if isinstance(set_id, int):
        backup = find_backup_set(set_id)
        if backup is None or backup.tenant_id != tenant_id or not backup.is_usable:
            raise RefusedPlan(BACKUP_MISSING)
        held = list_assignments_of_policies(set_id, policy_ids)
        return {each.policy_id: Stored(each.assignments, is_damaged(each.assignments, each.hash)) for each in held}
    if isinstance(number, int):
        found = [queries.find_stored(policy_id, number) for policy_id in policy_ids]
        return {stored.policy_id: Stored(stored.assignments) for stored in found if stored}
    newest = queries.list_stored(policy_ids)
    return {policy_id: Stored(stored.assignments) for policy_id, stored in newest.items()}


def full_mapping(tenant_id: int, stored: Iterable[Stored], decisions: GroupMapping) -> GroupMapping:
    """Return the decisions, and map all other groups in the cached directory to themselves.

    A group that is not in the cache may be deleted, so it needs a decision. For the same reason a decision for a group
    that is not in the cache does not count.
    """
    named = {group_id for each in stored for group_id in _readable_groups(each)}
    chosen = {target for target in decisions.values() if isinstance(target, str)}
    known = group_names(tenant_id, named | chosen)
    usable = {group_id: target for group_id, target in decisions.items() if target is SKIP or target in known}
    themselves = {group_id: group_id for group_id in known if group_id not in decisions}
    return {**themselves, **usable}


def plan(stored: Stored | None, mapping: GroupMapping) -> Wanted:
    """Return the wanted assignments of a policy, or the code that says why there are none."""
    if stored is None or stored.is_damaged:
        return Wanted([], code=NOT_STORED if stored is None else CORRUPT)
    try:
        mapped = map_assignments(check_assignments(stored.assignments), mapping)
    except InvalidAssignments as invalid:
        return Wanted([], code=invalid.code)
    code = GROUP_UNDECIDED if mapped.unmapped else SAME_TARGET if mapped.conflicts else None
    return Wanted(mapped.assignments, mapped.unmapped, mapped.skipped, code)


def to_send(present: Sequence[Assignment], wanted: Wanted, mode: object) -> list[Assignment] | None:
    """Return the set to send, or None when the policy already has these assignments."""
    sent = replace(present, wanted.assignments) if mode == REPLACE else merge(present, wanted.assignments)
    return None if same_assignments(present, sent) else sent


def _readable_groups(stored: Stored) -> Iterator[str]:
    if stored.is_damaged:
        return
    try:
        yield from group_ids_of(check_assignments(stored.assignments))
    except InvalidAssignments:
        return
