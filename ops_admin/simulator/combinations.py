"""What an authentication strength demands of single methods: its configurations, which are written individually.

See graph-rest: authenticationStrengthPolicy, Create combinationConfiguration.
"""

from __future__ import annotations

import uuid

from ops_admin.simulator.checks import body_of
from ops_admin.simulator.documents import revised
from ops_admin.simulator.errors import GraphError, item_missing, method_not_allowed
from ops_admin.simulator.messages import Answer, Call
from ops_admin.simulator.refusals import bodies
from ops_admin.simulator.refusals.conditional_access import check_strength
from ops_admin.simulator.shapes import Document, Resource
from ops_admin.simulator.tenants import Tenant

CONFIGURATIONS = "combinationConfigurations"
APPLIES = "appliesToCombinations"
KIND = "authenticationCombinationConfiguration"


def write(call: Call, resource: Resource, tenant: Tenant, current: Document, rest: tuple[str, ...]) -> Answer:
    """POST of a new configuration: 201. PATCH or DELETE of an existing one: 204."""
    check_strength(tenant, {}, current)
    if not rest and call.method == "POST":
        made = {"id": str(uuid.uuid4()), **_checked(call, resource, current, current[CONFIGURATIONS])}
        _keep(resource, tenant, current, [*current[CONFIGURATIONS], made])
        return Answer(201, made)
    if len(rest) == 1 and call.method in ("PATCH", "DELETE"):
        return _change(call, resource, tenant, current, rest[0])
    raise method_not_allowed(call.method)


def check_still_allowed(current: Document, allowed: list[str]) -> None:
    """Raise 400 if a configuration applies to a combination that is no longer allowed."""
    for each in current.get(CONFIGURATIONS) or []:
        if not _is_allowed(each, allowed):
            raise GraphError(400, "BadRequest", "A combination is used by a combination configuration.")


def _change(call: Call, resource: Resource, tenant: Tenant, current: Document, part_id: str) -> Answer:
    found = next((each for each in current[CONFIGURATIONS] if each["id"] == part_id), None)
    if found is None:
        raise item_missing(resource.path, part_id)
    others = [each for each in current[CONFIGURATIONS] if each is not found]
    changed = [] if call.method == "DELETE" else [{**found, **_checked(call, resource, current, others)}]
    _keep(resource, tenant, current, [*others, *changed])
    return Answer(204)


def _checked(call: Call, resource: Resource, current: Document, others: list[Document]) -> Document:
    body = body_of(call)
    bodies.check_part(resource, KIND, body)
    if not _is_allowed(body, current["allowedCombinations"]):
        raise GraphError(400, "BadRequest", f"'{APPLIES}' must name combinations that the policy allows.")
    if any(set(each[APPLIES]) & set(body[APPLIES]) for each in others):
        raise GraphError(409, "Conflict", "The combination has a configuration.")
    return body


def _is_allowed(configuration: Document, allowed: list[str]) -> bool:
    methods = {method.strip() for each in allowed for method in each.split(",")}
    return bool(configuration.get(APPLIES)) and set(configuration[APPLIES]) <= methods


def _keep(resource: Resource, tenant: Tenant, current: Document, configurations: list[Document]) -> None:
    tenant.replace(resource, revised(resource, {**current, CONFIGURATIONS: configurations}))
