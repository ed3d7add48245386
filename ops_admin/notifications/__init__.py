"""The bell and the inbox: exactly one notification for a finished run and its initiator (R28)."""

from flask import Flask

from ops_admin.notifications import writer
from ops_admin.notifications.views import blueprint

__all__ = ["init_app"]


def init_app(app: Flask) -> None:
    """Serve the inbox and write a notification whenever a run of a user ends."""
    app.register_blueprint(blueprint)
    writer.init_app()
