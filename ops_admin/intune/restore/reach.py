"""Whom a policy reaches: the targets of its assignments, or the people of a Conditional Access policy (R58). Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any

from ops_admin.intune.assignments.mapping import (
    FILTER_TYPE,
    Assignment,
    find_filter_id,
    find_group_id,
    is_exclusion,
    target_of,
)

_ALL_DEVICES = "#microsoft.graph.allDevicesAssignmentTarget"
_ALL_USERS = "#microsoft.graph.allLicensedUsersAssignmentTarget"

# Why an assignment of the backup is not written: its group or filter was skipped, the group is gone from the tenant,
# nobody decided, or it would reach more people without an exclusion that is lost.
SKIPPED, MISSING, UNDECIDED, EXCLUSION = "skipped", "missing", "undecided", "exclusion"


class TargetKind(StrEnum):
    """What kind of people or devices a target is."""

    ALL_USERS = "all_users"
    ALL_DEVICES = "all_devices"
    GROUP = "group"
    USER = "user"
    ROLE = "role"
    GUESTS = "guests"
    WORKLOAD = "workload"
    OTHER = "other"


_WIDE = (TargetKind.ALL_USERS, TargetKind.ALL_DEVICES)


@dataclass(frozen=True)
class Target:
    """One target: who, whether excluded, and for an app with which intent. `name` is the name when it was read."""

    kind: str
    id: str | None = None
    name: str | None = None
    is_excluded: bool = False
    intent: str | None = None
    filter_id: str | None = None
    filter_name: str | None = None
    filter_mode: str | None = None

    @property
    def place(self) -> tuple[object, ...]:
        """What a policy can be assigned to only once, whether included or excluded, with or without a filter."""
        return self.kind, self.id, self.intent

    @property
    def key(self) -> tuple[object, ...]:
        """What makes two targets the same, whatever they are called."""
        return self.kind, self.id, self.is_excluded, self.intent, self.filter_id, self.filter_mode


@dataclass(frozen=True)
class Dropped:
    """An assignment of the backup that is not written, by the names of the source, and why."""

    target: Target
    reason: str


@dataclass(frozen=True)
class Reach:
    """Whom a policy reaches before and after. `state` is that of a Conditional Access policy."""

    before: tuple[Target, ...] = ()
    after: tuple[Target, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    state_before: str | None = None
    state_after: str | None = None

    @property
    def gained(self) -> list[Target]:
        """The targets that are new."""
        known = {each.key for each in self.before}
        return [each for each in self.after if each.key not in known]

    @property
    def lost(self) -> list[Target]:
        """The targets that are taken away."""
        kept = {each.key for each in self.after}
        return [each for each in self.before if each.key not in kept]

    def as_json(self) -> dict[str, Any]:
        """Return the reach as it is stored."""
        return asdict(self)


@dataclass(frozen=True)
class Counted:
    """A target, and how many policies gain or lose it."""

    target: Target
    policies: int


@dataclass(frozen=True)
class ReachSummary:
    """What a restore changes in total: targets gained and lost, the widest first, and items that lose assignments."""

    gained: list[Counted] = field(default_factory=list)
    lost: list[Counted] = field(default_factory=list)
    dropped: int = 0

    def as_counts(self) -> dict[str, int]:
        """Return the summary without names, for the ledger: how many policies newly reach whom (R58)."""
        found = {
            kind: sum(each.policies for each in self.gained if each.target.kind == kind and not each.target.is_excluded)
            for kind in (*_WIDE, TargetKind.GROUP)
        }
        return {str(kind): number for kind, number in found.items()} | {"assignments_dropped": self.dropped}

    def as_json(self) -> dict[str, Any]:
        """Return the summary with names, for the command line and for JSON."""
        return {"gained": _rows(self.gained), "lost": _rows(self.lost), "assignments_dropped": self.dropped}


def find_reach(stored: object) -> Reach | None:
    """Return a stored reach, or None if there is none."""
    if not isinstance(stored, dict):
        return None
    dropped = tuple(Dropped(Target(**each["target"]), each["reason"]) for each in stored.get("dropped") or ())
    before, after = (tuple(Target(**each) for each in stored.get(name) or ()) for name in ("before", "after"))
    return Reach(before, after, dropped, stored.get("state_before"), stored.get("state_after"))


def targets_of(assignments: Iterable[Assignment]) -> tuple[Target, ...]:
    """Return the targets of assignments, without names. Raises InvalidAssignments."""
    return tuple(_target(each) for each in assignments)


def people_of(content: Mapping[str, Any]) -> tuple[Target, ...]:
    """Return whom a Conditional Access policy includes and excludes, without names."""
    conditions = content.get("conditions")
    return tuple(_people(conditions)) if isinstance(conditions, Mapping) else ()


def named(targets: Iterable[Target], name_of: Callable[[str, str], str | None]) -> tuple[Target, ...]:
    """Return the targets with names. `name_of` gets a kind and an id; the kind of a filter is "filter"."""
    return tuple(
        replace(
            each,
            name=name_of(each.kind, each.id) if each.id else None,
            filter_name=name_of("filter", each.filter_id) if each.filter_id else None,
        )
        for each in targets
    )


def summarize_reach(reaches: Iterable[Reach]) -> ReachSummary:
    """Count over several policies whom they gain and lose."""
    gained: list[Target] = []
    lost: list[Target] = []
    dropped = 0
    for reach in reaches:
        gained += reach.gained
        lost += reach.lost
        dropped += bool(reach.dropped)
    return ReachSummary(_count(gained), _count(lost), dropped)


def _count(targets: Sequence[Target]) -> list[Counted]:
    numbers = Counter(each.key for each in targets)
    by_key = {each.key: each for each in targets}
    counted = [Counted(by_key[key], number) for key, number in numbers.items()]
    return sorted(counted, key=lambda each: (each.target.kind not in _WIDE, -each.policies, each.target.name or ""))


def _rows(counted: Iterable[Counted]) -> list[dict[str, Any]]:
    return [
        {name: value for name, value in asdict(each.target).items() if value} | {"policies": each.policies}
        for each in counted
    ]


def _target(assignment: Assignment) -> Target:
    target = target_of(assignment)
    group_id, filter_id, kind = find_group_id(target), find_filter_id(target), str(target["@odata.type"])
    intent, mode = assignment.get("intent"), target.get(FILTER_TYPE)
    wide = {_ALL_USERS: TargetKind.ALL_USERS, _ALL_DEVICES: TargetKind.ALL_DEVICES}.get(kind)
    return Target(
        kind=str(TargetKind.GROUP if group_id else wide or TargetKind.OTHER),
        id=group_id or (None if wide else kind.rpartition(".")[2]),
        is_excluded=is_exclusion(target),
        intent=intent if isinstance(intent, str) else None,
        filter_id=filter_id,
        filter_mode=str(mode) if filter_id else None,
    )


_WORDS = {"All": TargetKind.ALL_USERS, "GuestsOrExternalUsers": TargetKind.GUESTS, "None": None}
_PEOPLE = (
    ("users", "Users", TargetKind.USER),
    ("users", "Groups", TargetKind.GROUP),
    ("users", "Roles", TargetKind.ROLE),
    ("clientApplications", "ServicePrincipals", TargetKind.WORKLOAD),
)


def _people(conditions: Mapping[str, Any]) -> Iterator[Target]:
    for way in ("include", "exclude"):
        is_excluded = way == "exclude"
        for where, what, kind in _PEOPLE:
            part = conditions.get(where)
            for each in (part.get(f"{way}{what}") if isinstance(part, Mapping) else None) or ():
                word = _WORDS.get(each, kind) if kind is TargetKind.USER else kind
                if word is not None:
                    yield Target(str(word), None if each in _WORDS else str(each), is_excluded=is_excluded)
        users = conditions.get("users")
        if isinstance(users, Mapping) and users.get(f"{way}GuestsOrExternalUsers"):
            yield Target(str(TargetKind.GUESTS), is_excluded=is_excluded)
