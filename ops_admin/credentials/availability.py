"""Whether people can sign in with Microsoft here: there must be an application for it."""

from flask import current_app

from ops_admin.config import Settings
from ops_admin.credentials.queries import find_current, find_for_directory


def signs_in_with_microsoft_on(tenant_id: int) -> bool:
    """Whether the tenant has an application of its own, or the installation has one."""
    return _has_installation() or find_current(tenant_id) is not None


def signs_in_with_microsoft_in(directory_id: str | None) -> bool:
    """Whether somebody can sign in through that directory, or through any."""
    return _has_installation() or (directory_id is not None and find_for_directory(directory_id) is not None)


def _has_installation() -> bool:
    settings: Settings = current_app.config["SETTINGS"]
    return settings.signs_in_with_microsoft
