"""Contoso's managed app policies: protection and configuration."""

from __future__ import annotations

from ops_admin.simulator.demo.documents import encoded, from_policy, named, to_group, without_group
from ops_admin.simulator.demo.ids import demo_id
from ops_admin.simulator.demo.settings import choice, numbered, text
from ops_admin.simulator.managed_apps import apps_named, apps_of_group
from ops_admin.simulator.shapes import Document

IOS_APPS = ("com.microsoft.Office.Outlook", "com.microsoft.skype.teams", "com.microsoft.Office.Word")
EDGE = "com.microsoft.edge.mamedgeappconfigsettings"
BLOCK = {"appActionIfDeviceComplianceRequired": "block", "appActionIfMaximumPinRetriesExceeded": "block"}


def ios_protections() -> list[Document]:
    """Protects company data on private iPhones."""
    policy = {
        **_policy("iosManagedAppProtections", "iOS - App-Schutz für private Geräte", 3),
        **_protection(),
        "appDataEncryptionType": "whenDeviceLocked",
        "faceIdBlocked": False,
        "thirdPartyKeyboardsBlocked": True,
        "exemptedAppProtocols": [{"name": "Default", "value": "tel;telprompt;skype;app-settings;calshow;itms"}],
        "apps": apps_named("ios", *IOS_APPS),
    }
    return [from_policy(policy, to_group("All Employees"), without_group("External guests"))]


def android_protections() -> list[Document]:
    """The same for Android, for whatever apps Microsoft counts among its core apps."""
    policy = {
        **_policy("androidManagedAppProtections", "Android - app protection (BYOD)", 5),
        **_protection(),
        "encryptAppData": True,
        "disableAppEncryptionIfDeviceEncryptionIsEnabled": False,
        "screenCaptureBlocked": True,
        "minimumRequiredPatchVersion": "2025-01-01",
        "requiredAndroidSafetyNetDeviceAttestationType": "basicIntegrity",
        "exemptedAppPackages": [],
        "appGroupType": "allCoreMicrosoftApps",
        "apps": apps_of_group("androidManagedAppProtections", "allCoreMicrosoftApps"),
    }
    return [from_policy(policy, to_group("All Employees"))]


def windows_protections() -> list[Document]:
    """Edge on private PCs."""
    policy = {
        **_policy("windowsManagedAppProtections", "Windows - Edge auf privaten PCs", 7),
        "allowedInboundDataTransferSources": "none",
        "allowedOutboundClipboardSharingLevel": "none",
        "allowedOutboundDataTransferDestinations": "none",
        "appActionIfUnableToAuthenticateUser": "block",
        "maximumAllowedDeviceThreatLevel": "notConfigured",
        "mobileThreatDefenseRemediationAction": "block",
        "periodOfflineBeforeAccessCheck": "PT12H",
        "periodOfflineBeforeWipeIsEnforced": "P90D",
        "printBlocked": True,
        "apps": apps_named("windows", "com.microsoft.edge"),
    }
    return [from_policy(policy, to_group("All Employees"))]


def information_protections() -> list[Document]:
    """An old policy that nobody has removed."""
    return [
        {
            **_policy("mdmWindowsInformationProtectionPolicies", "WIP - Altbestand (nicht mehr verwenden)", 9),
            "enforcementLevel": "encryptAndAuditOnly",
            "enterpriseDomain": "contoso.example",
            "enterpriseProtectedDomainNames": [{"displayName": "Domains", "resources": ["contoso.example"]}],
            "protectionUnderLockConfigRequired": False,
            "revokeOnUnenrollDisabled": False,
            "azureRightsManagementServicesAllowed": False,
            "iconsVisible": True,
            "protectedAppLockerFiles": [
                {
                    "id": demo_id("contoso", "appLockerFiles", "Office"),
                    "displayName": "Office",
                    "fileHash": "7f1c",
                    "file": encoded("<AppLockerPolicy Version='1'/>"),
                    "version": "1",
                }
            ],
        }
    ]


def targeted_configurations() -> list[Document]:
    """Settings for Edge wherever somebody signs in."""
    policy = {
        **_policy("targetedManagedAppConfigurations", "Edge mobil - Startseite und Proxy", 11, prefix="A_"),
        "appGroupType": "selectedPublicApps",
        "targetedAppManagementLevels": "unspecified",
        "customSettings": [
            {"name": "com.microsoft.intune.mam.managedbrowser.homepage", "value": "https://intranet.contoso.example"},
            {"name": "com.microsoft.intune.mam.managedbrowser.AppProxyRedirection", "value": "true"},
        ],
        "settings": numbered(choice(f"{EDGE}.allowtransparentauthfailover", "1"), text(f"{EDGE}.account", "{{mail}}")),
        "apps": apps_named("ios", "com.microsoft.msedge"),
    }
    return [from_policy(policy, to_group("Users - Sales"))]


def _policy(key: str, name: str, day: int, prefix: str = "T_") -> Document:
    document = named(key, name, day=day, version=f'"{demo_id("contoso", "versions", name)}"')
    return {**document, "id": f"{prefix}{document['id']}"}


def _protection() -> Document:
    return {
        "periodOfflineBeforeAccessCheck": "PT12H",
        "periodOnlineBeforeAccessCheck": "PT30M",
        "periodOfflineBeforeWipeIsEnforced": "P90D",
        "periodBeforePinReset": "PT0S",
        "allowedInboundDataTransferSources": "allApps",
        "allowedOutboundDataTransferDestinations": "managedApps",
        "allowedOutboundClipboardSharingLevel": "managedAppsWithPasteIn",
        "allowedDataStorageLocations": ["oneDriveForBusiness", "sharePoint"],
        "organizationalCredentialsRequired": False,
        "dataBackupBlocked": True,
        "deviceComplianceRequired": True,
        "managedBrowser": "microsoftEdge",
        "managedBrowserToOpenLinksRequired": True,
        "saveAsBlocked": True,
        "pinRequired": True,
        "pinCharacterSet": "numeric",
        "minimumPinLength": 6,
        "maximumPinRetries": 5,
        "simplePinBlocked": True,
        "printBlocked": False,
        "contactSyncBlocked": False,
        "fingerprintBlocked": False,
        "appGroupType": "selectedPublicApps",
        "targetedAppManagementLevels": "unmanaged",
        **BLOCK,
    }
