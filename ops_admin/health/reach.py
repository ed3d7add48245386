"""Whether a page that is connected hears of everything: it must not call itself live when it does not (R27)."""

from flask import current_app, g

from ops_admin.config import Settings
from ops_admin.health.workers import work_elsewhere


def push_reaches_all() -> bool:
    """Whether what any worker does is pushed by this process: through Redis, or because no other process works."""
    settings: Settings = current_app.config["SETTINGS"]
    return settings.redis_url is not None or not work_elsewhere()


def page_hears_all() -> bool:
    """Say `push_reaches_all` to a page, which shows it in several places: asked once a request."""
    known: bool | None = g.get("page_hears_all")
    if known is None:
        known = g.page_hears_all = push_reaches_all()
    return known
