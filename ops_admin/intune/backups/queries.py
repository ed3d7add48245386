"""Reads backup sets; no other module does. Lists do not load the content (R34, R35)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, cast, func, or_, select

from ops_admin.infra.database import db
from ops_admin.intune.backups.models import DbBackupItem, DbBackupSet
from ops_admin.intune.backups.states import USABLE
from ops_admin.intune.names import search_key_of
from ops_admin.intune.policies.models import DbPolicy
from ops_admin.intune.secret_values import Revealed, masked_text, reveal
from ops_admin.web.keyset import PAGE_SIZE, CountedPage, Cursor, Page, contains, read_by_name, read_newest

_IDS_AT_ONCE = 200


@dataclass(frozen=True)
class BackupSet:
    """One backup of a tenant; see DbBackupSet."""

    id: int
    workspace_id: int
    tenant_id: int
    name: str
    status: str
    with_assignments: bool
    content_hash: str | None
    item_count: int
    failed_count: int
    operation_run_id: int
    created_by_name: str
    created_at: datetime
    completed_at: datetime | None
    archived_at: datetime | None

    @property
    def is_usable(self) -> bool:
        """Whether policies can be restored from this set."""
        return self.status in USABLE


@dataclass(frozen=True)
class BackupItem:
    """One policy of a set, without its content. `failure_code` says why the content could not be read.

    `unknown_secrets` counts the secrets that Graph did not tell; None if nobody looked (R56).
    """

    id: int
    backup_set_id: int
    policy_id: int | None
    type: str
    external_id: str
    name: str
    content_hash: str | None
    assignments_hash: str | None
    has_assignments: bool
    failure_code: str | None
    assignments_failure_code: str | None
    unknown_secrets: int | None


@dataclass(frozen=True)
class BackupDocument:
    """A policy of a set. `content` is None if it could not be read, `assignments` None if they were not captured.

    `references` names what the content points to; None in backups taken before names were kept.
    """

    item: BackupItem
    content: dict[str, Any] | None = field(repr=False)
    assignments: list[dict[str, Any]] | None
    sealed_secrets: str | None = field(default=None, repr=False)
    references: list[dict[str, Any]] | None = None


@dataclass(frozen=True)
class AssignedPolicies:
    """The policies whose assignments a set has: those in the console, and how many are `missing` there."""

    policy_ids: list[int]
    missing: int


@dataclass(frozen=True)
class HeldAssignments:
    """One policy's assignments in a set as they are stored, and their hash from the capture."""

    policy_id: int
    assignments: list[dict[str, Any]]
    hash: str | None


@dataclass(frozen=True)
class ItemFilter:
    """Filters for the items of a set; None means any. `failed` selects items with a failure, or those without."""

    search: str | None = None
    type: str | None = None
    failed: bool | None = None


_SET_COLUMNS = tuple(getattr(DbBackupSet, name) for name in BackupSet.__dataclass_fields__)
_ITEM_COLUMNS = (
    *(getattr(DbBackupItem, name) for name in BackupItem.__dataclass_fields__ if name != "has_assignments"),
    DbBackupItem.assignments.is_not(None).label("has_assignments"),
)


def find_backup_set(set_id: int) -> BackupSet | None:
    """Return a set or None. The caller checks to which tenant it belongs."""
    row = db.session.execute(select(*_SET_COLUMNS).where(DbBackupSet.id == set_id)).one_or_none()
    return None if row is None else _set(row)


def find_backup_set_of_run(run_id: int) -> BackupSet | None:
    """Return the set of a run, or None."""
    row = db.session.execute(select(*_SET_COLUMNS).where(DbBackupSet.operation_run_id == run_id)).one_or_none()
    return None if row is None else _set(row)


def list_backup_sets(
    tenant_id: int, *, archived: bool = False, cursor: Cursor | None = None, size: int = PAGE_SIZE
) -> Page[BackupSet]:
    """Return one page of a tenant's sets (those in use, or the archived ones), newest first."""
    is_archived = DbBackupSet.archived_at.is_not(None)
    query = select(*_SET_COLUMNS).where(DbBackupSet.tenant_id == tenant_id, is_archived if archived else ~is_archived)
    return read_newest(query, DbBackupSet.id, cursor, _set, size)


def count_backup_sets(tenant_id: int, *, archived: bool = False) -> int:
    """Return the number of a tenant's sets that are in use, or of those that are archived."""
    is_archived = DbBackupSet.archived_at.is_not(None)
    query = select(func.count()).where(DbBackupSet.tenant_id == tenant_id, is_archived if archived else ~is_archived)
    return db.session.execute(query).scalar_one()


def list_items(set_id: int, wanted: ItemFilter | None = None, cursor: Cursor | None = None) -> CountedPage[BackupItem]:
    """Return one page of the items of a set, by name."""
    query = _items_of(set_id, wanted or ItemFilter())
    return read_by_name(query.add_columns(DbBackupItem.search_key), DbBackupItem, cursor, _item)


def list_all_items(set_id: int) -> list[BackupItem]:
    """Return all items of a set by name, without their content."""
    query = _items_of(set_id, ItemFilter()).order_by(DbBackupItem.search_key, DbBackupItem.id)
    return [_item(row) for row in db.session.execute(query)]


def find_item(item_id: int) -> BackupItem | None:
    """Return an item or None. The caller checks to which set it belongs."""
    row = db.session.execute(select(*_ITEM_COLUMNS).where(DbBackupItem.id == item_id)).one_or_none()
    return None if row is None else _item(row)


def read_item(item_id: int) -> BackupDocument | None:
    """Return an item as it is stored, with its content and assignments, or None.

    Items of earlier versions hold secrets in plain: show `masked(content)`.
    """
    table = DbBackupItem
    columns = (*_ITEM_COLUMNS, table.content, table.assignments, table.sealed_secrets, table.references)
    row = db.session.execute(select(*columns).where(DbBackupItem.id == item_id)).one_or_none()
    if row is None:
        return None
    return BackupDocument(_item(row), row.content, row.assignments, row.sealed_secrets, row.references)


def list_unsealed(size: int = 200) -> Iterator[int]:
    """Yield the ids of items with content in which nobody has looked for secrets yet."""
    after, table = 0, DbBackupItem
    query = select(table.id).where(table.sealed_secrets.is_(None), table.content.is_not(None)).order_by(table.id)
    while found := list(db.session.scalars(query.where(table.id > after).limit(size))):
        db.session.rollback()
        yield from found
        after = found[-1]


def find_item_text(item_id: int) -> str | None:
    """Return the content of an item as JSON text without plain secrets, or None when it has none."""
    query = select(cast(DbBackupItem.content, Text)).where(DbBackupItem.id == item_id)
    stored = db.session.execute(query).scalar_one_or_none()
    return None if stored is None else masked_text(stored)


def reveal_item(item_id: int) -> Revealed | None:
    """Return an item with its secrets in plain, for those who may read them; None if it has no content."""
    query = select(DbBackupItem.content, DbBackupItem.sealed_secrets).where(DbBackupItem.id == item_id)
    row = db.session.execute(query).one_or_none()
    return None if row is None or row.content is None else reveal(row.content, row.sealed_secrets)


def list_assignments_of_policies(set_id: int, policy_ids: Iterable[int]) -> list[HeldAssignments]:
    """Return the assignments that a set has for these policies; policies without any are left out."""
    remaining = iter(sorted(set(policy_ids)))
    found: list[HeldAssignments] = []
    while ids := tuple(islice(remaining, _IDS_AT_ONCE)):
        query = (
            select(DbPolicy.id, DbBackupItem.assignments, DbBackupItem.assignments_hash)
            .join(DbBackupItem, _is_of_policy())
            .where(DbPolicy.id.in_(ids), *_holds_assignments(set_id))
        )
        found += [HeldAssignments(*row) for row in db.session.execute(query)]
    return found


def list_sets_of_policy(tenant_id: int, policy_id: int, limit: int = 10) -> list[BackupSet]:
    """Return the newest usable sets that have assignments of a policy."""
    holds = select(DbPolicy.id).join(DbBackupItem, _is_of_policy())
    is_held = holds.where(DbPolicy.id == policy_id, *_holds_assignments(DbBackupSet.id)).exists()
    query = select(*_SET_COLUMNS).where(
        DbBackupSet.tenant_id == tenant_id, DbBackupSet.status.in_(USABLE), is_held.correlate(DbBackupSet)
    )
    return [_set(row) for row in db.session.execute(query.order_by(DbBackupSet.id.desc()).limit(limit))]


def find_assigned_policies(set_id: int) -> AssignedPolicies:
    """Return the policies whose assignments a set has.

    They are looked up by their ids in the tenant: a backup may be older than the first sync, and a policy that was
    deleted from the console and synced again has another row.
    """
    is_known = _is_of_policy() & (DbPolicy.tenant_id == DbBackupSet.tenant_id)
    query = (
        select(DbPolicy.id)
        .select_from(DbBackupItem)
        .join(DbBackupSet, DbBackupSet.id == DbBackupItem.backup_set_id)
        .outerjoin(DbPolicy, is_known)
        .where(*_holds_assignments(set_id))
    )
    found: list[int | None] = list(db.session.scalars(query))
    known = [policy_id for policy_id in found if policy_id is not None]
    return AssignedPolicies(known, len(found) - len(known))


def count_items_by_type(set_id: int) -> dict[str, int]:
    """Return the number of items of each type in a set; types without any are left out."""
    query = select(DbBackupItem.type, func.count()).where(DbBackupItem.backup_set_id == set_id)
    return {row[0]: row[1] for row in db.session.execute(query.group_by(DbBackupItem.type))}


def _is_of_policy() -> ColumnElement[bool]:
    return (DbBackupItem.type == DbPolicy.type) & (DbBackupItem.external_id == DbPolicy.external_id)


def _holds_assignments(set_id: object) -> tuple[ColumnElement[bool], ...]:
    return DbBackupItem.backup_set_id == set_id, DbBackupItem.assignments.is_not(None)


def _items_of(set_id: int, wanted: ItemFilter) -> Select[*tuple[Any, ...]]:
    table = DbBackupItem
    query = select(*_ITEM_COLUMNS).where(table.backup_set_id == set_id)
    if wanted.type is not None:
        query = query.where(table.type == wanted.type)
    if wanted.search is not None:
        named = contains(table.search_key, search_key_of(wanted.search))
        query = query.where(or_(named, table.external_id == wanted.search))
    if wanted.failed is not None:
        has_failed = or_(table.failure_code.is_not(None), table.assignments_failure_code.is_not(None))
        query = query.where(has_failed if wanted.failed else ~has_failed)
    return query


def _set(row: object) -> BackupSet:
    return BackupSet(**{name: getattr(row, name) for name in BackupSet.__dataclass_fields__})


def _item(row: object) -> BackupItem:
    return BackupItem(**{name: getattr(row, name) for name in BackupItem.__dataclass_fields__})
