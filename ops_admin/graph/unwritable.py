"""What Graph returns of a policy and does not take back: properties that it computes, or that are set once.

Besides what Microsoft's description of its types calls read-only, this is what other tools had to leave out:
IntuneManagement (`PropertiesToRemove…`), IntuneCD and CIPP.
"""

from collections.abc import Mapping
from typing import Any

from ops_admin.graph.rollouts import ROLLOUT, has_begun
from ops_admin.graph.transport import JSONObject

_NOTHING: frozenset[str] = frozenset()

_EVERYWHERE = frozenset(
    {
        "id",
        "createdDateTime",
        "lastModifiedDateTime",
        "modifiedDateTime",
        "version",
        "supportsScopeTags",
        "isAssigned",
        "settingCount",
        "deployedAppCount",
        "creationSource",
        "assignments",
    }
)
_REPORTS_OF_TYPE: Mapping[str, frozenset[str]] = {
    "policySets": frozenset({"status", "errorCode"}),
    "reusablePolicySettings": frozenset({"referencingConfigurationPolicyCount"}),
    "windowsDriverUpdateProfiles": frozenset({"newUpdates", "deviceReporting", "inventorySyncStatus"}),
}
_NEVER_OF_TYPE: Mapping[str, frozenset[str]] = {
    "assignmentFilters": frozenset({"payloads"}),
    "authenticationStrengthPolicies": frozenset({"policyType", "requirementsSatisfied"}),
    "intuneBrandingProfiles": frozenset({"customPrivacyMessage", "disableClientTelemetry", "isDefaultProfile"}),
    "notificationMessageTemplates": frozenset({"defaultLocale"}),  # follows from the messages
    "roleScopeTags": frozenset({"isBuiltIn"}),
    "deviceConfigurations": frozenset({"applyOnlyToWindows81", "applyOnlyToWindowsPhone81"}),
    "deviceHealthScripts": frozenset({"isGlobalScript", "highestAvailableVersion"}),
    "groupPolicyConfigurations": frozenset({"policyConfigurationIngestionType"}),
    "intents": frozenset({"categories"}),
    # Belongs to the tenant's rights management.
    "mdmWindowsInformationProtectionPolicies": frozenset({"rightsManagementServicesTemplateId"}),
    "mobileAppConfigurations": frozenset({"appSupportsOemConfig"}),
    "mobileApps": frozenset(
        {"uploadState", "publishingState", "dependentAppCount", "supersedingAppCount", "supersededAppCount"}
        | {"committedContentVersion", "isFeatured", "size"}
    ),
    "roleDefinitions": frozenset({"isBuiltIn", "isBuiltInRoleDefinition"}),
    # Each of these has a successor, which is sent; see `deployment_profiles`.
    "windowsAutopilotDeploymentProfiles": frozenset(
        {"enableWhiteGlove", "extractHardwareHash", "language", "outOfBoxExperienceSettings"}
    ),
}
_OF_A_PLAY_STORE_APP = frozenset(
    {"appStoreUrl", "appTracks", "isPrivate", "packageId", "supportsOemConfig", "totalLicenseCount", "usedLicenseCount"}
)
_NEVER_OF_KIND: Mapping[str, frozenset[str]] = {
    "androidForWorkApp": frozenset({"appIdentifier", "packageId"}),
    "androidManagedStoreApp": _OF_A_PLAY_STORE_APP,
    "androidManagedStoreWebApp": _OF_A_PLAY_STORE_APP,
    "androidStoreApp": frozenset({"packageId"}),
    "windowsAutoUpdateCatalogApp": frozenset({"mobileAppCatalogPackageBranchId"}),
}
_NEVER_OF_DEFAULT: Mapping[str, frozenset[str]] = {
    "intuneBrandingProfiles": frozenset({"profileDescription", "profileName"}),
}
_CHOSEN_ID = frozenset({"id"})
_ONCE_OF_TYPE: Mapping[str, frozenset[str]] = {
    "deviceCustomAttributeShellScripts": frozenset({"customAttributeName", "customAttributeType", "displayName"}),
    "assignmentFilters": frozenset({"platform"}),
    "authenticationContextClassReferences": _CHOSEN_ID,
    "deviceEnrollmentConfigurations": frozenset({"priority"}),
    "intents": frozenset({"templateId", "isMigratingToConfigurationPolicy"}),
    "mobileAppConfigurations": frozenset({"targetedMobileApps"}),
    "mobileApps": frozenset({"appStoreUrl", "vppTokenId", "vppTokenAppleId", "vppTokenOrganizationName"}),
    "windowsAutopilotDeploymentProfiles": frozenset({"managementServiceAppId"}),
    "windowsDriverUpdateProfiles": frozenset({"approvalType"}),
    "windowsFeatureUpdateProfiles": frozenset(
        {"deployableContentDisplayName", "endOfSupportDate", "installLatestWindows10OnWindows11IneligibleDevice"}
    ),
    "windowsQualityUpdateProfiles": frozenset({"releaseDateDisplayName", "deployableContentDisplayName"}),
}
_ONCE_OF_KIND: Mapping[str, frozenset[str]] = {
    "officeSuiteApp": frozenset(
        {"officeConfigurationXml", "officePlatformArchitecture", "developer", "owner", "publisher"}
    ),
    "windowsMobileMSI": frozenset({"useDeviceContext"}),
    "windowsUpdateForBusinessConfiguration": frozenset(
        f"{which}Updates{what}"
        for which in ("feature", "quality")
        for what in ("WillBeRolledBack", "PauseStartDate", "RollbackStartDateTime")
    ),
}
# Graph computes these, and accepts only that they are null.
_ONLY_NULL: Mapping[str, frozenset[str]] = {
    "conditionalAccessPolicies": frozenset({"templateId", "partialEnablementStrategy"}),
    "deviceConfigurations": frozenset({"featureUpdatesPauseStartDate", "qualityUpdatesPauseStartDate"}),
}
# A list of apps shows neither icons nor scope tags. Sent as the list shows them, they would be erased.
_NOT_EMPTY: Mapping[str, frozenset[str]] = {"mobileApps": frozenset({"largeIcon", "roleScopeTagIds"})}

_PACKAGES = frozenset(
    {
        "androidLobApp",
        "iosLobApp",
        "macOSDmgApp",
        "macOSLobApp",
        "macOSPkgApp",
        "managedAndroidLobApp",
        "managedIOSLobApp",
        "managedMobileLobApp",
        "mobileLobApp",
        "win32CatalogApp",
        "win32LobApp",
        "windowsAppX",
        "windowsMobileMSI",
        "windowsPhone81AppX",
        "windowsPhone81AppXBundle",
        "windowsPhoneXAP",
        "windowsUniversalAppX",
    }
)
_FROM_A_STORE = frozenset(
    {
        "androidForWorkApp",
        "androidManagedStoreApp",
        "androidManagedStoreWebApp",
        "iosVppApp",
        "macOsVppApp",
        "microsoftStoreForBusinessApp",
    }
)


def never_sent(content: JSONObject, type_key: str) -> frozenset[str]:
    """Return the properties that no write of such a policy may contain."""
    empty = frozenset(name for name in _NOT_EMPTY.get(type_key, ()) if not content.get(name))
    given = frozenset(name for name in _ONLY_NULL.get(type_key, ()) if content.get(name) is not None)
    of_kind = _NEVER_OF_KIND.get(kind_of(content), _NOTHING)
    of_default = _NEVER_OF_DEFAULT.get(type_key, _NOTHING) if content.get("isDefaultProfile") else _NOTHING
    chosen = _CHOSEN_ID & _ONCE_OF_TYPE.get(type_key, _NOTHING)
    never = _NEVER_OF_TYPE.get(type_key, _NOTHING) | reports(type_key) | of_kind | of_default | empty | given
    return (_EVERYWHERE - chosen) | never


def set_once(content: JSONObject, type_key: str) -> frozenset[str]:
    """Return the properties that a create may contain and an update may not.

    The schedule of a rollout is one of them from the day on which the rollout begins.
    """
    begun = frozenset({ROLLOUT} if has_begun(content.get(ROLLOUT)) else ())
    return _ONCE_OF_TYPE.get(type_key, _NOTHING) | _ONCE_OF_KIND.get(kind_of(content), _NOTHING) | begun


def reports(type_key: str) -> frozenset[str]:
    """Return the properties in which Graph tells how a policy fares. They change by themselves, and are not stored."""
    return _REPORTS_OF_TYPE.get(type_key, _NOTHING)


def without_reports(content: JSONObject, type_key: str) -> JSONObject:
    """Return the policy without these, wherever they stand."""
    told = reports(type_key)
    return {name: _without(told, value) for name, value in content.items() if name not in told} if told else content


def _without(names: frozenset[str], value: Any) -> Any:
    if isinstance(value, list):
        return [_without(names, each) for each in value]
    if isinstance(value, dict):
        return {name: _without(names, inner) for name, inner in value.items() if name not in names}
    return value


def needs_package(content: JSONObject, type_key: str) -> bool:
    """Say whether this is an app that cannot be created from what a backup holds.

    Its package was uploaded, or it was bought or approved in a store.
    """
    return type_key == "mobileApps" and kind_of(content) in _PACKAGES | _FROM_A_STORE


def kind_of(content: JSONObject) -> str:
    """Return the policy's kind without its namespace; empty if it does not say."""
    return str(content.get("@odata.type") or "").rpartition(".")[2]
