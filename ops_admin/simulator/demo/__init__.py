"""The demo's two tenants, written for this project; the same ids every time."""

from __future__ import annotations

from ops_admin.simulator.demo.groups import contoso_groups, fabrikam_groups
from ops_admin.simulator.store import Tenant

CONTOSO = "7d1f3c52-0b6e-4c8a-9e25-5a4b6c7d8e9f"
FABRIKAM = "b8e0a4d6-2f13-4e7b-8a9c-1d2e3f405162"


def tenants() -> list[Tenant]:
    """Contoso with policies and groups, Fabrikam with groups of other ids and no policies."""
    contoso = Tenant(CONTOSO, "Contoso (simulated)", "contoso.onmicrosoft.com")
    contoso.add("groups", contoso_groups())
    fabrikam = Tenant(FABRIKAM, "Fabrikam (simulated)", "fabrikam.onmicrosoft.com")
    fabrikam.add("groups", fabrikam_groups())
    return [contoso, fabrikam]
