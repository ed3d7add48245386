"""Maps Graph paths to the functions that answer them."""

from __future__ import annotations

from ops_admin.simulator import actions, assigning, organization, reads, writes
from ops_admin.simulator.errors import method_not_allowed, unknown_segment
from ops_admin.simulator.messages import Answer, Call
from ops_admin.simulator.resources import find_resource
from ops_admin.simulator.shapes import Resource
from ops_admin.simulator.store import Tenant

VERSIONS = ("beta", "v1.0")
AREAS = ("devicemanagement", "deviceappmanagement", "identity", "conditionalaccess")
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
    if call.method == "GET":
        return _read(call, resource, tenant, rest)
    return _write(call, resource, tenant, rest)


def _read(call: Call, resource: Resource, tenant: Tenant, rest: Rest) -> Answer:
    if not rest:
        return reads.read_list(call, resource, tenant)
    if rest == ("$count",):
        return reads.count(call, resource, tenant)
    if len(rest) == 1:
        return reads.read_item(call, resource, tenant, rest[0])
    return reads.read_children(call, resource, tenant, rest[0], rest[1:])


def _write(call: Call, resource: Resource, tenant: Tenant, rest: Rest) -> Answer:
    if not rest and call.method == "POST":
        return writes.create(call, resource, tenant)
    if len(rest) == 1:
        return _write_item(call, resource, tenant, rest[0])
    if len(rest) == 2 and call.method == "POST":
        name = rest[1].removeprefix("microsoft.graph.")
        if name == "assignments":
            return assigning.add_one(call, resource, tenant, rest[0])
        return actions.perform(call, resource, tenant, rest[0], name)
    if len(rest) == 3 and rest[1] == "assignments" and call.method == "DELETE":
        return assigning.remove_one(call, resource, tenant, rest[0], rest[2])
    raise method_not_allowed(call.method)


def _write_item(call: Call, resource: Resource, tenant: Tenant, item_id: str) -> Answer:
    if call.method == "PATCH":
        return writes.update(call, resource, tenant, item_id)
    if call.method == "PUT":
        return writes.replace(call, resource, tenant, item_id)
    if call.method == "DELETE":
        return writes.delete(resource, tenant, item_id)
    raise method_not_allowed(call.method)


def _is_template(segments: Rest) -> bool:
    return len(segments) == 4 and segments[:2] == ("deviceManagement", "templates") and segments[3] == "createInstance"


def _strange_segment(call: Call) -> str:
    """Return the first unknown segment: the last of the areas, or what follows them."""
    return next((part for part in call.segments if part.lower() not in AREAS), "")
