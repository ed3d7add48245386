"""The product's application with an additional page, whose button starts a bench operation."""

import secrets
import time
from dataclasses import replace

from flask import Blueprint, Flask, render_template_string
from flask.typing import ResponseReturnValue

from bench import operations
from ops_admin.access.capabilities import Capability
from ops_admin.access.guards import for_tenant
from ops_admin.access.queries import Tenant
from ops_admin.app import create_app
from ops_admin.config import Settings
from ops_admin.realtime.publisher import publish_run
from ops_admin.runs import dispatch
from ops_admin.runs.actors import current_actor
from ops_admin.runs.events import RunProgressed
from ops_admin.runs.queries import get_run
from ops_admin.runs.web.responses import answer

_PAGE = """
{% extends "base.html" %}
{% from "macros/start.html" import start_button %}
{% block content %}{{ start_button(url, "Start") }}{% endblock content %}
"""

blueprint = Blueprint("bench", __name__)


def make_app(settings: Settings) -> Flask:
    """Create the console, and add the bench operations and their page."""
    operations.register()
    app = create_app(settings)
    app.register_blueprint(blueprint)
    return app


@blueprint.get("/tenants/<int:tenant_id>/bench")
@for_tenant(Capability.TENANT_VIEW)
def show(tenant: Tenant) -> ResponseReturnValue:
    """Show a page with a start button, like any of the console's."""
    return render_template_string(_PAGE, url=f"/tenants/{tenant.id}/bench/{operations.QUICK.key}")


@blueprint.post("/tenants/<int:tenant_id>/bench/<type_key>")
@for_tenant(Capability.INVENTORY_SYNC)
def start(tenant: Tenant, type_key: str) -> ResponseReturnValue:
    """Start an operation as the console's own forms do; every start has a new identity."""
    inputs = {"number": secrets.token_hex(8)}
    started = dispatch.start(type_key, actor=current_actor(), tenant_id=tenant.id, inputs=inputs)
    return answer(started, back_to=f"/tenants/{tenant.id}/bench")


@blueprint.post("/tenants/<int:tenant_id>/bench/tell/<int:run_id>/<int:number>")
@for_tenant(Capability.INVENTORY_SYNC)
def tell(tenant: Tenant, run_id: int, number: int) -> ResponseReturnValue:
    """Publish a run as its revision `number`; return the time before it was published."""
    run = replace(get_run(run_id), revision=number, tenant_id=tenant.id)
    at = time.perf_counter()
    publish_run(RunProgressed(run))
    return {"at": at}
