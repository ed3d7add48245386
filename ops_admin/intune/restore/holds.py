"""A backup set that is being restored must stay as long as that takes (R42, R43)."""

from flask_babel import gettext as _
from sqlalchemy import select

from ops_admin.database import db
from ops_admin.intune.restore.models import DbRestoreRun
from ops_admin.intune.restore.states import ACTIVE


def find_hold(backup_set_id: int) -> str | None:
    """Say why the set must not be deleted now; None when no restore of it is queued or running."""
    query = select(DbRestoreRun.id).where(DbRestoreRun.backup_set_id == backup_set_id, DbRestoreRun.status.in_(ACTIVE))
    restore_id = db.session.execute(query.order_by(DbRestoreRun.id).limit(1)).scalar_one_or_none()
    if restore_id is None:
        return None
    text = _("Restore %(id)s of this backup is in progress. Wait for its end, or cancel its run.", id=restore_id)
    return str(text)
