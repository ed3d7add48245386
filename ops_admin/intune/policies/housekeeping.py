"""Expiry of exports: the file goes, the row stays and says what there was (R41, R48)."""

import logging
from datetime import datetime

from flask import current_app

from ops_admin.config import Settings
from ops_admin.infra.database import utcnow
from ops_admin.infra.file_storage import disk_of
from ops_admin.infra.file_storage.disks import DiskUnavailable
from ops_admin.intune.policies.exports import Export, list_expired, mark_removed

logger = logging.getLogger(__name__)


def remove_expired_exports(now: datetime | None = None) -> int:
    """Delete the files of expired exports; returns how many.

    Safe to repeat, and from several processes at once: a file goes before its row says so, and deleting it again is no
    error. A disk that cannot be reached holds up no other; its files are taken up the next time.
    """
    now = now or utcnow()
    return sum(_remove(export, now) for export in list_expired(now))


def _remove(export: Export, now: datetime) -> bool:
    settings: Settings = current_app.config["SETTINGS"]
    try:
        disk_of(settings, export.file_disk).delete(export.file_path)
    except DiskUnavailable as error:
        logger.warning("the file of policy export %s stays for now: %s", export.id, error)
        return False
    mark_removed(export.id, now)
    return True
