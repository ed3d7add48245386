"""Contoso's device enrollment: enrollment configurations and deployment profiles."""

from __future__ import annotations

from typing import Any

from ops_admin.simulator.demo.documents import from_policy, named, to_all_devices, to_group
from ops_admin.simulator.demo.ids import demo_id
from ops_admin.simulator.shapes import Document

CONTOSO_ACCOUNT = demo_id("contoso", "account")


def enrollment_configurations() -> list[Document]:
    """Limits, restrictions, the status page. Two of them are created by the service itself."""
    return [
        _default("deviceEnrollmentLimitConfiguration", "All Users", "DefaultLimit", limit=15),
        _default(
            "deviceEnrollmentPlatformRestrictionsConfiguration",
            "All users and all devices",
            "DefaultPlatformRestrictions",
            iosRestriction=_restriction(),
            windowsRestriction=_restriction(),
            macOSRestriction=_restriction(),
            androidRestriction=_restriction(blocked=True),
        ),
        from_policy(
            _configuration(
                "deviceEnrollmentPlatformRestrictionConfiguration",
                "No private Android devices",
                6,
                priority=1,
                platformType="androidForWork",
                platformRestriction=_restriction(personal_blocked=True),
            ),
            to_group("Users - Legal"),
            to_group("Users - Internal Audit"),
        ),
        from_policy(_status_page(), to_group("Autopilot devices")),
    ]


def deployment_profiles() -> list[Document]:
    """Two Autopilot profiles."""
    return [
        from_policy(_profile("Autopilot user driven", 4, "singleUser", "CTS-%SERIAL%"), to_group("Autopilot devices")),
        from_policy(_profile("Autopilot kiosks", 14, "shared", "KIOSK-%RAND:5%"), to_all_devices()),
    ]


def _status_page() -> Document:
    return _configuration(
        "windows10EnrollmentCompletionPageConfiguration",
        "Status page - offices",
        8,
        priority=1,
        showInstallationProgress=True,
        blockDeviceSetupRetryByUser=False,
        allowDeviceResetOnInstallFailure=True,
        allowLogCollectionOnInstallFailure=True,
        customErrorMessage="Bitte wenden Sie sich an den Helpdesk / Please call the help desk: 4357",
        installProgressTimeoutInMinutes=90,
        allowDeviceUseOnInstallFailure=False,
        selectedMobileAppIds=[demo_id("contoso", "mobileApps", "Company Portal")],
        trackInstallProgressForAutopilotOnly=True,
        disableUserStatusTrackingAfterFirstUser=True,
    )


def _profile(name: str, day: int, usage: str, device_name: str) -> Document:
    return {
        "@odata.type": "#microsoft.graph.azureADWindowsAutopilotDeploymentProfile",
        **named("windowsAutopilotDeploymentProfiles", name, day=day),
        "locale": "os-default",
        "deviceNameTemplate": device_name,
        "deviceType": "windowsPc",
        "language": "os-default",
        "enableWhiteGlove": True,
        "preprovisioningAllowed": True,
        "extractHardwareHash": True,
        "hardwareHashExtractionEnabled": True,
        "managementServiceAppId": None,
        "outOfBoxExperienceSetting": {
            "privacySettingsHidden": True,
            "eulaHidden": True,
            "userType": "standard",
            "deviceUsageType": usage,
            "keyboardSelectionPageSkipped": True,
            "escapeLinkHidden": True,
        },
        "outOfBoxExperienceSettings": {
            "hidePrivacySettings": True,
            "hideEULA": True,
            "userType": "standard",
            "deviceUsageType": usage,
            "skipKeyboardSelectionPage": True,
            "hideEscapeLink": True,
        },
        "enrollmentStatusScreenSettings": None,
    }


def _default(kind: str, name: str, suffix: str, **properties: Any) -> Document:
    document = _configuration(kind, name, 1, priority=0, **properties)
    return {**document, "id": f"{CONTOSO_ACCOUNT}_{suffix}"}


def _configuration(kind: str, name: str, day: int, **properties: Any) -> Document:
    base = named("deviceEnrollmentConfigurations", name, day=day, version=day % 3 + 1)
    return {"@odata.type": f"#microsoft.graph.{kind}", **base, **properties}


def _restriction(*, blocked: bool = False, personal_blocked: bool = False) -> Document:
    return {
        "platformBlocked": blocked,
        "personalDeviceEnrollmentBlocked": personal_blocked,
        "osMinimumVersion": "",
        "osMaximumVersion": "",
        "blockedManufacturers": [],
        "blockedSkus": [],
    }
