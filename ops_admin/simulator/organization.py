"""`/organization`: the directory's own record."""

from __future__ import annotations

from ops_admin.simulator.messages import Answer, Call
from ops_admin.simulator.tenants import Tenant


def read(call: Call, tenant: Tenant) -> Answer:
    """Return the tenant's single organization."""
    domain = {"capabilities": "Email, OfficeCommunicationsOnline", "isDefault": True, "isInitial": True}
    card = {
        "id": tenant.id,
        "displayName": tenant.display_name,
        "countryLetterCode": "NL",
        "createdDateTime": "2021-03-09T08:15:27Z",
        "tenantType": "AAD",
        "verifiedDomains": [{**domain, "name": tenant.domain, "type": "Managed"}],
    }
    return Answer(200, {"@odata.context": f"{call.origin}/{call.version}/$metadata#organization", "value": [card]})
