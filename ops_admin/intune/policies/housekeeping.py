"""Deletes the files of expired exports; their rows are kept (R41, R48)."""

from datetime import datetime
from functools import partial

from flask import current_app

from ops_admin.infra.database import utcnow
from ops_admin.infra.file_storage.leftovers import delete_leftovers
from ops_admin.intune.policies.exports import list_expired, mark_removed


def remove_expired_exports(now: datetime | None = None) -> int:
    """Delete the files of expired exports. Returns how many were deleted."""
    now = now or utcnow()
    settings = current_app.config["SETTINGS"]
    return delete_leftovers(settings, "policy export", list_expired(now), partial(mark_removed, at=now))
