"""The section on the inventory: every policy as the last sync saw it (R46)."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from ops_admin.intune.inventory.queries import TypeSync, syncs_by_type
from ops_admin.intune.policies.presenter import state_badge
from ops_admin.intune.policies.states import PolicyState
from ops_admin.intune.policies.types import POLICY_TYPES, type_label
from ops_admin.reviews.report.charts import Bar, make_bars
from ops_admin.reviews.report.cleaning import clean
from ops_admin.reviews.report.policies import PolicyRow, read_policies
from ops_admin.reviews.report.steps import Cut, Step
from ops_admin.reviews.report.tables import Table, open_table
from ops_admin.runs.failures import explain

MOST_LISTED = 500
COLUMNS = (
    "type",
    "type_name",
    "name",
    "id",
    "state",
    "versions",
    "first_seen",
    "last_seen",
    "last_changed",
    "missing_since",
    "content_sha256",
    "problem",
)
_BAR_STATES = (PolicyState.ACTIVE, PolicyState.IGNORED, PolicyState.MISSING)


@dataclass(frozen=True)
class ListedPolicy:
    """One line of the report's list."""

    type: str
    name: str
    state: str
    version: int
    changed_at: datetime | None


@dataclass(frozen=True)
class TypeLine:
    """One policy type: its policies by state, how many could not be read, and when it was last read completely."""

    label: str
    counts: Mapping[str, int]
    unread: int
    succeeded_at: datetime | None
    failure: str

    @property
    def total(self) -> int:
        """All policies of the type."""
        return sum(self.counts.values())


@dataclass
class InventoryFigures:
    """The figures of the section."""

    lines: list[TypeLine] = field(default_factory=list)
    listed: list[ListedPolicy] = field(default_factory=list)
    states: Counter[str] = field(default_factory=Counter)
    synced_at: datetime | None = None
    bars: tuple[Bar, ...] = ()

    @property
    def total(self) -> int:
        """All policies, whatever their state."""
        return self.states.total()

    @property
    def cut(self) -> Cut:
        """How many of the policies the report lists."""
        return Cut(len(self.listed), self.total)


def collect_inventory(tenant_id: int, folder: Path, step: Step) -> InventoryFigures:
    """Write the section's files and return its figures."""
    figures = InventoryFigures()
    counts: dict[str, Counter[str]] = {}
    unread: Counter[str] = Counter()
    with open_table(folder, "inventory", COLUMNS) as table:
        for batch in read_policies(tenant_id):
            for policy in batch:
                counts.setdefault(policy.type, Counter())[policy.state] += 1
                unread[policy.type] += policy.failure_code is not None
                _add_policy(table, figures, policy)
            step(len(batch), 0)
    syncs = syncs_by_type(tenant_id)
    found = counts.keys() | syncs.keys()
    # In the order of the pages; unknown types come last.
    keys = [key for key in POLICY_TYPES if key in found] + sorted(found - POLICY_TYPES.keys())
    figures.lines = [_type_line(key, counts.get(key, Counter()), unread[key], syncs.get(key)) for key in keys]
    figures.synced_at = min((sync.succeeded_at for sync in syncs.values() if sync.succeeded_at), default=None)
    figures.bars = make_bars(
        [
            (line.label, {state: line.counts.get(state, 0) for state in _BAR_STATES})
            for line in figures.lines
            if line.total
        ]
    )
    return figures


def _add_policy(table: Table, figures: InventoryFigures, policy: PolicyRow) -> None:
    figures.states[policy.state] += 1
    if len(figures.listed) < MOST_LISTED:
        listed = (type_label(policy.type), clean(policy.name), state_badge(policy.state).label)
        figures.listed.append(ListedPolicy(*listed, policy.current_version, policy.changed_at))
    table.add(
        {
            "type": policy.type,
            "type_name": type_label(policy.type),
            "name": policy.name,
            "id": policy.external_id,
            "state": policy.state,
            "versions": policy.current_version,
            "first_seen": policy.first_seen_at,
            "last_seen": policy.last_seen_at,
            "last_changed": policy.changed_at,
            "missing_since": policy.missing_since,
            "content_sha256": policy.content_hash,
            "problem": policy.failure_code,
        }
    )


def _type_line(key: str, counts: Mapping[str, int], unread: int, sync: TypeSync | None) -> TypeLine:
    failure = (explain(sync.failure_code) or sync.failure_code) if sync and sync.failure_code else ""
    return TypeLine(type_label(key), counts, unread, sync.succeeded_at if sync else None, failure)
