"""The demo tenants, written for this project, with the same ids every time."""

from __future__ import annotations

from ops_admin.simulator import auditing
from ops_admin.simulator.conduct import Conduct
from ops_admin.simulator.demo import fabrikam
from ops_admin.simulator.demo.access import built_in_roles, scope_tags
from ops_admin.simulator.demo.contoso import contoso_documents
from ops_admin.simulator.demo.groups import contoso_groups, fabrikam_groups
from ops_admin.simulator.demo.people import contoso_parents, contoso_people, fabrikam_people
from ops_admin.simulator.demo.sign_in import authentication_strengths, role_templates, service_principals
from ops_admin.simulator.service import Service
from ops_admin.simulator.shapes import Document
from ops_admin.simulator.tenants import Tenant

CONTOSO = "7d1f3c52-0b6e-4c8a-9e25-5a4b6c7d8e9f"
FABRIKAM = "b8e0a4d6-2f13-4e7b-8a9c-1d2e3f405162"
# The tenant of the demo's other workspace, for trying the console as an outsider.
NORTHWIND = "3f9a1d84-5c27-4b60-8e1f-0a9b7c6d5e42"


def tenants(*, strict: bool = True) -> list[Tenant]:
    """Return Contoso with policies, Fabrikam without but with groups, tags, filters etc. under other ids, and an empty
    one.
    """
    service, conduct = Service(), Conduct(strict=strict)
    contoso, fabrikam_tenant, northwind = (
        Tenant(tenant_id, f"{name} (simulated)", f"{name.lower()}.onmicrosoft.com", conduct=conduct, service=service)
        for tenant_id, name in ((CONTOSO, "Contoso"), (FABRIKAM, "Fabrikam"), (NORTHWIND, "Northwind"))
    )
    contoso.add_people(contoso_people(), contoso_parents())
    fabrikam_tenant.add_people(fabrikam_people())
    _fill(contoso, {"groups": contoso_groups(), **contoso_documents()})
    _fill(fabrikam_tenant, {"groups": fabrikam_groups(), **fabrikam.fabrikam_documents()})
    _fill(northwind, _empty("northwind"))
    return [contoso, fabrikam_tenant, northwind]


def _fill(tenant: Tenant, documents: dict[str, list[Document]]) -> None:
    for key, rows in documents.items():
        tenant.add(key, rows)
    _log_their_past(tenant)


def _log_their_past(tenant: Tenant) -> None:
    """Log every document as created by the administrator at the time it shows."""
    administrator = next(iter(tenant.people.values()), None)
    changes = [change for change in tenant.changes if change.resource.is_intune and change.after]
    for change in changes if administrator else ():
        moment = (change.after or {}).get("lastModifiedDateTime")
        if moment and administrator:
            tenant.changes[:] = [change]
            auditing.record(tenant, auditing.person(administrator), at=moment)
    tenant.changes.clear()


def _empty(tenant: str) -> dict[str, list[Document]]:
    """Return what every tenant has from its first day."""
    return {
        "roleScopeTags": scope_tags(),
        "roleDefinitions": built_in_roles(),
        "authenticationStrengthPolicies": authentication_strengths(tenant)[:3],
        "directoryRoleTemplates": role_templates(),
        "servicePrincipals": service_principals(tenant),
    }
