"""What the wizard writes first: the draft and its selection, and what every change of them entails (R43).

A change of what was previewed makes the restore a draft again. Its adapter run, which exists from the first preview on,
goes on waiting. A form that is sent twice changes nothing the second time, and so leaves the preview as it is.
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
from ops_admin.intune.restore.models import DbRestoreFilterMapping, DbRestoreGroupMapping, DbRestoreItem, DbRestoreRun
from ops_admin.intune.restore.queries import Restore
from ops_admin.intune.restore.revisions import revise
from ops_admin.intune.restore.states import EDITABLE, Choice, RestoreStatus
from ops_admin.runs import service
from ops_admin.runs.ledger import Actor

_AT_ONCE = 500


def create_draft(tenant: Tenant, backup_set: BackupSet, actor: Actor) -> Restore:
    """Write a restore of `backup_set` into `tenant`, or find the actor's untouched one: a form may be sent twice.

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
    """Write a draft with the same source, items and decisions: for another preview of what was restored.

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
            revision=2,
        )
        session.add(row)
        session.flush()
        _copy_rows(session, DbRestoreItem, _ITEM_SELECTION, restore.id, row.id)
        _mean_what_was_created(session, restore.id, row.id)
        _copy_rows(session, DbRestoreGroupMapping, _GROUP_DECISION, restore.id, row.id)
        _copy_rows(session, DbRestoreFilterMapping, _FILTER_DECISION, restore.id, row.id)
        return _get(row.id)


def choose_items(restore: Restore, *, add: Collection[int] = (), remove: Collection[int] = ()) -> bool:
    """Add and remove items of the backup set; ids that are not in it are passed over. Returns whether it changed.

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
        resolve_same_filters(restore)
    return True


def discard(restore: Restore, actor: Actor) -> bool:
    """End a restore that was never executed, for good; its adapter run ends with it.

    False when it is not editable any more. What was previewed does not count any more either: a restore that was
    discarded is not executed.
    """
    with transaction() as session:
        row = lock_restore(session, restore.id)
        if row is None or row.status not in EDITABLE:
            return False
        now = utcnow()
        ended = {"status": RestoreStatus.CANCELLED, "previewed_revision": None, "completed_at": now, "updated_at": now}
        session.execute(update(DbRestoreRun).where(DbRestoreRun.id == restore.id).values(ended))
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
    """What was created by decision is there now: a copy of the restore means that one, and not one more."""
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
        # Known from the preview on, which asks Graph's table of types.
        "import_order": 0,
        "external_id": item.external_id,
        "name": item.name,
        "search_key": search_key_of(item.name),
    }


def _slices(ids: list[int]) -> Iterable[list[int]]:
    """Few enough at once for the parameters of any statement."""
    return (ids[begin : begin + _AT_ONCE] for begin in range(0, len(ids), _AT_ONCE))
