"""The source's groups named by the chosen items, and what to do with each (R43)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from ops_admin.infra.database import transaction
from ops_admin.intune.assignments.mapping import (
    InvalidAssignments,
    check_assignments,
    group_ids_of,
)
from ops_admin.intune.backups.models import DbBackupItem
from ops_admin.intune.restore import queries
from ops_admin.intune.restore.models import DbRestoreGroupMapping, DbRestoreItem
from ops_admin.intune.restore.queries import GroupRow, Restore
from ops_admin.intune.restore.revisions import revise
from ops_admin.intune.restore.states import AssignMode, Decision
from ops_admin.intune.restore.suggestions import name_groups
from ops_admin.references.declared import PLACES, Kind, find

LONGEST_GROUP_ID = 64
# Types whose content can name groups, besides their assignments.
_NAMING_GROUPS = tuple(key for key, places in PLACES.items() if any(place.kind is Kind.GROUP for place in places))
_ROWS_AT_ONCE = 200


@dataclass(frozen=True)
class Decided:
    """The decision on a group. If `target_group_id` is None, the group is skipped."""

    target_group_id: str | None
    target_name: str | None = None


def decide_groups(restore: Restore, decisions: Mapping[str, Decided]) -> bool:
    """Map or skip source groups by id, leaving others unchanged. Returns whether anything changed.

    Groups that the items do not name are ignored. Raises NotEditable.
    """
    with transaction() as session:
        changed = [row for row in queries.list_groups(restore.id) if _differs(row, decisions.get(row.source_group_id))]
        if not changed:
            return False
        revise(session, restore.id)
        for row in changed:
            decided = decisions[row.source_group_id]
            values = {
                "decision": Decision.MAP if decided.target_group_id else Decision.SKIP,
                "target_group_id": decided.target_group_id,
                "target_name": decided.target_name,
            }
            session.execute(update(DbRestoreGroupMapping).where(DbRestoreGroupMapping.id == row.id).values(values))
    return True


def resolve_same_groups(restore: Restore) -> int:
    """Map undecided groups whose id exists in the target. Nothing is guessed by name. Returns how many."""
    undecided = [row for row in queries.list_groups(restore.id) if row.decision is None]
    names = name_groups(restore.tenant_id, [row.source_group_id for row in undecided])
    decide_groups(restore, {group_id: Decided(group_id, name) for group_id, name in names.items()})
    return len(names)


def collect_groups(session: Session, restore: Restore) -> None:
    """Update the list of groups to match the chosen items, keeping decisions already made."""
    used = _count_groups(session, restore)
    table = DbRestoreGroupMapping
    rows = session.execute(select(table.source_group_id, table.id).where(table.restore_run_id == restore.id))
    present = {row[0]: row[1] for row in rows}
    names = name_groups(restore.source_tenant_id, used)
    for group_id in present.keys() - used.keys():
        session.execute(delete(DbRestoreGroupMapping).where(DbRestoreGroupMapping.id == present[group_id]))
    for group_id, number in used.items():
        values = {"used_by": number, "source_name": names.get(group_id)}
        if group_id in present:
            one = DbRestoreGroupMapping.id == present[group_id]
            session.execute(update(DbRestoreGroupMapping).where(one).values(values))
        else:
            session.add(DbRestoreGroupMapping(restore_run_id=restore.id, source_group_id=group_id, **values))
    session.flush()


def _differs(row: GroupRow, decided: Decided | None) -> bool:
    if decided is None:
        return False
    is_same = row.decision is not None and row.target_group_id == decided.target_group_id
    return not is_same


def _count_groups(session: Session, restore: Restore) -> dict[str, int]:
    """Return how many of the chosen items need a decision on each group that they name.

    None, if only assignments name it and those are kept: its decision stays, in case that is changed again.
    """
    used: dict[str, set[int]] = {}
    for item_id, group_ids in _groups_in_content(session, restore.id):
        _note(used, group_ids, item_id)
    are_kept = restore.assign_mode is AssignMode.KEEP
    for item_id, group_ids in _assigned_groups(session, restore.id):
        _note(used, group_ids, None if are_kept else item_id)
    return {group_id: len(item_ids) for group_id, item_ids in sorted(used.items())}


def _note(used: dict[str, set[int]], group_ids: frozenset[str], item_id: int | None) -> None:
    for group_id in group_ids:
        if len(group_id) <= LONGEST_GROUP_ID:
            used.setdefault(group_id, set()).update(() if item_id is None else (item_id,))


def _assigned_groups(session: Session, restore_id: int) -> Iterator[tuple[int, frozenset[str]]]:
    chosen = DbBackupItem.id.in_(select(DbRestoreItem.backup_item_id).where(DbRestoreItem.restore_run_id == restore_id))
    assigned = select(DbBackupItem.id, DbBackupItem.assignments).where(chosen, DbBackupItem.assignments.is_not(None))
    for item_id, assignments in session.execute(assigned).yield_per(_ROWS_AT_ONCE):
        yield item_id, _groups_of(assignments)


def _groups_in_content(session: Session, restore_id: int) -> Iterator[tuple[int, frozenset[str]]]:
    chosen = DbBackupItem.id.in_(select(DbRestoreItem.backup_item_id).where(DbRestoreItem.restore_run_id == restore_id))
    table = DbBackupItem
    naming = select(table.id, table.type, table.content).where(chosen, table.type.in_(_NAMING_GROUPS))
    for item_id, type_key, content in session.execute(naming).yield_per(_ROWS_AT_ONCE):
        found = find(content, type_key) if isinstance(content, dict) else []
        yield item_id, frozenset(each.id for each in found if each.kind is Kind.GROUP)


def _groups_of(assignments: Any) -> frozenset[str]:
    try:
        return group_ids_of(check_assignments(assignments))
    except InvalidAssignments:
        # The preview reports the error for each item, and none of these assignments are written.
        return frozenset()
