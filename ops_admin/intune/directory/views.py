"""The page of a tenant's cached groups, which also starts `directory.groups.sync` (R10, R16, R34)."""

from flask import Blueprint, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ops_admin.access.capabilities import Capability
from ops_admin.access.guards import for_tenant
from ops_admin.access.queries import Tenant
from ops_admin.intune.directory import queries
from ops_admin.runs.actors import current_actor
from ops_admin.runs.catalog import InvalidInputs
from ops_admin.runs.dispatch import start
from ops_admin.runs.web.responses import answer
from ops_admin.web.keyset import page_url, read_cursor

blueprint = Blueprint("directory", __name__, url_prefix="/tenants/<int:tenant_id>")

LONGEST_SEARCH = 200


@blueprint.get("/groups")
@for_tenant(Capability.TENANT_VIEW)
def list_groups(tenant: Tenant) -> ResponseReturnValue:
    """List the cached groups by name."""
    search = request.args.get("q", "").strip()[:LONGEST_SEARCH]
    place = read_cursor(request.args)
    page = queries.list_groups(tenant.id, search or None, place)
    given = {"q": search} if search else {}
    return render_template(
        "intune/directory/groups.html",
        tenant=tenant,
        search=search,
        page=page,
        sync=queries.find_directory_sync(tenant.id),
        next_url=page_url(request.path, given, page.next),
        previous_url=page_url(request.path, given, page.previous),
    )


@blueprint.post("/directory/sync")
@for_tenant(Capability.DIRECTORY_SYNC)
def sync(tenant: Tenant) -> ResponseReturnValue:
    """Start the operation."""
    body = request.get_json() if request.is_json else {}
    inputs = body if isinstance(body, dict) else {"": body}
    try:
        started = start("directory.groups.sync", actor=current_actor(), tenant_id=tenant.id, inputs=inputs)
    except InvalidInputs as refused:
        return jsonify(errors=refused.errors), 422
    return answer(started, back_to=url_for("directory.list_groups", tenant_id=tenant.id))
