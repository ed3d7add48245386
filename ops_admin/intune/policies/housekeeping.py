"""Deletes the files of expired exports; their rows are kept (R41, R48)."""

import logging
from datetime import datetime

from flask import current_app

from ops_admin.config import Settings
from ops_admin.infra.database import utcnow
from ops_admin.infra.file_storage import disk_of
from ops_admin.infra.file_storage.disks import DiskUnavailable
from ops_admin.intune.policies.exports import list_expired, mark_removed

logger = logging.getLogger(__name__)


def remove_expired_exports(now: datetime | None = None) -> int:
    """Delete the files of expired exports; returns how many.

    Can be repeated and run in several processes at once: the row is updated after the file is deleted, and deleting
    a file twice is no error. If a disk cannot be reached, its files are deleted the next time.
    """
    now = now or utcnow()
    settings: Settings = current_app.config["SETTINGS"]
    removed = 0
    for export in list_expired(now):
        try:
            disk_of(settings, export.file_disk).delete(export.file_path)
        except DiskUnavailable as error:
            logger.warning("the file of policy export %s stays for now: %s", export.id, error)
        else:
            mark_removed(export.id, now)
            removed += 1
    return removed
