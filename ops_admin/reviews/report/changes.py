"""The section on policy changes: what is new, what differs setting by setting, what is missing (R46)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from ops_admin.intune.policies.diffing import Change, diff
from ops_admin.intune.policies.types import type_label
from ops_admin.reviews.report.charts import Columns, make_columns
from ops_admin.reviews.report.cleaning import clean, say_value
from ops_admin.reviews.report.policies import (
    NewVersion,
    PolicyRow,
    UnreadableContent,
    find_first_runs,
    list_new_versions,
    read_content,
    read_policies,
)
from ops_admin.reviews.report.steps import Cut, Step
from ops_admin.reviews.report.tables import Table, open_table

MOST_CHANGED = 100
MOST_SETTINGS = 25
MOST_NAMED = 40
NEW, CHANGED, MISSING = "new", "changed", "missing"
BASELINE = "baseline"
"""A policy that the first sync of its type found; it may be years old, so it does not count as new."""
COLUMNS = (
    "event",
    "type_name",
    "policy",
    "id",
    "at",
    "version",
    "compared_with",
    "run",
    "setting",
    "kind",
    "before",
    "after",
)


@dataclass(frozen=True)
class SettingChange:
    """One setting that differs, in words; None means that it is not set."""

    label: str
    kind: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class PolicyChange:
    """One new version of a policy. `settings` is None if it could not be compared."""

    type: str
    name: str
    at: datetime
    version: int
    settings: tuple[SettingChange, ...] | None
    cut: Cut


@dataclass(frozen=True)
class NamedPolicy:
    """A policy that is new or missing."""

    type: str
    name: str
    at: datetime


@dataclass
class ChangesFigures:
    """The figures of the section."""

    events: Counter[str] = field(default_factory=Counter)
    unreadable: int = 0
    new: list[NamedPolicy] = field(default_factory=list)
    missing: list[NamedPolicy] = field(default_factory=list)
    changed: list[PolicyChange] = field(default_factory=list)
    by_day: dict[date, Counter[str]] = field(default_factory=dict)
    columns: Columns | None = None

    def cut_of(self, event: str) -> Cut:
        """How many of the events of a kind the report lists."""
        listed = {NEW: len(self.new), MISSING: len(self.missing), CHANGED: len(self.changed)}
        return Cut(listed[event], self.events[event])

    def note(self, event: str, at: datetime) -> None:
        """Count an event."""
        self.events[event] += 1
        self.by_day.setdefault(at.date(), Counter())[event] += 1


def collect_changes(tenant_id: int, since: datetime, until: datetime, folder: Path, step: Step) -> ChangesFigures:
    """Write the section's files and return its figures."""
    figures = ChangesFigures()
    with open_table(folder, "changes", COLUMNS) as table:
        section = _Section(table, figures, since, find_first_runs(tenant_id))
        for batch in read_policies(tenant_id):
            unreadable = figures.unreadable
            section.read(batch)
            step(len(batch), figures.unreadable - unreadable)
    figures.columns = make_columns(figures.by_day, since.date(), until.date(), (NEW, CHANGED, MISSING))
    return figures


@dataclass(frozen=True)
class _Section:
    """Writes and counts the changes since a time, policy by policy."""

    table: Table
    figures: ChangesFigures
    since: datetime
    first_runs: Mapping[str, int]

    def read(self, batch: Sequence[PolicyRow]) -> None:
        """Write the changes of a batch of policies."""
        # A policy has no new versions if its newest one, captured at `changed_at`, is older.
        touched = [policy.id for policy in batch if policy.changed_at and policy.changed_at >= self.since]
        versions = list_new_versions(touched, self.since)
        for policy in batch:
            for version in versions.get(policy.id, ()):
                self._note_version(policy, version)
            if policy.missing_since is not None and policy.missing_since >= self.since:
                self._note_named(self.figures.missing, MISSING, policy, policy.missing_since, None)

    def _note_version(self, policy: PolicyRow, version: NewVersion) -> None:
        if version.number > 1:
            self._note_changed(policy, version)
        elif version.operation_run_id == self.first_runs.get(policy.type):
            self.figures.events[BASELINE] += 1
            self.table.add(_row(BASELINE, policy, version.captured_at, version))
        else:
            self._note_named(self.figures.new, NEW, policy, version.captured_at, version)

    def _note_changed(self, policy: PolicyRow, version: NewVersion) -> None:
        self.figures.note(CHANGED, version.captured_at)
        settings = self._compare(policy, version)
        row = _row(CHANGED, policy, version.captured_at, version)
        for setting in settings or ():
            cells = {"setting": setting.label, "kind": setting.kind, "before": setting.before, "after": setting.after}
            self.table.add(row | cells)
        if not settings:
            self.table.add(row)
        if len(self.figures.changed) < MOST_CHANGED:
            listed = None if settings is None else tuple(settings[:MOST_SETTINGS])
            cut = Cut(len(listed or ()), len(settings or ()))
            names = type_label(policy.type), clean(policy.name)
            self.figures.changed.append(PolicyChange(*names, version.captured_at, version.number, listed, cut))

    def _compare(self, policy: PolicyRow, version: NewVersion) -> list[SettingChange] | None:
        if version.previous is None:
            return None  # the version before was deleted
        try:
            changes = diff(read_content(policy.id, version.previous), read_content(policy.id, version.number))
        except UnreadableContent:
            self.figures.unreadable += 1
            return None
        return [_setting_change(change) for change in changes]

    def _note_named(
        self, named: list[NamedPolicy], event: str, policy: PolicyRow, at: datetime, version: NewVersion | None
    ) -> None:
        self.figures.note(event, at)
        self.table.add(_row(event, policy, at, version))
        if len(named) < MOST_NAMED:
            named.append(NamedPolicy(type_label(policy.type), clean(policy.name), at))


def _setting_change(change: Change) -> SettingChange:
    name = change.path.rpartition("/")[2]
    return SettingChange(
        clean(change.label), change.kind, say_value(name, change.before), say_value(name, change.after)
    )


def _row(event: str, policy: PolicyRow, at: datetime, version: NewVersion | None) -> dict[str, object]:
    return dict.fromkeys(COLUMNS) | {
        "event": event,
        "type_name": type_label(policy.type),
        "policy": policy.name,
        "id": policy.external_id,
        "at": at,
        "version": version.number if version else None,
        "compared_with": version.previous if version else None,
        "run": version.operation_run_id if version else None,
    }
