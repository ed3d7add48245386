"""Bulk actions on the versions of a policy: archive, restore and delete, each as a run (R41)."""

from flask import abort, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ops_admin.access.capabilities import Capability
from ops_admin.access.guards import for_tenant
from ops_admin.access.prompts import wants_json
from ops_admin.access.queries import Tenant
from ops_admin.intune.inputs import read_policy_ids
from ops_admin.intune.policies import queries
from ops_admin.intune.policies.queries import Policy, Version
from ops_admin.intune.policies.selections import (
    SELECTION,
    VERSION_IDS,
    SelectionMissing,
    keep_selection,
    read_selection,
)
from ops_admin.intune.policies.views.blueprint import blueprint
from ops_admin.intune.policies.views.chosen import go_to, refuse, start_chosen, values_sent
from ops_admin.intune.policies.views.lookups import policy_or_404
from ops_admin.runs.catalog import InvalidInputs


@blueprint.post("/<int:policy_id>/versions/archive")
@for_tenant(Capability.POLICY_VERSIONS_ARCHIVE)
def archive_versions(tenant: Tenant, policy_id: int) -> ResponseReturnValue:
    """Archive the chosen versions."""
    return _start(tenant, policy_or_404(tenant, policy_id), "policy_versions.archive")


@blueprint.post("/<int:policy_id>/versions/restore")
@for_tenant(Capability.POLICY_VERSIONS_ARCHIVE)
def restore_versions(tenant: Tenant, policy_id: int) -> ResponseReturnValue:
    """Take the chosen versions out of the archive."""
    return _start(tenant, policy_or_404(tenant, policy_id), "policy_versions.restore")


@blueprint.post("/<int:policy_id>/versions/delete/choose")
@for_tenant(Capability.POLICY_VERSIONS_DELETE)
def choose_versions_for_deletion(tenant: Tenant, policy_id: int) -> ResponseReturnValue:
    """Store the chosen versions and redirect to the confirmation page."""
    policy = policy_or_404(tenant, policy_id)
    try:
        key = keep_selection(_chosen_ids())
    except InvalidInputs as refused:
        return refuse(refused.errors, _address(policy))
    return go_to(
        url_for("policies.confirm_deletion_of_versions", tenant_id=tenant.id, policy_id=policy.id, selection=key)
    )


@blueprint.get("/<int:policy_id>/versions/delete")
@for_tenant(Capability.POLICY_VERSIONS_DELETE)
def confirm_deletion_of_versions(tenant: Tenant, policy_id: int) -> ResponseReturnValue:
    """Explain the deletion of the versions in `?selection=` and ask for confirmation."""
    policy = policy_or_404(tenant, policy_id)
    key = request.args.get(SELECTION, "")
    if not key:
        return redirect(_address(policy))
    return _page(tenant, policy, key, _versions_or_404(policy, key))


@blueprint.post("/<int:policy_id>/versions/delete")
@for_tenant(Capability.POLICY_VERSIONS_DELETE)
def delete_versions(tenant: Tenant, policy_id: int) -> ResponseReturnValue:
    """Start the deletion if the confirmation was typed."""
    policy = policy_or_404(tenant, policy_id)
    values = values_sent()
    key = str(values.get(SELECTION, ""))
    chosen = _versions_or_404(policy, key)
    typed = str(values.get("confirmation", "")).strip()
    if typed != str(len(chosen)):
        return _page(tenant, policy, key, chosen, typed, _("Type the number of versions."))
    # Only the versions that were shown and confirmed; the selection may contain others.
    inputs = {VERSION_IDS: [version.id for version in chosen]}
    return start_chosen(tenant, "policy_versions.delete", inputs, _address(policy))


def _start(tenant: Tenant, policy: Policy, key: str) -> ResponseReturnValue:
    try:
        return start_chosen(tenant, key, {VERSION_IDS: _chosen_ids()}, _address(policy))
    except InvalidInputs as refused:
        return refuse(refused.errors, _address(policy))


def _chosen_ids() -> list[int]:
    given = values_sent().get(VERSION_IDS) if request.is_json else request.form.getlist(VERSION_IDS)
    if given == []:
        raise InvalidInputs({VERSION_IDS: _("Choose at least one version.")})
    return read_policy_ids({VERSION_IDS: given}, VERSION_IDS)


def _versions_or_404(policy: Policy, key: str) -> list[Version]:
    """Return the chosen versions that belong to this policy."""
    try:
        chosen = set(read_selection(key))
    except SelectionMissing:
        abort(404)
    found = [version for version in queries.list_versions(policy.id, archived=True) if version.id in chosen]
    if not found:
        abort(404)
    return found


def _address(policy: Policy) -> str:
    return url_for("policies.show", tenant_id=policy.tenant_id, policy_id=policy.id)


def _page(
    tenant: Tenant, policy: Policy, key: str, chosen: list[Version], typed: str = "", error: str | None = None
) -> ResponseReturnValue:
    if error and wants_json():
        return jsonify(errors={"confirmation": error}), 422
    body = render_template(
        "intune/policies/delete_versions.html",
        tenant=tenant,
        policy=policy,
        selection=key,
        chosen=chosen,
        typed=typed,
        error=error,
    )
    return body, 422 if error else 200
