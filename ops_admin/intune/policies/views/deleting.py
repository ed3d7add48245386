"""Deletes policies from the console: a page explains it, a typed confirmation starts the run."""

from flask import abort, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ops_admin.access.capabilities import Capability
from ops_admin.access.guards import for_tenant
from ops_admin.access.prompts import wants_json
from ops_admin.access.queries import Tenant
from ops_admin.intune.inputs import read_policy_ids
from ops_admin.intune.policies.references import PolicyReference, find_references
from ops_admin.intune.policies.selections import POLICY_IDS, SELECTION, SelectionMissing, keep_selection, read_selection
from ops_admin.intune.policies.types import type_label
from ops_admin.intune.policies.views.blueprint import blueprint
from ops_admin.intune.policies.views.chosen import go_to, list_url, read_chosen, refuse, start_chosen, values_sent
from ops_admin.runs.catalog import InvalidInputs

MOST_NAMES_SHOWN = 20


@blueprint.post("/delete/choose")
@for_tenant(Capability.POLICIES_DELETE)
def choose_for_deletion(tenant: Tenant) -> ResponseReturnValue:
    """Store what was chosen on the list and redirect to the confirmation page."""
    try:
        inputs = read_chosen(tenant)
        ids = inputs[POLICY_IDS] if POLICY_IDS in inputs else read_selection(str(inputs[SELECTION]))
        key = keep_selection(read_policy_ids({POLICY_IDS: ids}))
    except InvalidInputs as refused:
        return refuse(refused.errors, list_url(tenant))
    except SelectionMissing:
        return refuse({SELECTION: _("This selection is not known. Choose again.")}, list_url(tenant))
    return go_to(url_for("policies.confirm_deletion", tenant_id=tenant.id, selection=key))


@blueprint.get("/delete")
@for_tenant(Capability.POLICIES_DELETE)
def confirm_deletion(tenant: Tenant) -> ResponseReturnValue:
    """Explain the deletion of the policies in `?selection=` and ask for confirmation."""
    key = request.args.get(SELECTION, "")
    if not key:
        return redirect(url_for("policies.list_policies", tenant_id=tenant.id))
    return _page(tenant, key, _chosen_or_404(tenant, key))


@blueprint.post("/delete")
@for_tenant(Capability.POLICIES_DELETE)
def delete(tenant: Tenant) -> ResponseReturnValue:
    """Start the deletion if the confirmation was typed."""
    values = values_sent()
    key = str(values.get(SELECTION, ""))
    chosen = _chosen_or_404(tenant, key)
    typed = " ".join(str(values.get("confirmation", "")).split())
    if typed != confirmation_of(chosen):
        return _page(tenant, key, chosen, typed, _("Type exactly what is asked for above."))
    return start_chosen(
        tenant, "policies.delete", {SELECTION: key}, url_for("policies.list_policies", tenant_id=tenant.id)
    )


def confirmation_of(chosen: list[PolicyReference]) -> str:
    """Return the text to type: the name of a single policy, or the number of policies."""
    return " ".join(chosen[0].name.split()) if len(chosen) == 1 else str(len(chosen))


def _chosen_or_404(tenant: Tenant, key: str) -> list[PolicyReference]:
    try:
        chosen = find_references(tenant.id, read_selection(key))
    except SelectionMissing:
        abort(404)
    if not chosen:
        abort(404)
    return chosen


def _page(
    tenant: Tenant, key: str, chosen: list[PolicyReference], typed: str = "", error: str | None = None
) -> ResponseReturnValue:
    if error and wants_json():
        return jsonify(errors={"confirmation": error}), 422
    body = render_template(
        "intune/policies/delete.html",
        tenant=tenant,
        selection=key,
        chosen=chosen,
        shown=chosen[:MOST_NAMES_SHOWN],
        expected=confirmation_of(chosen),
        typed=typed,
        error=error,
        type_label=type_label,
    )
    return body, 422 if error else 200
