"""The demo tenants, written for this project, with the same ids every time."""

from __future__ import annotations

from ops_admin.simulator.demo import (
    access,
    apps,
    catalog,
    compliance,
    configurations,
    enrollment,
    scripts,
    templates,
)
from ops_admin.simulator.demo.groups import contoso_groups, fabrikam_groups
from ops_admin.simulator.demo.people import contoso_parents, contoso_people, fabrikam_people
from ops_admin.simulator.shapes import Document
from ops_admin.simulator.store import Tenant

CONTOSO = "7d1f3c52-0b6e-4c8a-9e25-5a4b6c7d8e9f"
FABRIKAM = "b8e0a4d6-2f13-4e7b-8a9c-1d2e3f405162"
# The tenant of the demo's other workspace, for trying the console as an outsider.
NORTHWIND = "3f9a1d84-5c27-4b60-8e1f-0a9b7c6d5e42"


def tenants() -> list[Tenant]:
    """Contoso has policies and groups, Fabrikam groups under other ids but no policies, Northwind neither."""
    contoso = Tenant(CONTOSO, "Contoso (simulated)", "contoso.onmicrosoft.com")
    contoso.add("groups", contoso_groups())
    contoso.add_people(contoso_people(), contoso_parents())
    for key, documents in contoso_policies().items():
        contoso.add(key, documents)
    fabrikam = Tenant(FABRIKAM, "Fabrikam (simulated)", "fabrikam.onmicrosoft.com")
    fabrikam.add("groups", fabrikam_groups())
    fabrikam.add_people(fabrikam_people())
    fabrikam.add("roleScopeTags", access.scope_tags()[:1])
    northwind = Tenant(NORTHWIND, "Northwind (simulated)", "northwind.onmicrosoft.com")
    northwind.add("roleScopeTags", access.scope_tags()[:1])
    return [contoso, fabrikam, northwind]


def contoso_policies() -> dict[str, list[Document]]:
    """Contoso's policies by type key. Every type has some."""
    return {
        "deviceConfigurations": configurations.device_configurations(),
        "configurationPolicies": catalog.configuration_policies(),
        "deviceCompliancePolicies": compliance.compliance_policies(),
        "groupPolicyConfigurations": templates.group_policy_configurations(),
        "deviceManagementScripts": scripts.powershell_scripts(),
        "deviceShellScripts": scripts.shell_scripts(),
        "deviceHealthScripts": scripts.health_scripts(),
        "mobileApps": apps.mobile_apps(),
        "deviceEnrollmentConfigurations": enrollment.enrollment_configurations(),
        "windowsAutopilotDeploymentProfiles": enrollment.deployment_profiles(),
        "conditionalAccessPolicies": access.conditional_access_policies(),
        "intents": templates.intents(),
        "compliancePolicies": compliance.linux_compliance_policies(),
        "roleDefinitions": access.role_definitions(),
        "roleAssignments": access.role_assignments(),
        "roleScopeTags": access.scope_tags(),
        "assignmentFilters": access.assignment_filters(),
        "namedLocations": access.named_locations(),
    }
