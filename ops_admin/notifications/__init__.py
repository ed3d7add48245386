"""The bell and the inbox: exactly one notification for a finished run and its initiator (R28)."""

from flask import Flask

from ops_admin.notifications import retention, writer
from ops_admin.notifications.views import blueprint
from ops_admin.runs.worker import pruning
from ops_admin.runs.worker.pruning import Leftover

__all__ = ["init_app"]


def init_app(app: Flask) -> None:
    """Serve the inbox and write a notification whenever a run of a user ends; let read ones grow old."""
    app.register_blueprint(blueprint)
    writer.init_app()
    pruning.sweep(Leftover("notifications", retention.count_old_read, retention.remove_old_read))
