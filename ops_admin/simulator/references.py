"""Ids inside documents: where they are, what they refer to, and whether a tenant has it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from ops_admin.simulator.relations import kind_of, links_of
from ops_admin.simulator.resources import BY_KEY, MANAGED_APP_POLICIES
from ops_admin.simulator.shapes import Document, Resource
from ops_admin.simulator.tenants import Tenant

NOBODY = "00000000-0000-0000-0000-000000000000"
REFERENCE_VALUE = "#microsoft.graph.deviceManagementConfigurationReferenceSettingValue"
FILTER = "deviceAndAppManagementAssignmentFilterId"


@dataclass(frozen=True)
class Reference:
    """One id in a document: the kind of object it refers to, its place, and its value."""

    kind: str
    place: str
    value: str


# Words that may be used instead of an id.
WORDS: Mapping[str, frozenset[str]] = {
    "accessApp": frozenset({"All", "None", "Office365", "MicrosoftAdminPortals"}),
    "accessRole": frozenset({"All", "None"}),
    "accessUser": frozenset({"All", "None", "GuestsOrExternalUsers"}),
    "filter": frozenset({NOBODY}),
    "location": frozenset({"All", "AllTrusted", NOBODY}),
    "notificationTemplate": frozenset({NOBODY}),
    "servicePrincipal": frozenset({"All", "None", "ServicePrincipalsInMyTenant"}),
}

_ACTIONS = "scheduledActionsForRule.scheduledActionConfigurations"
_SCHEDULED = (
    (f"{_ACTIONS}.notificationTemplateId", "notificationTemplate"),
    (f"{_ACTIONS}.notificationMessageCCList", "group"),
)
_USERS = (
    ("Users", "accessUser"),
    ("Groups", "accessGroup"),
    ("Roles", "accessRole"),
)
_PLACES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "assignmentFilters": (("roleScopeTags", "scopeTag"),),
    "compliancePolicies": _SCHEDULED,
    "conditionalAccessPolicies": (
        *((f"conditions.users.{way}{what}", kind) for what, kind in _USERS for way in ("include", "exclude")),
        *((f"conditions.locations.{way}Locations", "location") for way in ("include", "exclude")),
        *((f"conditions.applications.{way}Applications", "accessApp") for way in ("include", "exclude")),
        ("conditions.clientApplications.includeServicePrincipals", "servicePrincipal"),
        ("conditions.clientApplications.excludeServicePrincipals", "servicePrincipal"),
        ("conditions.applications.includeAuthenticationContextClassReferences", "authenticationContext"),
        ("grantControls.authenticationStrength.id", "authenticationStrength"),
        ("grantControls.termsOfUse", "termsOfUse"),
    ),
    "deviceCompliancePolicies": (
        *_SCHEDULED,
        ("deviceCompliancePolicyScript.deviceComplianceScriptId", "complianceScript"),
    ),
    "deviceEnrollmentConfigurations": (("selectedMobileAppIds", "statusPageApp"),),
    "mobileAppConfigurations": (("targetedMobileApps", "targetedApp"),),
    "mobileApps": (("relationships.targetId", "relatedApp"),),
    "policySets": (("items.payloadId", "payload"), ("roleScopeTags", "scopeTag")),
    "roleAssignments": (
        ("members", "group"),
        ("resourceScopes", "group"),
        ("scopeMembers", "group"),
        ("roleScopeTagIds", "scopeTag"),
    ),
}  # fmt: skip
_ASSIGNMENTS = (("assignments.target.groupId", "group"), (f"assignments.target.{FILTER}", "filter"))

_HOLDERS: Mapping[str, tuple[str, ...]] = {
    "accessGroup": ("groups",),
    "accessRole": ("directoryRoleTemplates",),
    "accessUser": ("users",),
    "authenticationContext": ("authenticationContextClassReferences",),
    "authenticationStrength": ("authenticationStrengthPolicies",),
    "complianceScript": ("deviceComplianceScripts",),
    "filter": ("assignmentFilters",),
    "group": ("groups",),
    "location": ("namedLocations",),
    "notificationTemplate": ("notificationMessageTemplates",),
    "payload": (
        "deviceCompliancePolicies", "deviceConfigurations", "configurationPolicies", "deviceEnrollmentConfigurations",
        "deviceManagementScripts", "mobileApps", "mobileAppConfigurations", "windowsAutopilotDeploymentProfiles",
        *(resource.key for resource in MANAGED_APP_POLICIES),
    ),
    "relatedApp": ("mobileApps",),
    "reusableSetting": ("reusablePolicySettings",),
    "scopeTag": ("roleScopeTags",),
    "servicePrincipal": ("servicePrincipals",),
    "statusPageApp": ("mobileApps",),
    "targetedApp": ("mobileApps",),
    "termsOfUse": ("agreements",),
}  # fmt: skip


def is_known(tenant: Tenant, reference: Reference) -> bool:
    """Whether the tenant has what the reference names."""
    if reference.value in WORDS.get(reference.kind, ()):
        return True
    if reference.kind == "accessApp":
        applications = tenant.documents(BY_KEY["servicePrincipals"]).values()
        return any(each.get("appId") == reference.value for each in applications)
    holders = _HOLDERS[reference.kind]
    return any(reference.value in tenant.documents(BY_KEY[holder]) for holder in holders)


def find_payload(tenant: Tenant, item_id: str) -> Document | None:
    """Return what an item of a policy set leads to, or None."""
    holders = (tenant.documents(BY_KEY[holder]) for holder in _HOLDERS["payload"])
    return next((documents[item_id] for documents in holders if item_id in documents), None)


def references_in(resource: Resource, document: Mapping[str, Any]) -> Iterator[Reference]:
    """Yield every reference in a document or in the body of a write."""
    for place, kind in _places(resource.key):
        for value in _values_at(document, place.split(".")):
            if value:
                yield Reference(kind, place, value)
    for value in _reusable_settings(document):
        yield Reference("reusableSetting", "settings", value)


def dangling_links(tenant: Tenant, resource: Resource, document: Document) -> Iterator[Reference]:
    """Yield the links of a document whose target no longer exists."""
    bound = {name: navigation for name, navigation in resource.navigations.items() if navigation.bound}
    for name, navigation in {**bound, **links_of(resource, kind_of(resource, document))}.items():
        held = tenant.documents(BY_KEY[str(navigation.bound)])
        for each in _values_at(document, [name, "id"]):
            if each not in held:
                yield Reference(str(navigation.bound), name, each)


@cache
def _places(key: str) -> tuple[tuple[str, str], ...]:
    resource = BY_KEY[key]
    tagged = (("roleScopeTagIds", "scopeTag"),) if resource.is_intune and key != "roleAssignments" else ()
    assigned = _ASSIGNMENTS if "assignments" in resource.navigations else ()
    return (*_PLACES.get(key, ()), *tagged, *assigned)


def _values_at(node: Any, steps: list[str]) -> Iterator[str]:
    """Yield the texts at a place, descending into lists."""
    if isinstance(node, list):
        for each in node:
            yield from _values_at(each, steps)
    elif isinstance(node, dict) and steps:
        yield from _values_at(node.get(steps[0]), steps[1:])
    elif isinstance(node, str) and not steps:
        yield node


def _reusable_settings(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield the reusable settings that settings of the catalog refer to."""
    waiting: list[Any] = [document.get("settings")]
    while waiting:
        each = waiting.pop()
        if isinstance(each, list):
            waiting.extend(each)
        elif isinstance(each, dict):
            if each.get("@odata.type") == REFERENCE_VALUE and isinstance(each.get("value"), str):
                yield each["value"]
            waiting.extend(value for value in each.values() if isinstance(value, dict | list))
