"""Starts `inventory.sync`, for all policy types or for those chosen on a page (R10, R16)."""

from collections.abc import Mapping

from flask import Blueprint, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ops_admin.access.capabilities import Capability
from ops_admin.access.guards import for_tenant
from ops_admin.access.prompts import wants_json
from ops_admin.access.queries import Tenant
from ops_admin.intune.inventory.queries import syncs_by_type
from ops_admin.intune.policies.types import POLICY_TYPES
from ops_admin.runs.actors import current_actor
from ops_admin.runs.catalog import InvalidInputs
from ops_admin.runs.dispatch import start
from ops_admin.runs.web.responses import answer

blueprint = Blueprint("inventory", __name__, url_prefix="/tenants/<int:tenant_id>/inventory")

# Tells a form without any choice from a button that starts the sync of all types.
CHOOSING = "choosing"


@blueprint.get("/sync")
@for_tenant(Capability.INVENTORY_SYNC)
def choose(tenant: Tenant) -> ResponseReturnValue:
    """Show the form with the policy types to sync."""
    return _form(tenant, chosen=list(POLICY_TYPES))


@blueprint.post("/sync")
@for_tenant(Capability.INVENTORY_SYNC)
def sync(tenant: Tenant) -> ResponseReturnValue:
    """Start the operation. Invalid inputs are explained in the form, which keeps the choice."""
    inputs = _inputs()
    try:
        started = start("inventory.sync", actor=current_actor(), tenant_id=tenant.id, inputs=inputs)
    except InvalidInputs as refused:
        if wants_json():
            return jsonify(errors=refused.errors), 422
        return _form(tenant, chosen=request.form.getlist("types"), errors=refused.errors), 422
    return answer(started, back_to=url_for("overview.show", tenant_id=tenant.id))


def _inputs() -> Mapping[str, object]:
    """Read the inputs from a form or a JSON body; answers 400 if it is not valid JSON."""
    if request.is_json:
        body = request.get_json()
        return body if isinstance(body, dict) else {"types": body}
    if "types" in request.form or CHOOSING in request.form:
        return {"types": request.form.getlist("types")}
    return {}


def _form(tenant: Tenant, chosen: list[str], errors: Mapping[str, str] | None = None) -> str:
    return render_template(
        "intune/inventory/choose.html",
        tenant=tenant,
        types=POLICY_TYPES,
        syncs=syncs_by_type(tenant.id),
        chosen=chosen,
        error=" ".join((errors or {}).values()),
        title=_("Choose what to sync"),
    )
