"""Whether the installation works: answers for load balancers, and signs of life from the workers."""

from flask import Flask

from ops_admin.health import models as models  # the migrations compare every table with its model
from ops_admin.health.views import blueprint

__all__ = ["init_app"]


def init_app(app: Flask) -> None:
    """Serve `/healthz` and `/readyz`."""
    app.register_blueprint(blueprint)
