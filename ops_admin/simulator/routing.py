"""From a Graph path to what answers it."""

from __future__ import annotations

from ops_admin.simulator import organization, reads
from ops_admin.simulator.errors import method_not_allowed, unknown_segment
from ops_admin.simulator.messages import Answer, Call
from ops_admin.simulator.resources import find_resource
from ops_admin.simulator.shapes import Resource
from ops_admin.simulator.store import Tenant

VERSIONS = ("beta", "v1.0")


def answer(call: Call, tenant: Tenant) -> Answer:
    """The answer to an authorised call; raises `GraphError` for all that Graph refuses."""
    if call.segments == ("organization",) and call.method == "GET":
        return organization.read(call, tenant)
    found = find_resource(call.segments)
    if found is None or (call.version == "v1.0" and not found[0].in_v1):
        raise unknown_segment(_strange_segment(call))
    resource, rest = found
    if call.method == "GET":
        return _read(call, resource, tenant, rest)
    raise method_not_allowed(call.method)


def _read(call: Call, resource: Resource, tenant: Tenant, rest: tuple[str, ...]) -> Answer:
    if not rest:
        return reads.read_list(call, resource, tenant)
    if rest == ("$count",):
        return reads.count(call, resource, tenant)
    if len(rest) == 1:
        return reads.read_item(call, resource, tenant, rest[0])
    return reads.read_children(call, resource, tenant, rest[0], rest[1:])


def _strange_segment(call: Call) -> str:
    """The first segment that names nothing: the last of the areas, or what follows them."""
    known = ("deviceManagement", "deviceAppManagement", "identity", "conditionalAccess")
    return next((part for part in call.segments if part not in known), "")
