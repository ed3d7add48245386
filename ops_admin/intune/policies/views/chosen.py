"""Reads what was chosen on the list: rows, or all policies that match the filters, as ids (R41)."""

from collections.abc import Mapping
from typing import Any

from flask import Response, flash, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from ops_admin.access.prompts import is_htmx, wants_json
from ops_admin.access.queries import Tenant
from ops_admin.intune.inputs import MOST_POLICIES, read_policy_ids
from ops_admin.intune.policies import queries
from ops_admin.intune.policies.filters import read_query
from ops_admin.intune.policies.selections import POLICY_IDS, SELECTION
from ops_admin.runs.actors import current_actor
from ops_admin.runs.catalog import InvalidInputs
from ops_admin.runs.dispatch import start
from ops_admin.runs.web.responses import TOAST, answer

ALL_MATCHING = "all_matching"


def read_chosen(tenant: Tenant) -> dict[str, object]:
    """Return the inputs from the request: `policy_ids` or `selection`; raises InvalidInputs."""
    values = values_sent()
    if values.get(SELECTION):
        return {SELECTION: values[SELECTION]}
    if values.get(ALL_MATCHING):
        return {POLICY_IDS: _matching_ids(tenant, values)}
    given = values.get(POLICY_IDS) if request.is_json else request.form.getlist(POLICY_IDS)
    return {POLICY_IDS: read_policy_ids({POLICY_IDS: given})}


def values_sent() -> Mapping[str, Any]:
    """Return the fields of a form or a JSON object; a JSON list means policy ids. Answers 400 for invalid JSON."""
    if not request.is_json:
        return request.form
    body = request.get_json()
    return body if isinstance(body, dict) else {POLICY_IDS: body}


def start_chosen(tenant: Tenant, key: str, inputs: Mapping[str, object], back_to: str) -> ResponseReturnValue:
    """Start an operation on the chosen rows and return the usual answer to a start."""
    try:
        started = start(key, actor=current_actor(), tenant_id=tenant.id, inputs=inputs)
    except InvalidInputs as refused:
        return refuse(refused.errors, back_to)
    return answer(started, back_to=back_to)


def refuse(errors: Mapping[str, str], back_to: str) -> ResponseReturnValue:
    """Answer why nothing was started: as JSON, as a fragment for htmx, or as a toast."""
    if wants_json():
        return jsonify(errors=dict(errors)), 422
    title, text = _("Nothing was started"), " ".join(errors.values())
    if is_htmx():
        return render_template("intune/policies/refused.html", title=title, text=text)
    flash({"title": title, "message": text, "level": "danger"}, TOAST)  # type: ignore[arg-type]  # a toast's fields
    return redirect(back_to, 303)


def go_to(url: str) -> BaseResponse:
    """Redirect the browser, also from an htmx request."""
    if is_htmx():
        response: Response = make_response("", 204)
        response.headers["HX-Redirect"] = url
        return response
    return redirect(url, 303)


def list_url(tenant: Tenant) -> str:
    """Return the URL of the list with the filters in the form's fields."""
    path = url_for("policies.list_policies", tenant_id=tenant.id)
    return read_query(tenant.id, path, request.form).url()


def _matching_ids(tenant: Tenant, values: Mapping[str, Any]) -> list[int]:
    filters = {name: value for name, value in values.items() if isinstance(value, str)}
    query = read_query(tenant.id, request.path, filters)
    if query.errors:
        raise InvalidInputs(query.errors)
    ids = queries.list_matching_ids(tenant.id, query.wanted, MOST_POLICIES + 1)
    if not ids:
        raise InvalidInputs({POLICY_IDS: _("No policy matches these filters any more.")})
    return ids
