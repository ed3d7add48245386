"""Turns a policy of the backup into what the target should hold: checked, with groups, filters and roles mapped."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from ops_admin.graph.assigning import writable_assignment
from ops_admin.graph.canonical import content_hash
from ops_admin.graph.reading import find_name
from ops_admin.graph.resources import PolicyType, find_policy_type
from ops_admin.graph.writing import is_well_formed
from ops_admin.intune.assignments.mapping import (
    INVALID,
    FilterMapping,
    GroupMapping,
    InvalidAssignments,
    check_assignments,
    content_group_ids_of,
    filter_ids_of,
    find_group_id,
    map_assignments,
    map_conditions,
    same_assignments,
    target_of,
)
from ops_admin.intune.backups.items import is_damaged
from ops_admin.intune.backups.queries import BackupDocument, read_item
from ops_admin.intune.restore import codes
from ops_admin.intune.restore.foreign import foreign_ids
from ops_admin.intune.restore.operations.refusals import NotWritable
from ops_admin.intune.restore.operations.secrets import open_secrets
from ops_admin.redaction.secret_marks import Secrets

Assignments = list[dict[str, Any]]
CONDITIONAL_ACCESS = "conditionalAccessPolicies"


@dataclass(frozen=True)
class Wanted:
    """What the target should hold.

    `assignments` is None if the backup has none stored. `assignments_problem` says why some of them are left out.
    `secrets` are the plain values behind the marks in `content`.
    """

    policy_type: PolicyType
    content: dict[str, Any]
    name: str
    assignments: Assignments | None
    assignments_problem: str | None = None
    secrets: Secrets = field(default_factory=dict, repr=False)

    @property
    def group_ids(self) -> frozenset[str]:
        """The groups of the target that the policy refers to."""
        targets = [find_group_id(target_of(each)) for each in self.assignments or ()]
        return content_group_ids_of(self.content) | frozenset(group_id for group_id in targets if group_id)


@dataclass(frozen=True)
class Counterparts:
    """What source ids mean in the target. `role` and `filters` are called only where they are needed."""

    groups: GroupMapping
    filters: Callable[[], FilterMapping | None]
    role: Callable[[str, str | None], str | None]
    is_same_tenant: bool = False


def read_wanted(
    backup_item_id: int, counterparts: Counterparts, typed: Mapping[str, str] = MappingProxyType({})
) -> Wanted:
    """Read an item of the backup and adapt it to the target. Raises NotWritable.

    `typed` are secrets that the backup does not know, by JSON pointer.
    """
    document = read_item(backup_item_id)
    if document is None:
        raise NotWritable(codes.ITEM_GONE)
    policy_type = find_policy_type(document.item.type)
    if policy_type is None:
        raise NotWritable(codes.TYPE_UNKNOWN)
    content, name = _check(document, policy_type)
    opened = open_secrets(content, document, typed, is_same_tenant=counterparts.is_same_tenant)
    assignments, problem = _assignments(document, counterparts)
    mapped = map_conditions(opened.content, counterparts.groups)
    if mapped.skipped:
        # A policy that loses an excluded group may lock out the very people whom the exclusion protects.
        raise NotWritable(codes.GROUP_INSIDE_SKIPPED)
    if policy_type.key == CONDITIONAL_ACCESS and not counterparts.is_same_tenant:
        _refuse_foreign_ids(content)
    return Wanted(
        policy_type, _with_role(mapped.content, counterparts), name, assignments, problem, secrets=opened.secrets
    )


def _refuse_foreign_ids(content: dict[str, Any]) -> None:
    """Refuse such a policy: an exclusion of an id that is unknown in the target would exclude nobody there."""
    places = dict.fromkeys(each.place for each in foreign_ids(content))
    if places:
        raise NotWritable(codes.FOREIGN_IDS, ", ".join(places))


def _check(document: BackupDocument, policy_type: PolicyType) -> tuple[dict[str, Any], str]:
    """Return content and name. Raises NotWritable if the content is not the policy that was captured."""
    content: Any = document.content
    if content is None:
        raise NotWritable(codes.ITEM_UNREADABLE)
    name = find_name(policy_type, content) if isinstance(content, dict) else None
    is_other = is_damaged(document.assignments, document.item.assignments_hash)
    if name is None or is_other or _hash(content) != document.item.content_hash:
        raise NotWritable(codes.ITEM_CORRUPT)
    if not is_well_formed(content):
        raise NotWritable(codes.ITEM_ODD)
    return content, name


def _hash(content: dict[str, Any]) -> str | None:
    try:
        return content_hash(content)
    except (TypeError, ValueError, RecursionError):
        return None


def _assignments(document: BackupDocument, counterparts: Counterparts) -> tuple[Assignments | None, str | None]:
    if document.assignments is None:
        return None, document.item.assignments_failure_code
    try:
        stored = check_assignments(document.assignments)
        filters = counterparts.filters() if filter_ids_of(stored) else None
        mapped = map_assignments(stored, counterparts.groups, filters=filters)
    except InvalidAssignments:
        return None, INVALID
    problem = codes.GROUPS_UNDECIDED if mapped.unmapped else None
    problem = problem or (codes.FILTER_MISSING if mapped.unmapped_filters else None)
    return mapped.assignments, problem or (codes.SAME_TARGET if mapped.conflicts else None)


def _with_role(content: dict[str, Any], counterparts: Counterparts) -> dict[str, Any]:
    """Replace the role of a role assignment with the target's."""
    role = content.get("roleDefinition")
    if not isinstance(role, dict) or not isinstance(role.get("id"), str):
        return content
    found = counterparts.role(role["id"], role.get("displayName"))
    if found is None:
        raise NotWritable(codes.ROLE_MISSING)
    return {**content, "roleDefinition": {**role, "id": found}}


def differ(policy_type: PolicyType, one: Assignments, other: Assignments) -> bool:
    """Whether two sets of assignments differ once written. Raises InvalidAssignment."""
    return not same_assignments(
        [writable_assignment(policy_type, each) for each in one],
        [writable_assignment(policy_type, each) for each in other],
    )
