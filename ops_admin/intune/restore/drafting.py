"""Writes the wizard's draft and its selection, with the consequences of every change (R43).

Changing what was previewed makes the restore a draft again. Its adapter run, which exists from the first preview on,
keeps waiting. Submitting a form twice changes nothing the second time, so the preview stays valid.
"""

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from ops_admin.access.queries import Tenant
from ops_admin.infra.database import transaction, utcnow
from ops_admin.intune.backups.queries import BackupItem, BackupSet, list_all_items
from ops_admin.intune.names import search_key_of
from ops_admin.intune.restore import queries
from ops_admin.intune.restore.filters import collect_filters, resolve_same_filters
from ops_admin.intune.restore.groups import collect_groups
from ops_admin.intune.restore.holds import keep_set
from ops_admin.intune.restore.locking import lock_restore
from ops_admin.intune.restore.models import (
    DbRestoreFilterMapping,
    DbRestoreGroupMapping,
    DbRestoreItem,
    DbRestoreReferenceMapping,
    DbRestoreRun,
)
from ops_admin.intune.restore.queries import Restore
from ops_admin.intune.restore.references import collect_references
from ops_admin.intune.restore.revisions import revise
from ops_admin.intune.restore.secrets import wipe_typed
from ops_admin.intune.restore.states import EDITABLE, Choice, RestoreStatus
from ops_admin.runs import service
from ops_admin.runs.ledger import Actor

_AT_ONCE = 500


def create_draft(tenant: Tenant, backup_set: BackupSet, actor: Actor) -> Restore:
    """Create a restore of `backup_set` into `tenant`, or return the actor's untouched one: a form may be sent twice.

    Raises BackupSetGone.
    """
    user_id = actor.user_id
    with transaction() as session:
        keep_set(session, backup_set.id)
        found = session.execute(_untouched(tenant, backup_set, user_id)).scalar()
        if found is None:
            row = DbRestoreRun(
                workspace_id=tenant.workspace_id,
                tenant_id=tenant.id,
                backup_set_id=backup_set.id,
                backup_set_name=backup_set.name,
                source_tenant_id=backup_set.tenant_id,
                created_by_user_id=user_id,
                created_by_name=actor.name,
            )
            session.add(row)
            session.flush()
            found = row.id
        return _get(found)


def copy_restore(restore: Restore, actor: Actor) -> Restore:
    """Create a draft with the same source, items and decisions, to preview again what was restored.

    Raises BackupSetGone.
    """
    with transaction() as session:
        keep_set(session, restore.backup_set_id)
        row = DbRestoreRun(
            workspace_id=restore.workspace_id,
            tenant_id=restore.tenant_id,
            backup_set_id=restore.backup_set_id,
            backup_set_name=restore.backup_set_name,
            source_tenant_id=restore.source_tenant_id,
            created_by_user_id=actor.user_id,
            created_by_name=actor.name,
            conditional_access=restore.conditional_access,
            assignments=restore.assignments,
            revision=2,
        )
        session.add(row)
        session.flush()
        _copy_rows(session, DbRestoreItem, _ITEM_SELECTION, restore.id, row.id)
        _mean_what_was_created(session, restore.id, row.id)
        _copy_rows(session, DbRestoreGroupMapping, _GROUP_DECISION, restore.id, row.id)
        _copy_rows(session, DbRestoreFilterMapping, _FILTER_DECISION, restore.id, row.id)
        _copy_rows(session, DbRestoreReferenceMapping, _REFERENCE_DECISION, restore.id, row.id)
        return _get(row.id)


def choose_items(restore: Restore, *, add: Collection[int] = (), remove: Collection[int] = ()) -> bool:
    """Add and remove items of the backup set. Ids that are not in it are ignored. Returns whether anything changed.

    Raises NotEditable.
    """
    with transaction() as session:
        present = queries.chosen_ids(restore.id)
        wanted = set(add) - present
        new = [item for item in list_all_items(restore.backup_set_id) if item.id in wanted] if wanted else []
        gone = set(remove) & present
        if not new and not gone:
            return False
        revise(session, restore.id)
        for ids in _slices(sorted(gone)):
            chosen = (DbRestoreItem.restore_run_id == restore.id, DbRestoreItem.backup_item_id.in_(ids))
            session.execute(delete(DbRestoreItem).where(*chosen))
        if new:
            session.execute(insert(DbRestoreItem), [_item_row(restore.id, item) for item in new])
        collect_groups(session, restore)
        collect_filters(session, restore)
        collect_references(session, restore)
        resolve_same_filters(restore)
    return True


def discard(restore: Restore, actor: Actor) -> bool:
    """Cancel a restore that was never executed, for good, together with its adapter run.

    False if it is no longer editable. Its preview becomes invalid too, because a discarded restore is never executed.
    """
    with transaction() as session:
        row = lock_restore(session, restore.id)
        if row is None or row.status not in EDITABLE:
            return False
        now = utcnow()
        ended = {"status": RestoreStatus.CANCELLED, "previewed_revision": None, "completed_at": now, "updated_at": now}
        session.execute(update(DbRestoreRun).where(DbRestoreRun.id == restore.id).values(ended))
        wipe_typed(session, restore.id)
        if row.operation_run_id is not None:
            service.request_cancel(row.operation_run_id, actor)
        return True


def _get(restore_id: int) -> Restore:
    restore = queries.find_restore(restore_id)
    if restore is None:
        raise LookupError(f"restore {restore_id}")
    return restore


def _untouched(tenant: Tenant, backup_set: BackupSet, user_id: int | None) -> Any:
    same_user = DbRestoreRun.created_by_user_id.is_(None) if user_id is None else None
    return (
        select(DbRestoreRun.id)
        .where(
            DbRestoreRun.tenant_id == tenant.id,
            DbRestoreRun.backup_set_id == backup_set.id,
            DbRestoreRun.status == RestoreStatus.DRAFT,
            DbRestoreRun.revision == 1,
            DbRestoreRun.preview_run_id.is_(None),
            same_user if same_user is not None else DbRestoreRun.created_by_user_id == user_id,
        )
        .order_by(DbRestoreRun.id.desc())
        .limit(1)
    )


_ITEM_SELECTION = (
    "backup_item_id",
    "type",
    "import_order",
    "external_id",
    "name",
    "search_key",
    "choice",
    "choice_external_id",
)
_FILTER_DECISION = ("source_filter_id", "source_name", "used_by", "decision", "target_filter_id", "target_name")
_REFERENCE_DECISION = ("kind", "source_id", "source_name", "used_by", "decision", "target_id", "target_name")
_GROUP_DECISION = (
    "source_group_id",
    "source_name",
    "used_by",
    "decision",
    "target_group_id",
    "target_name",
)


def _copy_rows(session: Session, table: Any, names: Iterable[str], source_id: int, copy_id: int) -> None:
    columns = [getattr(table, name) for name in names]
    found = session.execute(select(*columns).where(table.restore_run_id == source_id).order_by(table.id))
    rows = [{**row._mapping, "restore_run_id": copy_id} for row in found]
    if rows:
        session.execute(insert(table), rows)


def _mean_what_was_created(session: Session, source_id: int, copy_id: int) -> None:
    """Point copied items to the policies that earlier choices created, so that the copy does not create them again."""
    table = DbRestoreItem
    created = select(table.backup_item_id, table.written_external_id).where(
        table.restore_run_id == source_id, table.choice == Choice.CREATE, table.written_external_id.is_not(None)
    )
    for backup_item_id, external_id in session.execute(created).all():
        copied = (table.restore_run_id == copy_id, table.backup_item_id == backup_item_id)
        values = {"choice": Choice.UPDATE, "choice_external_id": external_id}
        session.execute(update(table).where(*copied).values(values))


def _item_row(restore_id: int, item: BackupItem) -> dict[str, Any]:
    return {
        "restore_run_id": restore_id,
        "backup_item_id": item.id,
        "type": item.type,
        # Set by the preview, which consults the policy types.
        "import_order": 0,
        "external_id": item.external_id,
        "name": item.name,
        "search_key": search_key_of(item.name),
    }


def _slices(ids: list[int]) -> Iterable[list[int]]:
    """Split the ids into slices small enough for one statement's parameters."""
    return (ids[begin : begin + _AT_ONCE] for begin in range(0, len(ids), _AT_ONCE))
