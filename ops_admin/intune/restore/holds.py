"""Keeps a backup set that a restore still needs from being deleted (R42, R43), and reports one that is gone."""

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from ops_admin.access.capabilities import Capability
from ops_admin.access.queries import find_tenant
from ops_admin.access.rights import current_rights
from ops_admin.infra.database import db
from ops_admin.intune.backups.models import DbBackupSet
from ops_admin.intune.restore.models import DbRestoreRun
from ops_admin.intune.restore.states import ACTIVE, EDITABLE

MOST_NAMED = 3


class BackupSetGone(LookupError):
    """The backup set was deleted."""


def find_hold(backup_set_id: int) -> str | None:
    """Return a message naming the restores that still need the set, or None if it may be deleted.

    Restores that have ended do not need it: their results stay readable without it.
    """
    columns = (DbRestoreRun.id, DbRestoreRun.tenant_id, DbRestoreRun.status)
    needed = (DbRestoreRun.backup_set_id == backup_set_id, DbRestoreRun.status.in_((*EDITABLE, *ACTIVE)))
    rows = db.session.execute(select(*columns).where(*needed).order_by(DbRestoreRun.id)).all()
    if not rows:
        return None
    names = ", ".join(_name(row.id, row.tenant_id) for row in rows[:MOST_NAMED])
    if len(rows) > MOST_NAMED:
        names = _("%(names)s and %(number)s more", names=names, number=len(rows) - MOST_NAMED)
    if any(row.status in ACTIVE for row in rows):
        return str(_("This backup is being restored: %(names)s. Wait for the end, or cancel the run.", names=names))
    return str(_("This backup is still needed: %(names)s. Complete or discard these restores first.", names=names))


def keep_set(session: Session, backup_set_id: int) -> None:
    """Prevent the set from being deleted until this transaction ends. Raises BackupSetGone if it is already gone."""
    query = select(DbBackupSet.id).where(DbBackupSet.id == backup_set_id).with_for_update(read=True)
    if session.execute(query).scalar_one_or_none() is None:
        raise BackupSetGone(backup_set_id)


def set_is_gone() -> dict[str, str]:
    """The answer to any request that needs a deleted set."""
    return {"backup_set": _("The backup set was deleted, so nothing can be previewed or restored from it any more.")}


def _name(restore_id: int, tenant_id: int) -> str:
    """Return a label for a restore. It names the tenant only to readers who may see it."""
    may_see = current_rights().may(Capability.TENANT_VIEW, tenant_id)
    tenant = find_tenant(tenant_id) if may_see else None
    if tenant is None:
        return str(_("restore %(id)s", id=restore_id))
    return str(_("restore %(id)s into %(tenant)s", id=restore_id, tenant=tenant.display_name))
