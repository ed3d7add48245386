"""Whether the installation works: answers for load balancers, and signs of life from the workers."""

from flask import Flask

from ops_admin.health.views import blueprint

__all__ = ["init_app"]


def init_app(app: Flask) -> None:
    """Serve `/healthz` and `/readyz`."""
    app.register_blueprint(blueprint)
