"""Properties that may be set only once, or never, although the schema does not say so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ops_admin.simulator.errors import bad_request
from ops_admin.simulator.relations import kind_of
from ops_admin.simulator.schema import load_schema
from ops_admin.simulator.shapes import Document, Resource

# Only the service sets these (IntuneManagement: Start-PreImportApplication).
OF_AN_APP = frozenset({"committedContentVersion", "isFeatured", "size"})

# What IntuneManagement removes before a create (`PropertiesToRemove`, `Start-PreImport…`): the service itself finds out
# where a template's definitions come from and whom a filter fits, and accepts pictures only afterwards.
NEVER_IN_A_CREATE: Mapping[str, frozenset[str]] = {
    "deviceAndAppManagementAssignmentFilter": frozenset({"payloads"}),
    "groupPolicyConfiguration": frozenset({"policyConfigurationIngestionType"}),
    "intuneBrandingProfile": frozenset({"themeColorLogo", "lightBackgroundLogo", "landingPageCustomizedImage"}),
    "mobileApp": OF_AN_APP,
}

# What an update must not contain (IntuneManagement: `PropertiesToRemoveForUpdate` and `Start-PreUpdateApplication`;
# IntuneCD: update/Intune; CIPP: Set-CIPPIntunePolicy). Where tools differ, this is the union.
NEVER_IN_A_CHANGE: Mapping[str, frozenset[str]] = {
    "windowsUpdateForBusinessConfiguration": frozenset(
        f"{which}Updates{what}"
        for which in ("feature", "quality")
        for what in ("WillBeRolledBack", "PauseStartDate", "RollbackStartDateTime")
    ),
    "deviceAndAppManagementAssignmentFilter": frozenset({"platform", "payloads"}),
    "deviceAndAppManagementRoleDefinition": frozenset({"isBuiltIn", "isBuiltInRoleDefinition"}),
    "deviceCustomAttributeShellScript": frozenset({"customAttributeName", "customAttributeType", "displayName"}),
    "deviceEnrollmentConfiguration": frozenset({"priority"}),
    "deviceHealthScript": frozenset({"version", "isGlobalScript", "highestAvailableVersion"}),
    "deviceManagementIntent": frozenset({"templateId"}),
    "groupPolicyConfiguration": frozenset({"policyConfigurationIngestionType"}),
    # Microsoft's own portal leaves it out (IntuneManagement: Start-PostImportIntuneBranding).
    "intuneBrandingProfile": frozenset({"customPrivacyMessage"}),
    "localizedNotificationMessage": frozenset({"locale"}),
    "managedDeviceMobileAppConfiguration": frozenset({"targetedMobileApps"}),
    "mobileApp": OF_AN_APP | {"appStoreUrl"},
    "officeSuiteApp": frozenset(
        {"officeConfigurationXml", "officePlatformArchitecture", "developer", "owner", "publisher"}
    ),
    "windowsAutopilotDeploymentProfile": frozenset({"managementServiceAppId"}),
    "windowsDriverUpdateProfile": frozenset({"approvalType", "newUpdates", "deviceReporting", "inventorySyncStatus"}),
    "windowsFeatureUpdateProfile": frozenset(
        {"deployableContentDisplayName", "endOfSupportDate", "installLatestWindows10OnWindows11IneligibleDevice"}
    ),
    "windowsMobileMSI": frozenset({"useDeviceContext"}),
    "windowsQualityUpdateProfile": frozenset({"releaseDateDisplayName", "deployableContentDisplayName"}),
}


def check_create(resource: Resource, body: Document) -> None:
    """Raise 400 for what a create must not contain."""
    _refuse(kind_of(resource, body), NEVER_IN_A_CREATE, body, "set when it is created")


def check_change(resource: Resource, current: Document, body: Document) -> None:
    """Raise 400 for what an update must not contain."""
    _refuse(kind_of(resource, current), NEVER_IN_A_CHANGE, body, "changed")


def check_part(kind: str, body: Document) -> None:
    """Check a part that is written individually in the same way."""
    _refuse(kind, NEVER_IN_A_CHANGE, body, "changed")


def _refuse(kind: str, table: Mapping[str, frozenset[str]], body: Iterable[str], what: str) -> None:
    schema = load_schema()
    for owner, names in table.items():
        for name in [name for name in body if name in names and schema.is_a(kind, owner)]:
            raise bad_request(f"Property '{name}' cannot be {what}.", intune=True)
