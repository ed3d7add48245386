"""Contoso's access control: conditional access, locations, roles, scope tags and assignment filters."""

from __future__ import annotations

from typing import Any

from ops_admin.simulator.demo.documents import CORPORATE_FILTER, KIOSK_FILTER, assigned, named, to_group
from ops_admin.simulator.demo.groups import contoso_group
from ops_admin.simulator.demo.ids import demo_id
from ops_admin.simulator.demo.sign_in import GLOBAL_ADMINISTRATOR, authentication_strengths, strength_id, terms_id
from ops_admin.simulator.shapes import Document

OFFICES = demo_id("contoso", "namedLocations", "Offices")
BREAK_GLASS = "Intune - Break Glass Accounts"
HELP_DESK = demo_id("contoso", "roleDefinitions", "Site help desk")


def conditional_access_policies() -> list[Document]:
    """Two enabled, one report-only, and two that refer to everything that a policy can refer to."""
    return [
        _access_policy(
            "CA001 - Require multifactor authentication",
            3,
            "enabled",
            users=_users(excluded=[BREAK_GLASS]),
            grant=["mfa"],
            locations={"includeLocations": ["All"], "excludeLocations": [OFFICES]},
        ),
        _access_policy(
            "CA002 - Finance from compliant devices only",
            5,
            "enabled",
            users=_users(included=["Users - Finance", "Users - Internal Audit"], excluded=[BREAK_GLASS]),
            grant=["compliantDevice"],
        ),
        _access_policy(
            "CA003 - Block legacy authentication (report only)",
            9,
            "enabledForReportingButNotEnforced",
            users=_users(excluded=[BREAK_GLASS, "Exclusions - Conditional Access"]),
            grant=["block"],
            client_types=["exchangeActiveSync", "other"],
        ),
        _administrators(),
        _confidential(),
    ]


def _administrators() -> Document:
    """A policy with a strength, terms of use, roles and a location of Contoso."""
    policy = _access_policy(
        "CA004 - Administratoren: Phishing-resistente Anmeldung",
        12,
        "enabled",
        users={**_users(excluded=[BREAK_GLASS]), "includeUsers": [], "includeRoles": [GLOBAL_ADMINISTRATOR]},
        grant=[],
        locations={"includeLocations": ["All"], "excludeLocations": [OFFICES]},
    )
    strength = next(each for each in authentication_strengths("contoso") if each["id"] == strength_id("contoso"))
    grant = {**policy["grantControls"], "authenticationStrength": strength, "termsOfUse": [terms_id("contoso")]}
    return {**policy, "grantControls": {**grant, "operator": "AND"}}


def _confidential() -> Document:
    """A policy for an authentication context."""
    policy = _access_policy(
        "CA005 - Vertrauliche Dokumente",
        15,
        "enabledForReportingButNotEnforced",
        users=_users(excluded=[BREAK_GLASS]),
        grant=["mfa", "compliantDevice"],
    )
    context = {"includeApplications": [], "includeAuthenticationContextClassReferences": ["c1"]}
    applications = {**policy["conditions"]["applications"], **context}
    return {**policy, "conditions": {**policy["conditions"], "applications": applications}}


def named_locations(tenant: str = "contoso", sites: str = "Production sites") -> list[Document]:
    """Offices by address, and a country. The first has the same name in every tenant."""
    addresses = [
        {"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "203.0.113.0/26"},
        {"@odata.type": "#microsoft.graph.iPv6CidrRange", "cidrAddress": "2001:db8:40::/48"},
    ]
    times = {"createdDateTime": "2023-02-11T10:00:00.0000000Z", "modifiedDateTime": "2024-02-11T10:00:00.0000000Z"}
    return [
        {
            "@odata.type": "#microsoft.graph.ipNamedLocation",
            "id": demo_id(tenant, "namedLocations", "Offices"),
            "displayName": "Offices",
            **times,
            "isTrusted": True,
            "ipRanges": addresses,
        },
        {
            "@odata.type": "#microsoft.graph.countryNamedLocation",
            "id": demo_id(tenant, "namedLocations", sites),
            "displayName": sites,
            **times,
            "countriesAndRegions": ["BR", "PL"],
            "includeUnknownCountriesAndRegions": False,
            "countryLookupMethod": "clientIpAddress",
        },
    ]


def built_in_roles() -> list[Document]:
    """Built-in roles, with the same ids everywhere."""
    return [
        _role("Help Desk Operator", ["Microsoft.Intune_RemoteTasks_RebootNow"], built_in=True),
        _role("Read Only Operator", ["Microsoft.Intune_ManagedDevices_Read"], built_in=True),
    ]


def role_definitions() -> list[Document]:
    """Two custom roles and two built-in ones."""
    return [
        *built_in_roles(),
        _role(
            "Site help desk",
            [
                "Microsoft.Intune_ManagedDevices_Read",
                "Microsoft.Intune_RemoteTasks_SyncDevice",
                "Microsoft.Intune_RemoteTasks_RotateLocalAdminPassword",
            ],
        ),
        _role("Application packagers", ["Microsoft.Intune_MobileApps_Create", "Microsoft.Intune_MobileApps_Update"]),
    ]


def role_assignments() -> list[Document]:
    """One assignment, for the site help desk."""
    role = next(role for role in role_definitions() if role["id"] == HELP_DESK)
    return [
        {
            "id": demo_id("contoso", "roleAssignments", "Amsterdam help desk"),
            "displayName": "Amsterdam help desk",
            "description": "Devices of the Amsterdam office",
            "scopeMembers": [],
            "scopeType": "resourceScope",
            "resourceScopes": [contoso_group("Devices - Amsterdam")],
            "members": [contoso_group("Intune - Help Desk")],
            "roleDefinition": role,
            "roleScopeTags": [{"id": "1"}],
        }
    ]


def scope_tags(*own: str) -> list[Document]:
    """The default tag and those of the tenant. Ids are small numbers that mean something else in every tenant."""
    return [
        {"id": str(number), "displayName": name, "description": "", "isBuiltIn": number == 0}
        for number, name in enumerate(("Default", *own))
    ]


def contoso_scope_tags() -> list[Document]:
    """Contoso's tags. The devices of a group get one of them by themselves."""
    *others, brazil = scope_tags("Production", "Brasil")
    return [*others, assigned(brazil, to_group("Devices - São Paulo"))]


def fabrikam_filters() -> list[Document]:
    """One with the name of one of Contoso's, and one of Fabrikam alone."""
    own = '(device.manufacturer -eq "Zebra Technologies")'
    corporate = '(device.deviceOwnership -eq "Corporate")'
    return [
        _filter(demo_id("fabrikam", "assignmentFilters", name), name, day, rule)
        for name, day, rule in (("Corporate Windows", 3, corporate), ("Lager-Scanner", 5, own))
    ]


def assignment_filters() -> list[Document]:
    """Two filters used by assignments."""
    corporate = '(device.deviceOwnership -eq "Corporate") and (device.osVersion -startsWith "10.0.2")'
    return [
        _filter(CORPORATE_FILTER, "Corporate Windows", 2, corporate),
        _filter(KIOSK_FILTER, "Kiosk devices", 4, '(device.deviceName -startsWith "KIOSK-")'),
    ]


def _filter(filter_id: str, name: str, day: int, rule: str) -> Document:
    fields = {"platform": "windows10AndLater", "rule": rule, "roleScopeTags": ["0"], "payloads": []}
    document = {**named("assignmentFilters", name, day=day), "id": filter_id, **fields}
    document.pop("roleScopeTagIds")
    return {**document, "assignmentFilterManagementType": "devices"}


def _role(name: str, actions: list[str], *, built_in: bool = False) -> Document:
    return {
        "id": demo_id("service" if built_in else "contoso", "roleDefinitions", name),
        "displayName": name,
        "description": name if built_in else f"{name} at Contoso",
        "isBuiltInRoleDefinition": built_in,
        "isBuiltIn": built_in,
        "roleScopeTagIds": ["0"],
        "rolePermissions": [
            {"resourceActions": [{"allowedResourceActions": actions, "notAllowedResourceActions": []}]}
        ],
    }


def _users(included: list[str] | None = None, excluded: list[str] | None = None) -> Document:
    return {
        "includeUsers": [] if included else ["All"],
        "excludeUsers": [],
        "includeGroups": [contoso_group(name) for name in included or []],
        "excludeGroups": [contoso_group(name) for name in excluded or []],
        "includeRoles": [],
        "excludeRoles": [],
        "includeGuestsOrExternalUsers": None,
        "excludeGuestsOrExternalUsers": None,
    }


def _access_policy(
    name: str,
    day: int,
    state: str,
    *,
    users: Document,
    grant: list[str],
    client_types: list[str] | None = None,
    locations: dict[str, Any] | None = None,
) -> Document:
    return {
        "id": demo_id("contoso", "conditionalAccessPolicies", name),
        "templateId": None,
        "displayName": name,
        "createdDateTime": f"2024-03-{day:02}T08:00:11.1234567Z",
        "modifiedDateTime": None,
        "state": state,
        "partialEnablementStrategy": None,
        "sessionControls": None,
        "conditions": {
            "userRiskLevels": [],
            "signInRiskLevels": [],
            "clientAppTypes": client_types or ["all"],
            "platforms": None,
            "locations": locations,
            "devices": None,
            "applications": {
                "includeApplications": ["All"],
                "excludeApplications": [],
                "includeUserActions": [],
                "applicationFilter": None,
            },
            "users": users,
        },
        "grantControls": {
            "operator": "OR",
            "builtInControls": grant,
            "customAuthenticationFactors": [],
            "termsOfUse": [],
            "authenticationStrength": None,
        },
    }
