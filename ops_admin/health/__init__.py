"""Whether the installation works: answers for load balancers, and signs of life from the workers."""

from flask import Flask

from ops_admin.health import accounting
from ops_admin.health import models as models  # the migrations compare every table with its model
from ops_admin.health import schedule as schedule  # a task registers when its module is read
from ops_admin.health.push_outages import note_gap as note_gap
from ops_admin.health.reach import page_hears_all
from ops_admin.health.reach import push_reaches_all as push_reaches_all
from ops_admin.health.views import blueprint

__all__ = ["init_app", "note_gap", "push_reaches_all"]


def init_app(app: Flask) -> None:
    """Serve `/healthz`, `/readyz` and `/metrics`, count what happens to runs, and let pages ask what they hear."""
    app.register_blueprint(blueprint)
    accounting.init_app()
    app.jinja_env.globals["page_hears_all"] = page_hears_all
