"""Whether a page that is connected hears of everything: it must not call itself live when it does not (R27)."""

from flask import current_app

from ops_admin.config import Settings
from ops_admin.health.workers import work_elsewhere


def push_reaches_all() -> bool:
    """Whether what any worker does is pushed by this process: through Redis, or because no other process works."""
    settings: Settings = current_app.config["SETTINGS"]
    return settings.redis_url is not None or not work_elsewhere()
