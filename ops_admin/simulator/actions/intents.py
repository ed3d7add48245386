"""Intents are created from a template and changed setting by setting."""

from __future__ import annotations

import uuid

from ops_admin.simulator.actions.rows import new_rows, rows, stored
from ops_admin.simulator.checks import body_of
from ops_admin.simulator.messages import Answer, Call
from ops_admin.simulator.reads import get_document, served_item
from ops_admin.simulator.refusals.bodies import check_parameters
from ops_admin.simulator.resources import BY_KEY
from ops_admin.simulator.shapes import Document, Resource
from ops_admin.simulator.tenants import Tenant
from ops_admin.simulator.writes import store_new

GIVEN = ("displayName", "description", "roleScopeTagIds")


def create_intent(call: Call, tenant: Tenant, template_id: str) -> Answer:
    """`templates/{id}/createInstance` creates an intent."""
    body, resource = body_of(call), BY_KEY["intents"]
    if tenant.conduct.strict:
        check_parameters(resource, "createInstance", body)
    content: Document = {name: body[name] for name in GIVEN if name in body}
    settings = new_rows(resource, "settings", rows(body, "settingsDelta"))
    document = store_new(resource, tenant, {**content, "templateId": template_id, "settings": settings})
    return Answer(200, served_item(call, resource, tenant, document))


def update_intent(call: Call, resource: Resource, tenant: Tenant, item_id: str) -> Answer:
    """Set new values of some settings of an intent, matched by id or definition."""
    current = get_document(resource, tenant, item_id)
    settings = list(current["settings"])
    for change in rows(body_of(call), "settings"):
        keys = (change.get("id"), change.get("definitionId"))
        place = next((i for i, s in enumerate(settings) if s["id"] in keys or s.get("definitionId") in keys), None)
        if place is None:
            settings.append({**change, "id": str(uuid.uuid4())})
        else:
            settings[place] = {**settings[place], **change, "id": settings[place]["id"]}
    return stored(resource, tenant, {**current, "settings": settings})
