"""Role assignments."""

from __future__ import annotations

from ops_admin.simulator.errors import bad_request
from ops_admin.simulator.shapes import Document
from ops_admin.simulator.tenants import Tenant


def check_scope(_tenant: Tenant, body: Document, current: Document | None) -> None:
    """Groups are a scope only if the scope type says so (Microsoft365DSC #6394)."""
    whole = {**(current or {}), **body}
    if whole.get("resourceScopes") and whole.get("scopeType", "resourceScope") != "resourceScope":
        text = "ResourceScopes can only be defined when the ScopeType is set to 'ResourceScope'."
        raise bad_request(text, intune=True)
    if current is None and "roleDefinition@odata.bind" not in body:
        raise bad_request("A role assignment needs its role definition.", intune=True)
