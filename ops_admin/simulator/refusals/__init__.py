"""What a real tenant refuses in a write, one module per reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ops_admin.simulator.references import references_in
from ops_admin.simulator.refusals import (
    app_bodies,
    branding,
    certificates,
    compliance,
    conditional_access,
    enrollment,
    foreign_ids,
    locations,
    policy_sets,
    roles,
    scope_tags,
    secret_values,
    unchangeable,
    updates,
)
from ops_admin.simulator.refusals.bodies import check_types
from ops_admin.simulator.shapes import Document, Resource
from ops_admin.simulator.tenants import Tenant

__all__ = ["check_change", "check_locations", "check_new"]

Rule = Callable[[Tenant, Document, Document | None], None]
"""Raises `GraphError` for a body. The current document is None for a create."""

RULES: Mapping[str, tuple[Rule, ...]] = {
    "authenticationContextClassReferences": (conditional_access.check_context,),
    "authenticationStrengthPolicies": (conditional_access.check_strength,),
    "compliancePolicies": (secret_values.check_settings,),
    "conditionalAccessPolicies": (conditional_access.check_policy,),
    "configurationPolicies": (secret_values.check_settings,),
    "deviceCompliancePolicies": (compliance.check_actions,),
    "deviceConfigurations": (
        secret_values.check_oma,
        secret_values.check_wireless_key,
        certificates.check_certificates,
    ),
    "deviceEnrollmentConfigurations": (enrollment.check_priority,),
    "intuneBrandingProfiles": (branding.check_default,),
    "mobileApps": (app_bodies.check_app,),
    "policySets": (policy_sets.check_items,),
    "namedLocations": (locations.check_location,),
    "reusablePolicySettings": (secret_values.check_settings,),
    "roleAssignments": (roles.check_scope,),
    "roleScopeTags": (scope_tags.check_tag,),
    "targetedManagedAppConfigurations": (secret_values.check_settings,),
    "windowsAutopilotDeploymentProfiles": (enrollment.check_name,),
    "windowsDriverUpdateProfiles": (updates.check_drivers,),
    "windowsFeatureUpdateProfiles": (updates.check_rollout,),
}


def check_new(tenant: Tenant, resource: Resource, body: Document) -> None:
    """Raise a real tenant's error for a create that it refuses."""
    check_types(resource, body)
    unchangeable.check_create(resource, body)
    _check(tenant, resource, body, None)


def check_change(tenant: Tenant, resource: Resource, current: Document, body: Document) -> None:
    """Raise a real tenant's error for an update that it refuses."""
    check_types(resource, body, new=False)
    unchangeable.check_change(resource, current, body)
    _check(tenant, resource, body, current)


def check_locations(tenant: Tenant, resource: Resource, body: Document) -> None:
    """Check named locations, which a lenient tenant looks up, too."""
    found = [each for each in references_in(resource, body) if each.kind == "location"]
    foreign_ids.check_references(tenant, found)


def _check(tenant: Tenant, resource: Resource, body: Document, current: Document | None) -> None:
    for rule in RULES.get(resource.key, ()):
        rule(tenant, body, current)
    foreign_ids.check(tenant, resource, body)
