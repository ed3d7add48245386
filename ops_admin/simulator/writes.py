"""Creates, changes and deletes documents. A stored document is never modified in place, since answers refer to it."""

from __future__ import annotations

import copy

from ops_admin.simulator import refusals
from ops_admin.simulator.arrival import as_it_arrives
from ops_admin.simulator.bindings import change_reference, with_bindings
from ops_admin.simulator.checks import body_of, check_create, check_update
from ops_admin.simulator.documents import prepare, revised
from ops_admin.simulator.errors import bad_request, method_not_allowed
from ops_admin.simulator.messages import Answer, Call
from ops_admin.simulator.reads import get_document, served_item
from ops_admin.simulator.relations import kind_of
from ops_admin.simulator.shapes import Document, Resource
from ops_admin.simulator.tenants import Tenant


def create(call: Call, resource: Resource, tenant: Tenant) -> Answer:
    """POST to a list: 201 and the new document. Inline assignments are ignored, as in Intune."""
    body = body_of(call)
    _check_new(resource, tenant, body)
    left_out = resource.passed_over | {"assignments"}
    content = {name: value for name, value in body.items() if name not in left_out}
    document = store_new(resource, tenant, with_bindings(tenant, resource, kind_of(resource, body), content))
    return Answer(201, served_item(call, resource, tenant, document))


def store_new(resource: Resource, tenant: Tenant, content: Document) -> Document:
    """Store the content of a write as a new document. Raises 400 if it refers to something that does not exist."""
    arriving = as_it_arrives(resource, tenant, without_siblings(content))
    try:
        document = prepare(resource, arriving, tenant.definitions())
    except ValueError as error:
        raise bad_request(str(error), intune=True) from error
    return tenant.keep(resource, document)


def update(call: Call, resource: Resource, tenant: Tenant, item_id: str) -> Answer:
    """PATCH: the given properties replace the old ones. The directory answers 204, Intune 200 and the item."""
    if "PATCH" not in resource.update_methods:
        raise method_not_allowed("PATCH")
    if resource.made_by_patch and item_id not in tenant.documents(resource):
        return _create_at(call, resource, tenant, item_id)
    current = get_document(resource, tenant, item_id)
    body = body_of(call)
    _check_strictly(tenant, resource, body, current)
    check_update(resource, current, body)
    content = with_bindings(tenant, resource, kind_of(resource, current), without_siblings(body))
    document = tenant.replace(resource, revised(resource, {**current, **copy.deepcopy(content)}))
    status = resource.update_status or (200 if resource.is_intune else 204)
    return Answer(status, None if status == 204 else served_item(call, resource, tenant, document))


def _create_at(call: Call, resource: Resource, tenant: Tenant, item_id: str) -> Answer:
    body = {**body_of(call), "id": item_id}
    _check_new(resource, tenant, body)
    store_new(resource, tenant, body)
    return Answer(204)


def replace(call: Call, resource: Resource, tenant: Tenant, item_id: str) -> Answer:
    """PUT, for the settings catalog: replaces everything writable, settings included."""
    if "PUT" not in resource.update_methods:
        raise method_not_allowed("PUT")
    current = get_document(resource, tenant, item_id)
    body = body_of(call)
    _check_new(resource, tenant, body)
    kept = {name: value for name, value in current.items() if name not in (resource.writable or ())}
    content = {name: value for name, value in body.items() if name != "assignments"}
    tenant.replace(resource, revised(resource, prepare(resource, {**kept, **without_siblings(content)})))
    return Answer(204)


def delete(resource: Resource, tenant: Tenant, item_id: str) -> Answer:
    """DELETE: 204. Documents created by the service itself stay."""
    document = get_document(resource, tenant, item_id)
    if document.get("isBuiltIn") or document.get("isDefaultProfile") or "_Default" in item_id:
        raise bad_request("A built-in object cannot be deleted.", intune=True)
    tenant.remove(resource, item_id)
    return Answer(204)


def refer(
    call: Call, resource: Resource, tenant: Tenant, item_id: str, name: str, target_id: str | None = None
) -> Answer:
    """PUT, POST or DELETE of `…/{name}/$ref`, or DELETE of `…/{name}/{target_id}/$ref`: 204."""
    current = get_document(resource, tenant, item_id)
    tenant.replace(resource, revised(resource, change_reference(call, resource, current, name, tenant, target_id)))
    return Answer(204)


def without_siblings(content: Document) -> Document:
    """Drop `x@odata.type` beside `x`, which the service does not store."""
    return {name: value for name, value in content.items() if not name.endswith("@odata.type") or name[0] == "@"}


def _check_new(resource: Resource, tenant: Tenant, body: Document) -> None:
    _check_strictly(tenant, resource, body, None)
    check_create(resource, body)


def _check_strictly(tenant: Tenant, resource: Resource, body: Document, current: Document | None) -> None:
    if not tenant.conduct.strict:
        refusals.check_locations(tenant, resource, body)
    elif current is None:
        refusals.check_new(tenant, resource, body)
    else:
        refusals.check_change(tenant, resource, current, body)
