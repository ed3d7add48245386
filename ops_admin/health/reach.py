"""Whether a page that is connected hears of everything: it must not call itself live when it does not (R27)."""

from flask import current_app, g

from ops_admin.config import Settings
from ops_admin.health.push_outages import has_outages
from ops_admin.health.workers import work_elsewhere


def push_reaches_all() -> bool:
    """Whether what any process does is pushed by this one.

    Without Redis that is so while no other process works; with it, while each of them can be heard.
    """
    settings: Settings = current_app.config["SETTINGS"]
    return not (work_elsewhere() if settings.redis_url is None else has_outages())


def page_hears_all() -> bool:
    """Say `push_reaches_all` to a page, which shows it in several places: asked once a request."""
    known: bool | None = g.get("page_hears_all")
    if known is None:
        known = g.page_hears_all = push_reaches_all()
    return known
