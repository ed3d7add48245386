"""The only reader of restores. Lists never load contents (R34, R35)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, case, false, func, or_, select

from ops_admin.infra.database import db
from ops_admin.intune.assignments.mapping import SKIP, GroupMapping
from ops_admin.intune.backups.models import DbBackupItem
from ops_admin.intune.names import search_key_of
from ops_admin.intune.restore.codes import ASSIGNMENTS_DROPPED
from ops_admin.intune.restore.models import DbRestoreGroupMapping, DbRestoreItem, DbRestoreRun
from ops_admin.intune.restore.states import (
    ACTIVE,
    DONE,
    EDITABLE,
    EXECUTABLE,
    Action,
    AssignMode,
    Decision,
    ItemState,
    RestoreStatus,
)
from ops_admin.intune.secret_values import masked, masked_changes
from ops_admin.web.keyset import CountedPage, Cursor, Page, contains, read_by_name, read_newest


@dataclass(frozen=True)
class Restore:
    """One restore; see DbRestoreRun."""

    id: int
    workspace_id: int
    tenant_id: int
    backup_set_id: int
    backup_set_name: str
    source_tenant_id: int
    status: str
    revision: int
    previewed_revision: int | None
    created_by_user_id: int | None
    created_by_name: str
    operation_run_id: int | None
    preview_run_id: int | None
    conditional_access: str | None
    assignments: str | None
    created_at: datetime
    updated_at: datetime
    previewed_at: datetime | None
    started_at: datetime | None
    completed_at: datetime | None

    @property
    def assign_mode(self) -> AssignMode:
        """What becomes of the assignments in the tenant."""
        return AssignMode(self.assignments or AssignMode.MERGE)

    @property
    def is_editable(self) -> bool:
        """Whether the selection and the mapping can still be changed."""
        return self.status in EDITABLE

    @property
    def is_previewed(self) -> bool:
        """Whether there is a stored preview of the current selection."""
        return self.previewed_revision == self.revision and self.status != RestoreStatus.DRAFT

    @property
    def is_executable(self) -> bool:
        """Whether an execution can be started, or continued after it ended."""
        return self.status in EXECUTABLE and self.is_previewed

    @property
    def is_active(self) -> bool:
        """Whether it is being executed."""
        return self.status in ACTIVE


@dataclass(frozen=True)
class RestoreItem:
    """One item as shown in lists; see DbRestoreItem."""

    id: int
    restore_run_id: int
    backup_item_id: int
    type: str
    external_id: str
    name: str
    action: str | None
    matched_by: str | None
    problem_code: str | None
    problem_detail: str | None
    replaced_tags: list[str] | None
    choice: str | None
    choice_external_id: str | None
    target_external_id: str | None
    live_hash: str | None
    changes_total: int
    assignments_change: bool | None
    reach: dict[str, Any] | None
    state: str
    failure_code: str | None
    written_external_id: str | None
    assignments_state: str | None
    assignments_failure_code: str | None
    assignments_written: int | None
    begun_at: datetime | None
    ended_at: datetime | None
    sealed_secrets: str | None = field(repr=False)


@dataclass(frozen=True)
class RestoreItemDetail:
    """One item with everything that the preview stored."""

    item: RestoreItem
    changes: list[dict[str, Any]]
    candidates: list[dict[str, Any]]
    live_assignments: list[dict[str, Any]] | None
    before_ids: list[str] | None
    live_content: dict[str, Any] | None


@dataclass(frozen=True)
class GroupRow:
    """One group of the source and its decision."""

    id: int
    source_group_id: str
    source_name: str | None
    used_by: int
    decision: str | None
    target_group_id: str | None
    target_name: str | None


@dataclass(frozen=True)
class ItemFilter:
    """What a reader of the items asked for. None means any."""

    search: str | None = None
    type: str | None = None
    action: str | None = None
    result: str | None = None


_RESTORE_COLUMNS = tuple(getattr(DbRestoreRun, name) for name in Restore.__dataclass_fields__)
_ITEM_COLUMNS = tuple(getattr(DbRestoreItem, name) for name in RestoreItem.__dataclass_fields__)
DROPPED = "dropped"
"""The result of items that were restored without some of their assignments."""
_FAILED = or_(DbRestoreItem.state == ItemState.FAILED, DbRestoreItem.assignments_state == ItemState.FAILED)

_DROPPED = and_(
    DbRestoreItem.assignments_failure_code == ASSIGNMENTS_DROPPED, DbRestoreItem.assignments_state.in_(DONE)
)


def find_restore(restore_id: int) -> Restore | None:
    """Return the restore with that id, or None. The caller checks who may see it."""
    row = db.session.execute(select(*_RESTORE_COLUMNS).where(DbRestoreRun.id == restore_id)).one_or_none()
    return None if row is None else _restore(row)


def list_restores(tenant_id: int, cursor: Cursor | None = None) -> Page[Restore]:
    """Return one page of the restores into a tenant, newest first."""
    query = select(*_RESTORE_COLUMNS).where(DbRestoreRun.tenant_id == tenant_id)
    return read_newest(query, DbRestoreRun.id, cursor, _restore)


def count_items_of(restore_ids: Iterable[int]) -> Mapping[int, int]:
    """Return the number of items of each of these restores. Restores without items are left out."""
    table = DbRestoreItem
    query = select(table.restore_run_id, func.count()).where(table.restore_run_id.in_(list(restore_ids)))
    return {row[0]: row[1] for row in db.session.execute(query.group_by(table.restore_run_id))}


def list_items(restore_id: int, wanted: ItemFilter, cursor: Cursor | None = None) -> CountedPage[RestoreItem]:
    """Return one page of a restore's items, by name."""
    query = _filtered(select(*_ITEM_COLUMNS).where(DbRestoreItem.restore_run_id == restore_id), wanted)
    return read_by_name(query.add_columns(DbRestoreItem.search_key), DbRestoreItem, cursor, _item)


def item_ids_of_type(restore_id: int, type_key: str) -> Mapping[str, int]:
    """Return the ids of the items of a type, by their policies' ids in the source."""
    table = DbRestoreItem
    query = select(table.external_id, table.id).where(table.restore_run_id == restore_id, table.type == type_key)
    return {row[0]: row[1] for row in db.session.execute(query)}


def written_by_others(restore_id: int, item_id: int) -> frozenset[str]:
    """Return the tenant's policies that other items of the restore have written."""
    table = DbRestoreItem
    query = select(table.written_external_id).where(
        table.restore_run_id == restore_id, table.id != item_id, table.written_external_id.is_not(None)
    )
    return frozenset(each for each in db.session.scalars(query) if each)


def find_item(item_id: int) -> RestoreItem | None:
    """Return the item with that id, or None. The caller checks who may see it."""
    row = db.session.execute(select(*_ITEM_COLUMNS).where(DbRestoreItem.id == item_id)).one_or_none()
    return None if row is None else _item(row)


def all_items(restore_id: int) -> list[RestoreItem]:
    """Return all items, in the order in which they are written."""
    query = select(*_ITEM_COLUMNS).where(DbRestoreItem.restore_run_id == restore_id)
    ordered = query.order_by(DbRestoreItem.import_order, DbRestoreItem.id)
    return [_item(row) for row in db.session.execute(ordered)]


def read_priorities(restore_id: int, type_key: str) -> Mapping[int, int]:
    """Return the priorities of the items of a type, as far as the backup has any."""
    query = (
        select(DbRestoreItem.id, DbBackupItem.content)
        .join(DbBackupItem, DbBackupItem.id == DbRestoreItem.backup_item_id)
        .where(DbRestoreItem.restore_run_id == restore_id, DbRestoreItem.type == type_key)
    )
    found = {row.id: row.content.get("priority") for row in db.session.execute(query) if isinstance(row.content, dict)}
    return {item_id: priority for item_id, priority in found.items() if isinstance(priority, int)}


def find_detail(restore_id: int, item_id: int) -> RestoreItemDetail | None:
    """Return an item of that restore with everything that the preview stored, or None."""
    table = DbRestoreItem
    stored = (table.changes, table.candidates, table.live_assignments, table.before_ids, table.live_content)
    query = select(*_ITEM_COLUMNS, *stored).where(table.restore_run_id == restore_id, table.id == item_id)
    row = db.session.execute(query).one_or_none()
    if row is None:
        return None
    candidates = [{**each, "changes": masked_changes(each.get("changes") or [])} for each in row.candidates or []]
    live = None if row.live_content is None else masked(row.live_content)
    changes = masked_changes(row.changes or [])
    return RestoreItemDetail(_item(row), changes, candidates, row.live_assignments, row.before_ids, live)


def chosen_ids(restore_id: int) -> frozenset[int]:
    """Return the ids of the chosen backup items."""
    query = select(DbRestoreItem.backup_item_id).where(DbRestoreItem.restore_run_id == restore_id)
    return frozenset(db.session.scalars(query))


def count_by_action(restore_id: int) -> Mapping[str, int]:
    """Return the number of items by the preview's action. Those not compared yet are under the empty string."""
    return _count(restore_id, func.coalesce(DbRestoreItem.action, ""))


def count_by_result(restore_id: int) -> Mapping[str, int]:
    """Return the number of items by result.

    An item that failed in part has failed. One that lost assignments counts as `DROPPED`, changed or not.
    """
    result = case((_FAILED, str(ItemState.FAILED)), (_DROPPED, DROPPED), else_=DbRestoreItem.state)
    return _count(restore_id, result)


def count_by_problem(restore_id: int) -> Mapping[str, int]:
    """Return the number of items by the problem that the preview found, most frequent first."""
    code = DbRestoreItem.problem_code
    query = select(code, func.count()).where(DbRestoreItem.restore_run_id == restore_id, code.is_not(None))
    counted = {str(row[0]): row[1] for row in db.session.execute(query.group_by(code))}
    return dict(sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])))


def count_by_type(restore_id: int) -> Mapping[str, int]:
    """Return the number of chosen items by type."""
    return _count(restore_id, DbRestoreItem.type)


def list_groups(restore_id: int) -> list[GroupRow]:
    """Return the groups named by the chosen items, undecided ones first, then by name."""
    table = DbRestoreGroupMapping
    columns = [getattr(table, name) for name in GroupRow.__dataclass_fields__]
    order = (table.decision.is_not(None), func.lower(table.source_name), table.source_group_id)
    used = (table.restore_run_id == restore_id, table.used_by > 0)
    rows = db.session.execute(select(*columns).where(*used).order_by(*order))
    return [GroupRow(**row._mapping) for row in rows]


def find_group(restore_id: int, mapping_id: int) -> GroupRow | None:
    """Return one group of a restore, or None."""
    return next((row for row in list_groups(restore_id) if row.id == mapping_id), None)


def count_undecided(restore_id: int) -> int:
    """Return how many groups are neither mapped nor skipped."""
    table = DbRestoreGroupMapping
    query = select(func.count()).where(table.restore_run_id == restore_id, table.decision.is_(None), table.used_by > 0)
    return db.session.execute(query).scalar_one()


def read_mapping(restore_id: int) -> GroupMapping:
    """Return the decisions for `map_assignments`, without undecided groups."""
    return {
        row.source_group_id: SKIP if row.decision == Decision.SKIP else str(row.target_group_id)
        for row in list_groups(restore_id)
        if row.decision is not None
    }


def _filtered(query: Select[*tuple[Any, ...]], wanted: ItemFilter) -> Select[*tuple[Any, ...]]:
    table = DbRestoreItem
    if wanted.type is not None:
        query = query.where(table.type == wanted.type)
    if wanted.action is not None:
        query = query.where(table.action == Action(wanted.action))
    if wanted.result is not None:
        query = query.where(_has_result(wanted.result))
    if wanted.search is not None:
        named = contains(table.search_key, search_key_of(wanted.search))
        query = query.where(or_(named, table.external_id == wanted.search))
    return query


def _has_result(result: str) -> Any:
    if result == ItemState.FAILED:
        return _FAILED
    is_dropped = func.coalesce(_DROPPED, false())
    if result == DROPPED:
        return is_dropped
    has_failed = func.coalesce(DbRestoreItem.assignments_state, "") == ItemState.FAILED
    return and_(DbRestoreItem.state == result, ~has_failed, ~is_dropped)


def _count(restore_id: int, word: Any) -> Mapping[str, int]:
    query = select(word, func.count()).where(DbRestoreItem.restore_run_id == restore_id).group_by(word)
    return {row[0]: row[1] for row in db.session.execute(query)}


def _restore(row: object) -> Restore:
    return Restore(**{name: getattr(row, name) for name in Restore.__dataclass_fields__})


def _item(row: object) -> RestoreItem:
    return RestoreItem(**{name: getattr(row, name) for name in RestoreItem.__dataclass_fields__})
