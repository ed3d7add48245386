"""Permissions of an application, by type and method, as in Microsoft's reference."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain

from ops_admin.simulator.errors import GraphError, intune_message
from ops_admin.simulator.messages import Call
from ops_admin.simulator.resources import find_resource
from ops_admin.simulator.shapes import Resource

NEEDS_WRITE = "getOmaSettingPlainTextValue"
"""A read that needs the permission to write (Microsoft365DSC #4412)."""

_AREAS: Mapping[str, tuple[str, ...]] = {
    # Scripts have had a permission of their own since 2025 (GetIntuneAssignments #14).
    "DeviceManagementScripts": (
        "deviceManagementScripts", "deviceShellScripts", "deviceCustomAttributeShellScripts", "deviceHealthScripts",
        "deviceComplianceScripts",
    ),
    "DeviceManagementApps": (
        "mobileApps", "mobileAppCategories", "mobileAppConfigurations", "intuneBrandingProfiles",
        "auditEvents", "managedAppPolicies", "iosManagedAppProtections", "androidManagedAppProtections",
        "windowsManagedAppProtections", "mdmWindowsInformationProtectionPolicies", "targetedManagedAppConfigurations",
    ),
    "DeviceManagementServiceConfig": (
        "deviceEnrollmentConfigurations", "windowsAutopilotDeploymentProfiles", "notificationMessageTemplates",
        "termsAndConditions",
    ),
    "DeviceManagementRBAC": ("roleDefinitions", "roleAssignments", "roleScopeTags", "operationApprovalRequests"),
}  # fmt: skip
_AREA_OF = {key: area for area, keys in _AREAS.items() for key in keys}
_REST_OF_INTUNE = "DeviceManagementConfiguration"

# Entra: what allows reading, and what else writing needs.
_ENTRA: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "agreements": (("Agreement.Read.All", "Agreement.ReadWrite.All"), ()),
    "authenticationContextClassReferences": (
        ("Policy.Read.All", "AuthenticationContext.Read.All"),
        ("Policy.ReadWrite.ConditionalAccess", "AuthenticationContext.ReadWrite.All"),
    ),
    "authenticationStrengthPolicies": (("Policy.Read.All",), ("Policy.ReadWrite.AuthenticationMethod",)),
    "conditionalAccessPolicies": (("Policy.Read.All",), ("Policy.ReadWrite.ConditionalAccess",)),
    "directoryRoleTemplates": (("RoleManagement.Read.Directory", "Directory.Read.All"), ()),
    "groups": (
        ("GroupMember.Read.All", "Group.Read.All", "Directory.Read.All"),
        ("Group.Create", "Group.ReadWrite.All"),
    ),
    "namedLocations": (("Policy.Read.All",), ("Policy.ReadWrite.ConditionalAccess",)),
    "servicePrincipals": (("Application.Read.All", "Directory.Read.All"), ()),
    "users": (("User.Read.All", "Directory.Read.All"), ()),
}

PERMISSIONS = frozenset(
    {
        *(f"{area}.{way}.All" for area in (*_AREAS, _REST_OF_INTUNE) for way in ("Read", "ReadWrite")),
        *chain.from_iterable((*reads, *writes) for reads, writes in _ENTRA.values()),
    }
)
"""All permissions that exist here."""


def granted(withheld: frozenset[str]) -> frozenset[str]:
    """Return the permissions that an application has in a tenant."""
    return PERMISSIONS - withheld


def check(call: Call, withheld: frozenset[str]) -> None:
    """Raise the 403 of the service that owns the path if the application lacks a permission."""
    found = find_resource(call.segments)
    if not withheld or found is None:
        return
    resource, held = found[0], granted(withheld)
    for either in _needed(resource, call):
        if not held & set(either):
            raise _refusal(resource, either)


def _needed(resource: Resource, call: Call) -> list[tuple[str, ...]]:
    """Return the permissions that a call needs: one of each row."""
    writes = call.method != "GET" or call.segments[-1].startswith(NEEDS_WRITE)
    if not resource.is_intune:
        reading, writing = _ENTRA[resource.key]
        return [reading, writing] if writes and writing else [reading]
    area = _AREA_OF.get(resource.key, _REST_OF_INTUNE)
    return [(f"{area}.ReadWrite.All",) if writes else (f"{area}.Read.All", f"{area}.ReadWrite.All")]


def _refusal(resource: Resource, either: tuple[str, ...]) -> GraphError:
    if resource.is_intune:
        # IntuneAssistant #6, Microsoft365DSC #6846
        text = (
            "Application is not authorized to perform this operation. Application must have one of the following"
            f" scopes: {', '.join(either)}"
        )
        return GraphError(403, "Forbidden", intune_message(text))
    if resource.path.startswith("identity/"):
        # terraform-provider-azuread #1687
        text = "You cannot perform the requested operation, required scopes are missing in the token."
        return GraphError(403, "AccessDenied", text)
    return GraphError(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
