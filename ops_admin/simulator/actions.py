"""OData actions besides `/assign`: the special ways in which some types are written."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from ops_admin.simulator.admx import resolve_bindings
from ops_admin.simulator.assigning import assign
from ops_admin.simulator.checks import body_of, check_parts
from ops_admin.simulator.documents import prepare, revised
from ops_admin.simulator.errors import bad_request, item_missing, unknown_segment
from ops_admin.simulator.messages import Answer, Call
from ops_admin.simulator.reads import get_document, served_item
from ops_admin.simulator.resources import BY_KEY
from ops_admin.simulator.shapes import Document, Resource
from ops_admin.simulator.store import Tenant
from ops_admin.simulator.writes import store_new

Action = Callable[[Call, Resource, Tenant, str], Answer]


def perform(call: Call, resource: Resource, tenant: Tenant, item_id: str, name: str) -> Answer:
    """Perform the named action on a document. Raises 400 if the type does not have it."""
    action = ACTIONS.get((resource.key, name)) or ACTIONS.get(("*", name))
    if action is None:
        raise unknown_segment(name)
    return action(call, resource, tenant, item_id)


def create_intent(call: Call, tenant: Tenant, template_id: str) -> Answer:
    """`templates/{id}/createInstance`: how intents are created."""
    body = body_of(call)
    given = ("displayName", "description", "roleScopeTagIds")
    content: Document = {name: body[name] for name in given if name in body}
    resource = BY_KEY["intents"]
    settings = _new_rows(resource, "settings", _rows(body, "settingsDelta"))
    document = store_new(resource, tenant, {**content, "templateId": template_id, "settings": settings})
    return Answer(200, served_item(call, resource, document))


def _update_definition_values(call: Call, resource: Resource, tenant: Tenant, item_id: str) -> Answer:
    """`added`, `updated` and `deletedIds` in one request."""
    body, current = body_of(call), get_document(resource, tenant, item_id)
    gone = set(_rows(body, "deletedIds"))
    updated = {row.get("id"): row for row in _rows(body, "updated")}
    present = {row["id"] for row in current["definitionValues"]}
    for missing in sorted((gone | updated.keys()) - present, key=str):
        raise item_missing(resource.path, str(missing))
    kept = [row for row in current["definitionValues"] if row["id"] not in gone]
    merged = [_merge_definition(row, updated.get(row["id"])) for row in kept]
    new = _new_rows(resource, "definitionValues", _rows(body, "added"))
    added = [{"id": str(uuid.uuid4()), **_bound(row)} for row in new]
    return _store(resource, tenant, {**current, "definitionValues": [*merged, *added]})


def _schedule_actions(call: Call, resource: Resource, tenant: Tenant, item_id: str) -> Answer:
    """Replace all scheduled actions of a compliance policy."""
    rules = _rows(body_of(call), "deviceComplianceScheduledActionForRules")
    current = get_document(resource, tenant, item_id)
    rules = _new_rows(resource, "scheduledActionsForRule", rules)
    return _store(resource, tenant, {**current, "scheduledActionsForRule": rules})


def _set_scheduled_actions(call: Call, resource: Resource, tenant: Tenant, item_id: str) -> Answer:
    """The same for Linux policies, under another name."""
    rules = _rows(body_of(call), "scheduledActions")
    current = get_document(resource, tenant, item_id)
    rules = _new_rows(resource, "scheduledActionsForRule", rules)
    return _store(resource, tenant, {**current, "scheduledActionsForRule": rules})


def _update_intent(call: Call, resource: Resource, tenant: Tenant, item_id: str) -> Answer:
    """Set new values for some settings of an intent, matched by id or definition."""
    current = get_document(resource, tenant, item_id)
    settings = list(current["settings"])
    for change in _rows(body_of(call), "settings"):
        keys = (change.get("id"), change.get("definitionId"))
        place = next((i for i, s in enumerate(settings) if s["id"] in keys or s.get("definitionId") in keys), None)
        if place is None:
            settings.append({**change, "id": str(uuid.uuid4())})
        else:
            settings[place] = {**settings[place], **change, "id": settings[place]["id"]}
    return _store(resource, tenant, {**current, "settings": settings})


def _store(resource: Resource, tenant: Tenant, document: Document) -> Answer:
    tenant.collection(resource.key)[document["id"]] = revised(resource, prepare(resource, document))
    return Answer(204)


def _merge_definition(row: Document, change: Document | None) -> Document:
    if change is None:
        return row
    bound = _bound(change)
    if "presentationValues" not in change:
        bound.pop("presentationValues")
    return {**row, **bound, "id": row["id"]}


def _bound(row: Document) -> Document:
    try:
        return resolve_bindings(row)
    except ValueError as error:
        raise bad_request(str(error), intune=True) from error


def _new_rows(resource: Resource, name: str, rows: list[Document]) -> list[Document]:
    """Prepare new parts of a policy. Raises 400 for parts that bring an id."""
    check_parts(resource.navigations, {name: rows})
    return rows


def _rows(body: Document, name: str) -> list[Any]:
    rows = body.get(name, [])
    if not isinstance(rows, list):
        raise bad_request(f"The parameter '{name}' is not a collection.", intune=True)
    return rows


ACTIONS: dict[tuple[str, str], Action] = {
    ("*", "assign"): assign,
    ("groupPolicyConfigurations", "updateDefinitionValues"): _update_definition_values,
    ("deviceCompliancePolicies", "scheduleActionsForRules"): _schedule_actions,
    ("compliancePolicies", "setScheduledActions"): _set_scheduled_actions,
    ("intents", "updateSettings"): _update_intent,
}
