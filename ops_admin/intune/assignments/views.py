"""Starting `assignments.fetch` and `assignments.restore`, the latter after showing what would be sent (R10, R45)."""

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
"""Before a group's id: the name of the field with its decision."""
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
    """Start the operation for the policies named by `policy_ids`, or for all."""
    inputs = _fetch_inputs()
    try:
        started = start("assignments.fetch", actor=current_actor(), tenant_id=tenant.id, inputs=inputs)
    except InvalidInputs as refused:
        return jsonify(errors=refused.errors), 422
    return answer(started, back_to=_back_to(tenant, request.form.getlist("policy_ids")))


@blueprint.get("/restore")
@for_tenant(Capability.ASSIGNMENTS_RESTORE)
def choose(tenant: Tenant) -> ResponseReturnValue:
    """Show by group name what is there and what would be sent, and ask what becomes of groups that are not known."""
    return _page(tenant, _restore_inputs(tenant, request.args))


@blueprint.post("/restore")
@for_tenant(Capability.ASSIGNMENTS_RESTORE)
def restore(tenant: Tenant) -> ResponseReturnValue:
    """Start the operation if its preview was seen and no group is left without a decision; or only preview again."""
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
    """Whether the form shows the preview of these very inputs: nobody agrees to what they have not seen."""
    return request.form.get("previewed") == _digest(parsed)


def _digest(parsed: Mapping[str, object]) -> str:
    return sha256(canonical_json(parsed).encode()).hexdigest()


def _fetch_inputs() -> Mapping[str, Any]:
    return _json_inputs() if request.is_json else _selection_of(request.form)


def _json_inputs() -> Mapping[str, Any]:
    """Read the inputs of JSON; raises 400 for JSON that is none."""
    body = request.get_json()
    return body if isinstance(body, dict) else {"policy_ids": body}


def _restore_inputs(tenant: Tenant, given: Any) -> Mapping[str, Any]:
    """Read the fields of the form, from an address or a body; a group without a decision is left out."""
    typed = {name.removeprefix(MAP): value.strip() for name, value in given.items() if name.startswith(MAP)}
    decisions = {group_id: _group_meant(tenant, text) for group_id, text in typed.items() if text}
    inputs: dict[str, object] = {name: given[name] for name in ("version", "backup_set_id", "mode") if given.get(name)}
    return {**inputs, **_selection_of(given), "mapping": decisions}


def _group_meant(tenant: Tenant, text: str) -> str:
    """Read an id, "skip", or the name that only one cached group has; anything else is shown again as it was typed."""
    if text.lower() == SKIP_WORD:
        return SKIP_WORD
    return (find_only_group(tenant.id, text) or text)[:LONGEST_GROUP_ID]


def _selection_of(given: Any) -> dict[str, object]:
    """Read which policies are meant; none named are all: of the backup, or of the tenant."""
    if given.get("selection"):
        return {"selection": given["selection"]}
    return {"policy_ids": given.getlist("policy_ids")} if "policy_ids" in given else {"all": True}


def _page(tenant: Tenant, inputs: Mapping[str, Any], *, is_new: bool = False) -> tuple[str, int]:
    """Render the preview; inputs that make no sense are answered with what is wrong with them.

    `is_new`: a start was asked for, but of something else than what was shown.
    """
    preview, errors = Preview(), {}
    parsed: Mapping[str, object] = {}
    try:
        if not _names_nothing(inputs):
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


def _names_nothing(inputs: Mapping[str, Any]) -> bool:
    """Whether it is the bare address, with neither policies nor a backup: there is nothing to preview, yet."""
    return not any(inputs.get(name) for name in ("policy_ids", "selection", "backup_set_id", "version"))


def _kinds() -> Mapping[str, tuple[str, str]]:
    """The words and tones for what becomes of a target."""
    return {
        "same": (_("Stays"), "secondary"),
        "kept": (_("Stays, not in the source"), "secondary"),
        "added": (_("Added"), "green"),
        "changed": (_("Changed"), "yellow"),
        "removed": (_("Removed"), "red"),
    }


def _back_to(tenant: Tenant, policy_ids: list[str], inputs: Mapping[str, Any] | None = None) -> str:
    """The page from which one comes: the policy's, the backup's, or the list."""
    set_id = str((inputs or {}).get("backup_set_id") or "")
    if len(policy_ids) == 1 and policy_ids[0].isascii() and policy_ids[0].isdigit():
        return url_for("policies.show", tenant_id=tenant.id, policy_id=int(policy_ids[0]))
    if set_id.isascii() and set_id.isdigit():
        return url_for("backups.show", tenant_id=tenant.id, backup_set_id=int(set_id))
    return url_for("policies.list_policies", tenant_id=tenant.id)
