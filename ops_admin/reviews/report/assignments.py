"""The section on assignment coverage: which policies reach nobody, which groups get the most (R45, R46)."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from ops_admin.infra.database import db
from ops_admin.intune.assignments.kinds import is_assignable
from ops_admin.intune.assignments.mapping import (
    InvalidAssignments,
    check_assignments,
    find_filter_id,
    find_group_id,
    is_exclusion,
    target_of,
)
from ops_admin.intune.assignments.queries import StoredAssignments, list_stored
from ops_admin.intune.directory.models import DbDirectoryGroup
from ops_admin.intune.policies.types import type_label
from ops_admin.reviews.report.charts import Bar, make_bars
from ops_admin.reviews.report.cleaning import clean
from ops_admin.reviews.report.policies import PolicyRow, read_policies
from ops_admin.reviews.report.steps import Cut, Step
from ops_admin.reviews.report.tables import Table, open_table

MOST_GROUPS = 15
MOST_UNASSIGNED = 40
ASSIGNED, UNASSIGNED, UNKNOWN, NOT_APPLICABLE = "assigned", "unassigned", "never_fetched", "not_applicable"
COLUMNS = (
    "type_name",
    "policy",
    "id",
    "coverage",
    "version",
    "target",
    "group_id",
    "group_name",
    "excluded",
    "intent",
    "filter_id",
)
_KIND = "#microsoft.graph."


@dataclass(frozen=True)
class GroupLine:
    """A group, or all users or devices, and how many policies include and exclude it."""

    name: str
    included: int
    excluded: int


@dataclass(frozen=True)
class CoverageLine:
    """The number of policies of one type, by coverage."""

    label: str
    counts: Mapping[str, int]


@dataclass
class CoverageFigures:
    """The figures of the section."""

    counts: Counter[str] = field(default_factory=Counter)
    lines: list[CoverageLine] = field(default_factory=list)
    groups: list[GroupLine] = field(default_factory=list)
    group_count: int = 0
    unassigned: list[tuple[str, str]] = field(default_factory=list)
    bars: tuple[Bar, ...] = ()

    @property
    def group_cut(self) -> Cut:
        """How many of the groups the report lists."""
        return Cut(len(self.groups), self.group_count)

    @property
    def unassigned_cut(self) -> Cut:
        """How many of the policies without assignments the report lists."""
        return Cut(len(self.unassigned), self.counts[UNASSIGNED])

    @property
    def percent_assigned(self) -> int | None:
        """The share of assigned policies among those whose assignments are known; None if none are known."""
        known = self.counts[ASSIGNED] + self.counts[UNASSIGNED]
        return self.counts[ASSIGNED] * 100 // known if known else None


@dataclass
class _Tally:
    """Counters while the policies are read."""

    by_type: dict[str, Counter[str]] = field(default_factory=dict)
    included: Counter[str] = field(default_factory=Counter)
    excluded: Counter[str] = field(default_factory=Counter)


def collect_coverage(tenant_id: int, folder: Path, step: Step) -> CoverageFigures:
    """Write the section's files and return its figures."""
    figures, tally = CoverageFigures(), _Tally()
    with open_table(folder, "assignments", COLUMNS) as table:
        for batch in read_policies(tenant_id):
            present = [policy for policy in batch if policy.missing_since is None]
            stored = list_stored(policy.id for policy in present)
            names = _names_of(tenant_id, _group_ids(stored.values()))
            failed = sum(_add_policy(table, figures, tally, policy, stored.get(policy.id), names) for policy in present)
            step(len(batch), failed)
    figures.lines = [CoverageLine(type_label(key), counts) for key, counts in tally.by_type.items()]
    figures.bars = make_bars([(line.label, line.counts) for line in figures.lines])
    figures.group_count = len(tally.included.keys() | tally.excluded.keys())
    figures.groups = _top_groups(tenant_id, tally)
    return figures


def _add_policy(
    table: Table,
    figures: CoverageFigures,
    tally: _Tally,
    policy: PolicyRow,
    stored: StoredAssignments | None,
    names: Mapping[str, str],
) -> bool:
    """Write the assignments of one policy; returns whether the stored ones could not be read."""
    assignments, unreadable = _readable(stored)
    coverage = _coverage(policy, assignments)
    counts = tally.by_type.setdefault(policy.type, Counter({ASSIGNED: 0, UNASSIGNED: 0, UNKNOWN: 0}))
    counts[coverage] += 1
    figures.counts[coverage] += 1
    if coverage == UNASSIGNED and len(figures.unassigned) < MOST_UNASSIGNED:
        figures.unassigned.append((clean(policy.name), type_label(policy.type)))
    row = dict.fromkeys(COLUMNS) | {
        "type_name": type_label(policy.type),
        "policy": policy.name,
        "id": policy.external_id,
        "coverage": coverage,
        "version": stored.number if stored else None,
    }
    for key, is_excluded in sorted({_key_of(each) for each in assignments or ()}):
        (tally.excluded if is_excluded else tally.included)[key] += 1
    for assignment in assignments or ():
        table.add(row | _target_cells(assignment, names))
    if not assignments:
        table.add(row)
    return unreadable


def _readable(stored: StoredAssignments | None) -> tuple[list[dict[str, Any]] | None, bool]:
    if stored is None:
        return None, False
    try:
        return check_assignments(stored.assignments), False
    except InvalidAssignments:
        return None, True


def _coverage(policy: PolicyRow, assignments: list[dict[str, Any]] | None) -> str:
    if not is_assignable(policy.type):
        return NOT_APPLICABLE
    if assignments is None:
        return UNKNOWN
    return ASSIGNED if assignments else UNASSIGNED


def _key_of(assignment: Mapping[str, Any]) -> tuple[str, bool]:
    """Return what identifies a target: the group, or else the kind of target; and whether it is excluded."""
    target = target_of(assignment)
    return find_group_id(target) or str(target["@odata.type"]), is_exclusion(target)


def _target_cells(assignment: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, object]:
    target = target_of(assignment)
    group_id = find_group_id(target)
    return {
        "target": str(target["@odata.type"]).removeprefix(_KIND),
        "group_id": group_id,
        "group_name": names.get(group_id) if group_id else None,
        "excluded": is_exclusion(target),
        "intent": assignment.get("intent"),
        "filter_id": find_filter_id(target),
    }


def _group_ids(stored: Iterable[StoredAssignments]) -> set[str]:
    """Return the groups that readable assignments name."""
    found: set[str] = set()
    for each in stored:
        assignments, _unreadable = _readable(each)
        found.update(group_id for entry in assignments or () if (group_id := find_group_id(target_of(entry))))
    return found


def _names_of(tenant_id: int, group_ids: Iterable[str]) -> dict[str, str]:
    wanted = sorted(group_ids)
    table = DbDirectoryGroup
    names: dict[str, str] = {}
    for begin in range(0, len(wanted), 500):
        query = select(table.external_id, table.display_name).where(
            table.tenant_id == tenant_id, table.external_id.in_(wanted[begin : begin + 500])
        )
        names.update((row.external_id, row.display_name) for row in db.session.execute(query))
    return names


def _top_groups(tenant_id: int, tally: _Tally) -> list[GroupLine]:
    """Return the targets with the most policies, ordered by name if equal."""
    weights = tally.included + tally.excluded
    keys = sorted(weights, key=lambda key: (-weights[key], key))[:MOST_GROUPS]
    names = _names_of(tenant_id, keys)
    lines = [GroupLine(_target_name(key, names), tally.included[key], tally.excluded[key]) for key in keys]
    return sorted(lines, key=lambda line: (-line.included - line.excluded, line.name.casefold()))


def _target_name(key: str, names: Mapping[str, str]) -> str:
    known = {
        f"{_KIND}allDevicesAssignmentTarget": str(_("All devices")),
        f"{_KIND}allLicensedUsersAssignmentTarget": str(_("All users")),
    }
    if key in known:
        return known[key]
    if key.startswith(_KIND):
        return key.removeprefix(_KIND)
    return clean(names[key]) if key in names else str(_("Unknown group %(id)s", id=clean(key)))
