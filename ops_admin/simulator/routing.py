"""Maps Graph paths to the functions that answer them."""

from __future__ import annotations

from ops_admin.simulator import actions, assigning, organization, parts, plain_values, publishing, reads, writes
from ops_admin.simulator.errors import item_missing, method_not_allowed, model_failure, unknown_segment
from ops_admin.simulator.messages import Answer, Call
from ops_admin.simulator.resources import ALL_MANAGED_APP_POLICIES, MANAGED_APP_POLICIES, find_resource
from ops_admin.simulator.shapes import Resource
from ops_admin.simulator.tenants import Tenant

VERSIONS = ("beta", "v1.0")
AREAS = ("devicemanagement", "deviceappmanagement", "identity", "conditionalaccess")
REFERENCE = "$ref"
Rest = tuple[str, ...]


def answer(call: Call, tenant: Tenant) -> Answer:
    """Answer an authorised call. Raises `GraphError` for everything that Graph refuses."""
    if call.segments == ("organization",) and call.method == "GET":
        return organization.read(call, tenant)
    if call.version == "beta" and call.method == "POST" and _is_template(call.segments):
        return actions.create_intent(call, tenant, call.segments[2])
    found = find_resource(call.segments)
    if found is None or (call.version == "v1.0" and not found[0].in_v1):
        raise unknown_segment(_strange_segment(call))
    resource, rest = found
    if resource.key == "mobileApps":
        publishing.publish_ready(tenant)
    if call.method == "GET":
        return _read(call, resource, tenant, rest)
    return _write(call, _holder(call, resource, tenant, rest), tenant, rest)


def action_of(call: Call) -> str | None:
    """Return the name of the action that a POST calls, or None for a plain write."""
    found = find_resource(call.segments)
    is_action = call.method == "POST" and found is not None and len(found[1]) == 2
    return call.segments[-1].removeprefix("microsoft.graph.") if is_action else None


def _read(call: Call, resource: Resource, tenant: Tenant, rest: Rest) -> Answer:
    if not rest:
        return reads.read_list(call, resource, tenant)
    if rest == ("$count",):
        return reads.count(call, resource, tenant)
    if len(rest) == 1:
        return reads.read_item(call, resource, tenant, rest[0])
    if plain_values.is_asked_for(resource, rest):
        return plain_values.read(call, resource, tenant, rest)
    return reads.read_children(call, resource, tenant, rest[0], rest[1:])


def _write(call: Call, resource: Resource, tenant: Tenant, rest: Rest) -> Answer:
    if resource.read_only and tenant.conduct.strict:
        raise method_not_allowed(call.method)
    if not rest and call.method == "POST":
        return writes.create(call, resource, tenant)
    if len(rest) == 1:
        return _write_item(call, resource, tenant, rest[0])
    if len(rest) > 2 and REFERENCE in rest[2:]:
        return writes.refer(call, resource, tenant, rest[0], rest[1], rest[2] if rest[2] != REFERENCE else None)
    if rest[1:] and rest[1] == "assignments":
        return _write_assignment(call, resource, tenant, rest)
    if rest[1:] and rest[1] in resource.navigations:
        return parts.write_part(call, resource, tenant, rest[0], rest[1:])
    if len(rest) == 2 and call.method == "POST":
        return actions.perform(call, resource, tenant, rest[0], rest[1].removeprefix("microsoft.graph."))
    raise method_not_allowed(call.method)


def _write_item(call: Call, resource: Resource, tenant: Tenant, item_id: str) -> Answer:
    if call.method == "PATCH":
        return writes.update(call, resource, tenant, item_id)
    if call.method == "PUT":
        return writes.replace(call, resource, tenant, item_id)
    if call.method == "DELETE":
        return writes.delete(resource, tenant, item_id)
    raise method_not_allowed(call.method)


def _write_assignment(call: Call, resource: Resource, tenant: Tenant, rest: Rest) -> Answer:
    if len(rest) == 2 and call.method == "POST":
        return assigning.add_one(call, resource, tenant, rest[0])
    if len(rest) == 3 and call.method == "DELETE":
        return assigning.remove_one(call, resource, tenant, rest[0], rest[2])
    raise method_not_allowed(call.method)


def _holder(call: Call, resource: Resource, tenant: Tenant, rest: Rest) -> Resource:
    """Return the concrete type behind a path that serves several types."""
    if resource is not ALL_MANAGED_APP_POLICIES:
        return resource
    kind = str(call.body.get("@odata.type")) if isinstance(call.body, dict) else ""
    for each in MANAGED_APP_POLICIES:
        if rest[0] in tenant.collection(each.key) if rest else kind == f"#microsoft.graph.{each.type}":
            return each
    if rest:
        raise item_missing(resource.path, rest[0])
    raise model_failure("Cannot create an abstract class.")


def _is_template(segments: Rest) -> bool:
    return len(segments) == 4 and segments[:2] == ("deviceManagement", "templates") and segments[3] == "createInstance"


def _strange_segment(call: Call) -> str:
    """Return the first unknown segment: the last of the areas, or what follows them."""
    return next((part for part in call.segments if part.lower() not in AREAS), "")
