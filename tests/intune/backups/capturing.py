"""Runs backups to the end, and reads what they stored."""

from sqlalchemy import select

from ops_admin.access.queries import Tenant, User
from ops_admin.infra.database import db
from ops_admin.intune.backups.models import DbBackupItem, DbBackupSet
from ops_admin.intune.backups.queries import BackupSet, find_backup_set_of_run
from ops_admin.runs.dispatch import start
from ops_admin.runs.ledger import Run
from ops_admin.runs.queries import get_run
from ops_admin.runs.worker.execution import execute
from tests.support.factories import actor_of


def back_up(tenant: Tenant, user: User | None = None, **inputs: object) -> Run:
    """Run a backup in this process, of the whole tenant by default."""
    chosen = inputs if inputs.keys() & {"policy_ids", "types", "all"} else {"all": True, **inputs}
    started = start("backup.create", actor=actor_of(user), tenant_id=tenant.id, inputs=chosen)
    execute(started.run.id)
    db.session.rollback()
    return get_run(started.run.id)


def set_of(run: Run) -> BackupSet:
    """The set of a run."""
    found = find_backup_set_of_run(run.id)
    assert found is not None
    return found


def items_of(backup: BackupSet, type_key: str | None = None) -> list[DbBackupItem]:
    """The items of a set, by type and name."""
    query = select(DbBackupItem).where(DbBackupItem.backup_set_id == backup.id)
    if type_key is not None:
        query = query.where(DbBackupItem.type == type_key)
    query = query.order_by(DbBackupItem.type, DbBackupItem.search_key, DbBackupItem.id)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def all_sets() -> list[DbBackupSet]:
    """All sets, oldest first."""
    query = select(DbBackupSet).order_by(DbBackupSet.id).execution_options(populate_existing=True)
    return list(db.session.scalars(query))
