"""The order of enrollment configurations."""

from __future__ import annotations

from ops_admin.simulator.checks import body_of
from ops_admin.simulator.enrollment_order import move
from ops_admin.simulator.errors import bad_request
from ops_admin.simulator.messages import Answer, Call
from ops_admin.simulator.reads import get_document
from ops_admin.simulator.shapes import Resource
from ops_admin.simulator.tenants import Tenant


def set_priority(call: Call, resource: Resource, tenant: Tenant, item_id: str) -> Answer:
    """`{"priority": 2}` moves a configuration to that priority and shifts the others. Answers 200."""
    priority = body_of(call).get("priority")
    if not isinstance(priority, int) or isinstance(priority, bool):
        raise bad_request("The parameter 'priority' is missing.", intune=True)
    move(tenant, get_document(resource, tenant, item_id), priority)
    return Answer(200)
