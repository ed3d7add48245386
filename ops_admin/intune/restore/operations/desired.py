"""Turns a policy of the backup into what the target should hold: checked, and in terms of that tenant."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from ops_admin.graph.assigning import writable_assignment
from ops_admin.graph.bodies import is_well_formed, writable
from ops_admin.graph.canonical import content_hash
from ops_admin.graph.reading import find_name
from ops_admin.graph.resources import PolicyType, find_policy_type
from ops_admin.intune.assignments.mapping import (
    INVALID,
    SKIP,
    FilterMapping,
    InvalidAssignments,
    Mapped,
    check_assignments,
    filter_ids_of,
    map_assignments,
    merge,
    same_assignments,
)
from ops_admin.intune.assignments.mapping import replace as replace_assignments
from ops_admin.intune.backups.items import is_damaged
from ops_admin.intune.backups.queries import BackupDocument, read_item
from ops_admin.intune.restore import codes
from ops_admin.intune.restore.access_policies import CONDITIONAL_ACCESS, in_mode, mode_of
from ops_admin.intune.restore.labels import describe_references
from ops_admin.intune.restore.operations.refusals import NotWritable
from ops_admin.intune.restore.operations.resolving import Resolver, Translated
from ops_admin.intune.restore.operations.secrets import open_secrets
from ops_admin.intune.restore.queries import Restore
from ops_admin.intune.restore.reach import (
    EXCLUSION,
    MISSING,
    SKIPPED,
    UNDECIDED,
    Dropped,
    Target,
    TargetKind,
    targets_of,
)
from ops_admin.intune.restore.references import captured_of, known_ids
from ops_admin.intune.restore.states import AssignMode
from ops_admin.redaction.secret_marks import Secrets
from ops_admin.references.assigned import undeclared_assigned
from ops_admin.references.declared import Kind, find, undeclared

Assignments = list[dict[str, Any]]


@dataclass(frozen=True)
class Wanted:
    """What the target should hold.

    `assignments` is None if the backup has none stored, or those of the tenant are kept. `assignments_problem` says why
    some of them are left out, `dropped` which ones are lost without that being an error (R58).
    `secrets` are the plain values behind the marks in `content`, `tags` the scope tags that the target does not have.
    """

    policy_type: PolicyType
    content: dict[str, Any]
    name: str
    assignments: Assignments | None
    assignments_problem: str | None = None
    secrets: Secrets = field(default_factory=dict, repr=False)
    tags: tuple[str, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    is_replacing: bool = False
    """Whether the assignments take the place of those that the policy has."""

    @property
    def group_ids(self) -> frozenset[str]:
        """The groups of the target that the policy itself names."""
        return frozenset(each.id for each in find(self.content, self.policy_type.key) if each.kind is Kind.GROUP)

    def resulting(self, present: Assignments) -> Assignments:
        """Return the set that a policy with these present assignments ends up with. Raises InvalidAssignments."""
        if self.assignments is None:
            return present
        return replace_assignments(present, self.assignments) if self.is_replacing else merge(present, self.assignments)


@dataclass(frozen=True)
class Counterparts:
    """What source ids mean in the target. `filters` is called only where it is needed.

    It returns the decisions on filters; None if they stay as they are.
    """

    restore: Restore
    resolver: Resolver
    filters: Callable[[], FilterMapping | None]
    missing_groups: frozenset[str] = frozenset()
    """Groups that were mapped to, and do not exist in the target any more."""

    @property
    def is_same_tenant(self) -> bool:
        """Whether the backup is of the tenant that is restored into."""
        return self.restore.source_tenant_id == self.restore.tenant_id


def read_wanted(
    backup_item_id: int, counterparts: Counterparts, typed: Mapping[str, str] = MappingProxyType({})
) -> Wanted:
    """Read an item of the backup and adapt it to the target. Raises NotWritable, GraphError.

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
    captured = captured_of(document.references, content, policy_type.key)
    found = counterparts.resolver.translate(opened.content, policy_type.key, captured)
    if counterparts.restore.assign_mode is AssignMode.KEEP:
        document = replace(document, assignments=None)
    if isinstance(document.assignments, list) and not counterparts.is_same_tenant:
        translated = counterparts.resolver.translate_assigned(document.assignments, captured, found)
        document = replace(document, assignments=translated)
    assigned = _assign(document, counterparts)
    if found.unresolved:
        # Without an excluded group, for example, a policy may lock out the very people whom it spared.
        code = found.unresolved[0][0]
        raise NotWritable(code, "" if code == codes.GROUP_INSIDE_SKIPPED else describe_references(found.unresolved))
    if not counterparts.is_same_tenant:
        _refuse_foreign_ids(found, document, policy_type, counterparts.restore)
    if policy_type.key == CONDITIONAL_ACCESS:
        found.content = in_mode(found.content, mode_of(counterparts.restore))
    return Wanted(
        policy_type,
        found.content,
        name,
        assigned.assignments,
        assigned.problem,
        opened.secrets,
        tuple(found.tags),
        assigned.dropped,
        assigned.is_replacing,
    )


def _refuse_foreign_ids(found: Translated, document: BackupDocument, policy_type: PolicyType, restore: Restore) -> None:
    """Refuse a policy with an id of the source at a place that nobody declared (R55).

    Any id in a Conditional Access policy counts: an exclusion of an id that is unknown there would exclude nobody.
    """
    suspects = list(undeclared(writable(found.content, policy_type), policy_type.key))
    suspects += undeclared_assigned(document.assignments if isinstance(document.assignments, list) else [])
    ids = {each.id.lower() for each in suspects} - {each.lower() for each in found.written}
    foreign = ids if policy_type.key == CONDITIONAL_ACCESS else known_ids(restore, ids)
    places = dict.fromkeys(each.place for each in suspects if each.id.lower() in foreign)
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


@dataclass(frozen=True)
class _Assigned:
    """The part of `Wanted` that is about assignments."""

    assignments: Assignments | None = None
    problem: str | None = None
    dropped: tuple[Dropped, ...] = ()
    is_replacing: bool = False


def _assign(document: BackupDocument, counterparts: Counterparts) -> _Assigned:
    mode = counterparts.restore.assign_mode
    if mode is AssignMode.KEEP:
        return _Assigned()
    if document.assignments is None:
        return _Assigned(problem=document.item.assignments_failure_code)
    try:
        return _map(check_assignments(document.assignments), counterparts, is_replacing=mode is AssignMode.REPLACE)
    except InvalidAssignments:
        return _Assigned(problem=INVALID)


def _map(stored: Assignments, counterparts: Counterparts, *, is_replacing: bool) -> _Assigned:
    """Map what can be mapped, and say what is lost.

    What is incomplete without anybody having chosen so takes nothing away. If the group of an exclusion is gone,
    nothing is assigned: without the exclusion the policy would reach more than anybody chose.
    """
    decided = counterparts.resolver.groups
    missing = {source for source, target in decided.items() if target in counterparts.missing_groups}
    used = filter_ids_of(stored)
    filters = counterparts.resolver.map_filters(used, counterparts.filters()) if used else None
    mapped = map_assignments(stored, {**decided, **dict.fromkeys(missing, SKIP)}, filters=filters)
    reason_of = _reasons(mapped, missing)
    dropped = [Dropped(each, reason) for each in targets_of(stored) if (reason := reason_of(each))]
    assignments = mapped.assignments
    if any(each.reason == MISSING and each.target.is_excluded for each in dropped):
        assignments, known = [], {each.target.key for each in dropped}
        dropped += [Dropped(each, EXCLUSION) for each in targets_of(stored) if each.key not in known]
    problem = codes.GROUPS_UNDECIDED if mapped.unmapped else None
    problem = problem or (codes.FILTER_MISSING if mapped.unmapped_filters else None)
    problem = problem or (codes.SAME_TARGET if mapped.conflicts else None)
    is_whole = problem is None and not any(each.reason != SKIPPED for each in dropped)
    return _Assigned(assignments, problem, tuple(dropped), is_replacing and is_whole)


def _reasons(mapped: Mapped, missing: Collection[str]) -> Callable[[Target], str | None]:
    def reason_of(target: Target) -> str | None:
        group_id, filter_id = target.id if target.kind == TargetKind.GROUP else None, target.filter_id
        if group_id in missing:
            return MISSING
        if group_id in mapped.skipped or filter_id in mapped.skipped_filters:
            return SKIPPED
        return UNDECIDED if group_id in mapped.unmapped or filter_id in mapped.unmapped_filters else None

    return reason_of


def differ(policy_type: PolicyType, one: Assignments, other: Assignments) -> bool:
    """Whether two sets of assignments differ once written. Raises InvalidAssignment."""
    return not same_assignments(
        [writable_assignment(policy_type, each) for each in one],
        [writable_assignment(policy_type, each) for each in other],
    )
