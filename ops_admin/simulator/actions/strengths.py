"""Authentication strengths: an action changes the allowed combinations."""

from __future__ import annotations

from ops_admin.simulator.actions.rows import rows
from ops_admin.simulator.checks import body_of
from ops_admin.simulator.combinations import check_still_allowed
from ops_admin.simulator.documents import revised
from ops_admin.simulator.messages import Answer, Call
from ops_admin.simulator.reads import get_document
from ops_admin.simulator.refusals.conditional_access import check_strength
from ops_admin.simulator.shapes import Resource
from ops_admin.simulator.tenants import Tenant


def update_combinations(call: Call, resource: Resource, tenant: Tenant, item_id: str) -> Answer:
    """`updateAllowedCombinations`: 200 with the previous and the current combinations."""
    current = get_document(resource, tenant, item_id)
    check_strength(tenant, {}, current)
    wanted = rows(body_of(call), "allowedCombinations")
    check_still_allowed(current, wanted)
    tenant.replace(resource, revised(resource, {**current, "allowedCombinations": wanted}))
    answered = {
        "@odata.context": f"{call.origin}/{call.version}/$metadata#microsoft.graph.updateAllowedCombinationsResult",
        "currentCombinations": wanted,
        "previousCombinations": current["allowedCombinations"],
        "additionalInformation": "",
        "conditionalAccessReferences": [],
    }
    return Answer(200, answered)
