"""Creates, changes and deletes documents. A stored document is never modified in place, since answers refer to it."""

from __future__ import annotations

import copy

from ops_admin.simulator.checks import body_of, check_create, check_locations, check_update
from ops_admin.simulator.documents import prepare, revised
from ops_admin.simulator.errors import bad_request, method_not_allowed
from ops_admin.simulator.messages import Answer, Call
from ops_admin.simulator.reads import get_document, served_item
from ops_admin.simulator.shapes import Document, Resource
from ops_admin.simulator.store import Tenant


def create(call: Call, resource: Resource, tenant: Tenant) -> Answer:
    """POST to a list: 201 and the new document. Inline assignments are ignored, as in Intune."""
    body = body_of(call)
    check_create(resource, body)
    _check_places(resource, tenant, body)
    content = _bound_role(tenant, {name: value for name, value in body.items() if name != "assignments"})
    document = store_new(resource, tenant, content)
    return Answer(201, served_item(call, resource, document))


def store_new(resource: Resource, tenant: Tenant, content: Document) -> Document:
    """Store the content of a write as a new document. Raises 400 if it refers to something that does not exist."""
    try:
        document = prepare(resource, without_siblings(content))
    except ValueError as error:
        raise bad_request(str(error), intune=True) from error
    tenant.collection(resource.key)[document["id"]] = document
    return document


def update(call: Call, resource: Resource, tenant: Tenant, item_id: str) -> Answer:
    """PATCH: the given properties replace the old ones. The directory answers 204, Intune 200 and the item."""
    current = get_document(resource, tenant, item_id)
    body = body_of(call)
    check_update(resource, current, body)
    _check_places(resource, tenant, body)
    document = revised(resource, {**current, **copy.deepcopy(without_siblings(_bound_role(tenant, dict(body))))})
    tenant.collection(resource.key)[item_id] = document
    if resource.path.startswith("device"):
        return Answer(200, served_item(call, resource, document))
    return Answer(204)


def replace(call: Call, resource: Resource, tenant: Tenant, item_id: str) -> Answer:
    """PUT, for the settings catalog: replaces everything writable, settings included."""
    if resource.update_method != "PUT":
        raise method_not_allowed("PUT")
    current = get_document(resource, tenant, item_id)
    body = body_of(call)
    check_create(resource, body)
    kept = {name: value for name, value in current.items() if name not in (resource.writable or ())}
    content = {name: value for name, value in body.items() if name != "assignments"}
    document = revised(resource, prepare(resource, {**kept, **without_siblings(content)}))
    tenant.collection(resource.key)[item_id] = document
    return Answer(204)


def delete(resource: Resource, tenant: Tenant, item_id: str) -> Answer:
    """DELETE: 204. Documents created by the service itself stay."""
    document = get_document(resource, tenant, item_id)
    if document.get("isBuiltIn") or "_Default" in item_id:
        raise bad_request("A built-in object cannot be deleted.", intune=True)
    del tenant.collection(resource.key)[item_id]
    return Answer(204)


def without_siblings(content: Document) -> Document:
    """Drop `x@odata.type` beside `x`, which the service does not store."""
    return {name: value for name, value in content.items() if not name.endswith("@odata.type") or name[0] == "@"}


def _check_places(resource: Resource, tenant: Tenant, content: Document) -> None:
    if resource.key == "conditionalAccessPolicies":
        check_locations(tenant.collection("namedLocations"), content)


def _bound_role(tenant: Tenant, content: Document) -> Document:
    """Resolve `roleDefinition@odata.bind`, with which a role assignment names its role."""
    link = content.pop("roleDefinition@odata.bind", None)
    if link is None:
        return content
    role_id = str(link).replace("('", "/").replace("')", "").rpartition("/")[2]
    role = tenant.collection("roleDefinitions").get(role_id)
    if role is None:
        raise bad_request(f"The role definition '{role_id}' does not exist.", intune=True)
    return {**content, "roleDefinition": role}
