"""Acting for a person at Microsoft: signing in, and searching groups with the person's own token (R39, R47)."""

from flask import Flask

from ops_admin.access.signals import on_sign_out
from ops_admin.auth.microsoft import storage
from ops_admin.auth.microsoft.views import blueprint


def init_app(app: Flask) -> None:
    """Serve signing in with Microsoft; a token is gone when its sign-in ends."""
    storage.init_app(app)
    app.register_blueprint(blueprint)
    on_sign_out(storage.forget_sign_in)
