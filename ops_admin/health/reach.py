"""Whether a connected page hears of everything; if not, it must not call itself live (R27)."""

from flask import current_app, g

from ops_admin.config import Settings
from ops_admin.health.push_outages import has_outages
from ops_admin.health.workers import work_elsewhere


def push_reaches_all() -> bool:
    """Whether this process pushes the changes of all processes.

    Without Redis that is true while no other process works; with Redis, while none has an outage.
    """
    settings: Settings = current_app.config["SETTINGS"]
    return not (work_elsewhere() if settings.redis_url is None else has_outages())


def page_hears_all() -> bool:
    """Return `push_reaches_all` for a page, which shows it in several places; read once per request."""
    known: bool | None = g.get("page_hears_all")
    if known is None:
        known = g.page_hears_all = push_reaches_all()
    return known
