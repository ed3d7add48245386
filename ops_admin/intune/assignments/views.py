"""Pages that start `assignments.fetch` and `assignments.restore`; a restore shows its preview first (R10, R45)."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from flask import Blueprint, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ops_admin.access.capabilities import Capability
from ops_admin.access.guards import for_tenant
from ops_admin.access.prompts import wants_json
from ops_admin.access.queries import Tenant
from ops_admin.intune.assignments.inputs import LONGEST_GROUP_ID, SKIP_WORD, parse_restore_inputs
from ops_admin.intune.assignments.kinds import is_assignable
from ops_admin.intune.assignments.presenter import policy_assignments, present
from ops_admin.intune.assignments.previews import Preview, preview_restore
from ops_admin.intune.directory.names import find_only_group, list_group_names
from ops_admin.intune.directory.queries import find_directory_sync
from ops_admin.intune.policies.types import type_label
from ops_admin.runs.actors import current_actor
from ops_admin.runs.catalog import InvalidInputs
from ops_admin.runs.dispatch import start
from ops_admin.runs.identity import canonical_json
from ops_admin.runs.web.responses import answer

blueprint = Blueprint("assignments", __name__, url_prefix="/tenants/<int:tenant_id>/assignments")

MAP = "map:"
"""Prefix of the form fields with the decisions about groups; a group's id follows."""
MOST_OFFERED = 1000
PREVIEW = "preview"

TEMPLATE_GLOBALS = {
    "policy_assignments": policy_assignments,
    "present_assignments": present,
    "is_assignable": is_assignable,
}


@blueprint.post("/fetch")
@for_tenant(Capability.ASSIGNMENTS_FETCH)
def fetch(tenant: Tenant) -> ResponseReturnValue:
    """Start the operation for the policies in `policy_ids`, or for all."""
    inputs = _json_inputs() if request.is_json else _selection_of(request.form)
    try:
        started = start("assignments.fetch", actor=current_actor(), tenant_id=tenant.id, inputs=inputs)
    except InvalidInputs as refused:
        return jsonify(errors=refused.errors), 422
    return answer(started, back_to=_back_to(tenant, request.form.getlist("policy_ids")))


@blueprint.get("/restore")
@for_tenant(Capability.ASSIGNMENTS_RESTORE)
def choose(tenant: Tenant) -> ResponseReturnValue:
    """Show the preview, and ask for decisions about unknown groups."""
    return _page(tenant, _restore_inputs(tenant, request.args))


@blueprint.post("/restore")
@for_tenant(Capability.ASSIGNMENTS_RESTORE)
def restore(tenant: Tenant) -> ResponseReturnValue:
    """Start the operation, or only show a new preview.

    A form can start it only if its preview was shown and every group has a decision.
    """
    inputs = _json_inputs() if request.is_json else _restore_inputs(tenant, request.form)
    by_form = not (wants_json() or request.is_json)
    if by_form and request.form.get("action") == PREVIEW:
        return _page(tenant, inputs)
    try:
        parsed = parse_restore_inputs(inputs)
        if by_form and not (_is_shown(parsed) and preview_restore(tenant.id, parsed).is_ready):
            return _page(tenant, inputs, is_new=not _is_shown(parsed))[0], 422
        started = start("assignments.restore", actor=current_actor(), tenant_id=tenant.id, inputs=parsed)
    except InvalidInputs as refused:
        return _page(tenant, inputs) if by_form else (jsonify(errors=refused.errors), 422)
    return answer(started, back_to=_back_to(tenant, request.form.getlist("policy_ids")))


def _is_shown(parsed: Mapping[str, object]) -> bool:
    """Whether the form came with the preview of exactly these inputs."""
    return request.form.get("previewed") == _digest(parsed)


def _digest(parsed: Mapping[str, object]) -> str:
    return sha256(canonical_json(parsed).encode()).hexdigest()


def _json_inputs() -> Mapping[str, Any]:
    """Read the inputs from a JSON body; answers 400 if it is not valid JSON."""
    body = request.get_json()
    return body if isinstance(body, dict) else {"policy_ids": body}


def _restore_inputs(tenant: Tenant, given: Any) -> Mapping[str, Any]:
    """Read the form fields from the query string or a form body; groups without a decision are left out."""
    typed = {name.removeprefix(MAP): value.strip() for name, value in given.items() if name.startswith(MAP)}
    decisions = {group_id: _parse_decision(tenant, text) for group_id, text in typed.items() if text}
    inputs: dict[str, object] = {name: given[name] for name in ("version", "backup_set_id", "mode") if given.get(name)}
    return {**inputs, **_selection_of(given), "mapping": decisions}


def _parse_decision(tenant: Tenant, text: str) -> str:
    """Return "skip" or a group's id, looking up a name that only one cached group has; other text stays as typed."""
    if text.lower() == SKIP_WORD:
        return SKIP_WORD
    return (find_only_group(tenant.id, text) or text)[:LONGEST_GROUP_ID]


def _selection_of(given: Any) -> dict[str, object]:
    """Return which policies are meant. Without any, all are: those of the backup set or of the tenant."""
    if given.get("selection"):
        return {"selection": given["selection"]}
    return {"policy_ids": given.getlist("policy_ids")} if "policy_ids" in given else {"all": True}


def _page(tenant: Tenant, inputs: Mapping[str, Any], *, is_new: bool = False) -> tuple[str, int]:
    """Render the preview, or the errors of invalid inputs.

    `is_new` means that the inputs differ from those of the preview that was shown before.
    """
    preview, errors = Preview(), {}
    parsed: Mapping[str, object] = {}
    try:
        if any(inputs.get(name) for name in ("policy_ids", "selection", "backup_set_id", "version")):
            parsed = parse_restore_inputs(inputs)
            preview = preview_restore(tenant.id, parsed)
    except InvalidInputs as refused:
        errors = refused.errors
    body = render_template(
        "intune/assignments/restore.html",
        tenant=tenant,
        inputs=inputs,
        parsed=parsed,
        preview=preview,
        is_new=is_new,
        previewed=_digest(parsed),
        errors=errors,
        groups=list_group_names(tenant.id, MOST_OFFERED) if preview.undecided or inputs.get("mapping") else (),
        sync=find_directory_sync(tenant.id),
        map_prefix=MAP,
        kinds=_kinds(),
        type_label=type_label,
        back_url=_back_to(tenant, [str(each) for each in inputs.get("policy_ids") or []], inputs),
    )
    return body, 422 if errors else 200


def _kinds() -> Mapping[str, tuple[str, str]]:
    """Labels and colors for the kinds of change."""
    return {
        "same": (_("Stays"), "secondary"),
        "kept": (_("Stays, not in the source"), "secondary"),
        "added": (_("Added"), "green"),
        "changed": (_("Changed"), "yellow"),
        "removed": (_("Removed"), "red"),
    }


def _back_to(tenant: Tenant, policy_ids: list[str], inputs: Mapping[str, Any] | None = None) -> str:
    """Return the URL of the page to go back to: the policy's, the backup set's or the list of policies."""
    set_id = str((inputs or {}).get("backup_set_id") or "")
    if len(policy_ids) == 1 and policy_ids[0].isascii() and policy_ids[0].isdigit():
        return url_for("policies.show", tenant_id=tenant.id, policy_id=int(policy_ids[0]))
    if set_id.isascii() and set_id.isdigit():
        return url_for("backups.show", tenant_id=tenant.id, backup_set_id=int(set_id))
    return url_for("policies.list_policies", tenant_id=tenant.id)
