"""Expiry: what may no longer be downloaded is taken away; the rows stay and say what there was (R46, R48)."""

import logging
from datetime import datetime

from flask import current_app

from ops_admin.infra.database import utcnow
from ops_admin.infra.file_storage import DiskUnavailable, disk_of
from ops_admin.reviews import storage

logger = logging.getLogger(__name__)


def expire_review_packs(now: datetime | None = None) -> int:
    """Expire the packs whose time is over and remove the files that nobody may download; returns how many files.

    Safe to repeat, and from several processes at once: a pack is marked before its file goes and its path is forgotten
    after that, so whatever dies in between is taken up the next time, as is a disk that could not be reached.
    """
    storage.expire_packs(now or utcnow())
    return sum(_remove(leftover) for leftover in storage.list_leftovers())


def _remove(leftover: storage.Leftover) -> bool:
    try:
        disk_of(current_app.config["SETTINGS"], leftover.disk).delete(leftover.path)
    except DiskUnavailable as error:
        logger.warning("the file of review pack %s stays for now: %s", leftover.pack_id, error)
        return False
    storage.forget_file(leftover.pack_id)
    return True
