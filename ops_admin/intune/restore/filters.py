"""The source's assignment filters used by the chosen items, and what to do with each (R43).

Within one tenant filter ids stay the same, so there is nothing to decide. In another tenant, the only filter of the
same name replaces the source's, and the page says so. Every other filter must be mapped or skipped, unless the restore
itself writes it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from ops_admin.infra.database import db, transaction
from ops_admin.intune.assignments.mapping import (
    SKIP,
    FilterMapping,
    InvalidAssignments,
    check_assignments,
    filter_ids_of,
)
from ops_admin.intune.backups.models import DbBackupItem
from ops_admin.intune.directory import filters as cache
from ops_admin.intune.restore.models import DbRestoreFilterMapping, DbRestoreItem
from ops_admin.intune.restore.queries import Restore, item_ids_of_type
from ops_admin.intune.restore.revisions import revise
from ops_admin.intune.restore.states import AssignMode, Decision

LONGEST_FILTER_ID = 64
_FILTERS = "assignmentFilters"
_ROWS_AT_ONCE = 200


@dataclass(frozen=True)
class FilterRow:
    """One assignment filter of the source and its decision."""

    id: int
    source_filter_id: str
    source_name: str | None
    used_by: int
    decision: str | None
    target_filter_id: str | None
    target_name: str | None


@dataclass(frozen=True)
class FilterDecided:
    """The decision on a filter. If `target_filter_id` is None, assignments that use the filter are left out."""

    target_filter_id: str | None
    target_name: str | None = None


def list_filters(restore_id: int) -> list[FilterRow]:
    """Return the filters used by the chosen items, undecided ones first."""
    table = DbRestoreFilterMapping
    columns = [getattr(table, name) for name in FilterRow.__dataclass_fields__]
    order = (table.decision.is_not(None), table.source_name, table.source_filter_id)
    used = (table.restore_run_id == restore_id, table.used_by > 0)
    rows = db.session.execute(select(*columns).where(*used).order_by(*order))
    return [FilterRow(**row._mapping) for row in rows]


def filters_in_force(restore_id: int) -> list[FilterRow]:
    """Return the filters with their decisions, and those that the restore itself writes."""
    table = DbRestoreItem
    chosen = select(table.external_id, table.name).where(table.restore_run_id == restore_id, table.type == _FILTERS)
    written = [FilterRow(0, row[0], row[1], 0, Decision.MAP, row[0], row[1]) for row in db.session.execute(chosen)]
    return [*list_filters(restore_id), *written]


def undecided_filters(restore_id: int) -> list[FilterRow]:
    """Return the filters that are neither mapped nor skipped.

    Their assignments would be left out, and reported as failed.
    """
    return [row for row in list_filters(restore_id) if row.decision is None]


def read_filter_mapping(restore_id: int) -> FilterMapping:
    """Return the decisions for `map_assignments`, without undecided filters."""
    return {
        row.source_filter_id: SKIP if row.decision == Decision.SKIP else str(row.target_filter_id)
        for row in list_filters(restore_id)
        if row.decision is not None
    }


def decide_filters(restore: Restore, decisions: Mapping[str, FilterDecided]) -> bool:
    """Map or skip source filters by id, leaving others unchanged. Returns whether anything changed.

    Filters that the items do not use are ignored. Raises NotEditable.
    """
    with transaction() as session:
        changed = [row for row in list_filters(restore.id) if _differs(row, decisions.get(row.source_filter_id))]
        if not changed:
            return False
        revise(session, restore.id)
        for row in changed:
            _decide(session, row.id, decisions[row.source_filter_id])
    return True


def counterparts_of(restore: Restore, rows: list[FilterRow]) -> dict[str, cache.AssignmentFilter]:
    """Return the target's cached filters that can replace source filters without guessing, by source id."""
    known = {each.external_id: each for each in cache.list_filters(restore.tenant_id)}
    names = {row.source_filter_id: row.source_name for row in rows}
    return {source: known[found] for source, found in cache.counterparts(names, list(known.values())).items()}


def resolve_same_filters(restore: Restore) -> int:
    """Map undecided filters to their counterparts. Returns how many.

    This does not count as a change of the selection, so a preview stays valid.
    """
    undecided = undecided_filters(restore.id)
    found = counterparts_of(restore, undecided)
    with transaction() as session:
        for row in undecided:
            if row.source_filter_id in found:
                target = found[row.source_filter_id]
                _decide(session, row.id, FilterDecided(target.external_id, target.display_name))
    return len(found)


def collect_filters(session: Session, restore: Restore) -> None:
    """Update the list of filters to match the chosen items, keeping decisions already made."""
    if restore.source_tenant_id == restore.tenant_id:
        return
    used = _count_filters(session, restore.id)
    if restore.assign_mode is AssignMode.KEEP:
        # Only assignments use filters. The decisions stay, in case that is changed again.
        used = dict.fromkeys(used, 0)
    table = DbRestoreFilterMapping
    rows = session.execute(select(table.source_filter_id, table.id).where(table.restore_run_id == restore.id))
    present = {row[0]: row[1] for row in rows}
    for filter_id in present.keys() - used.keys():
        session.execute(delete(DbRestoreFilterMapping).where(DbRestoreFilterMapping.id == present[filter_id]))
    for filter_id, number in used.items():
        if filter_id in present:
            one = DbRestoreFilterMapping.id == present[filter_id]
            session.execute(update(DbRestoreFilterMapping).where(one).values(used_by=number))
        else:
            session.add(DbRestoreFilterMapping(restore_run_id=restore.id, source_filter_id=filter_id, used_by=number))
    session.flush()
    name_filters(session, restore)


def name_filters(session: Session, restore: Restore) -> None:
    """Update the names of the source's filters from the cache."""
    names = {each.external_id: each.display_name for each in cache.list_filters(restore.source_tenant_id)}
    for row in list_filters(restore.id):
        name = names.get(row.source_filter_id, row.source_name)
        if name != row.source_name:
            one = DbRestoreFilterMapping.id == row.id
            session.execute(update(DbRestoreFilterMapping).where(one).values(source_name=name))


def _decide(session: Session, mapping_id: int, decided: FilterDecided) -> None:
    values = {
        "decision": Decision.MAP if decided.target_filter_id else Decision.SKIP,
        "target_filter_id": decided.target_filter_id,
        "target_name": decided.target_name,
    }
    session.execute(update(DbRestoreFilterMapping).where(DbRestoreFilterMapping.id == mapping_id).values(values))


def _differs(row: FilterRow, decided: FilterDecided | None) -> bool:
    if decided is None:
        return False
    return row.decision is None or row.target_filter_id != decided.target_filter_id


def _count_filters(session: Session, restore_id: int) -> dict[str, int]:
    """Return how many of the chosen items use each filter that is not chosen itself."""
    used: dict[str, int] = {}
    restored = item_ids_of_type(restore_id, _FILTERS)
    for filter_ids in _used_filters(session, restore_id):
        for filter_id in filter_ids - restored.keys():
            if len(filter_id) <= LONGEST_FILTER_ID:
                used[filter_id] = used.get(filter_id, 0) + 1
    return dict(sorted(used.items()))


def _used_filters(session: Session, restore_id: int) -> Iterator[frozenset[str]]:
    chosen = DbBackupItem.id.in_(select(DbRestoreItem.backup_item_id).where(DbRestoreItem.restore_run_id == restore_id))
    assigned = select(DbBackupItem.assignments).where(chosen, DbBackupItem.assignments.is_not(None))
    for assignments in session.scalars(assigned).yield_per(_ROWS_AT_ONCE):
        yield _filters_of(assignments)


def _filters_of(assignments: Any) -> frozenset[str]:
    try:
        return filter_ids_of(check_assignments(assignments))
    except InvalidAssignments:
        # The preview reports the error for each item, and none of these assignments are written.
        return frozenset()
