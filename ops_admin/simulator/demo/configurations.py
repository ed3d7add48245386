"""Contoso's device configurations, each of a different type."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ops_admin.simulator.demo.certificates import certificate_configurations
from ops_admin.simulator.demo.documents import from_policy, named, to_all_devices, to_group, without_group
from ops_admin.simulator.shapes import Document

APPLICABILITY: Document = {
    "supportsScopeTags": True,
    "deviceManagementApplicabilityRuleOsEdition": None,
    "deviceManagementApplicabilityRuleOsVersion": None,
    "deviceManagementApplicabilityRuleDeviceMode": None,
}


def device_configurations() -> list[Document]:
    """Custom settings, update rings, networks, delivery optimization, iOS restrictions, certificates."""
    return [
        from_policy(_custom(), to_group("Devices - Production"), to_group("Devices - Logistics")),
        from_policy(_ring("Update ring 1 - Pilot", 2, 0, 2), to_group("Pilot devices")),
        from_policy(
            _ring("Update ring 3 - Broad", 4, 7, 5, tags=("0", "1")),
            to_all_devices(),
            without_group("Exclusions - Update rings"),
        ),
        from_policy(
            _wifi(), to_group("Devices - Amsterdam"), to_group("Devices - Zürich"), to_group("Devices - Kraków")
        ),
        from_policy(_delivery(), to_all_devices()),
        _ios_restrictions(),
        *certificate_configurations(),
    ]


def _custom() -> Document:
    settings = [
        {
            "@odata.type": "#microsoft.graph.omaSettingInteger",
            "displayName": "Time zone change by users",
            "description": "Scanners travel between plants.",
            "omaUri": "./Device/Vendor/MSFT/Policy/Config/System/AllowLocation",
            "secretReferenceValueId": None,
            "isEncrypted": False,
            "value": 1,
            "isReadOnly": False,
        },
        {
            "@odata.type": "#microsoft.graph.omaSettingString",
            "displayName": "Lock screen message",
            "description": None,
            "omaUri": "./Device/Vendor/MSFT/Policy/Config/DeviceLock/EnforceLockScreenAndLogonImage",
            "secretReferenceValueId": None,
            "isEncrypted": False,
            "value": "https://intranet.contoso.example/lock/plant.png",
        },
    ]
    return _configuration(
        "windows10CustomConfiguration", "Plant floor devices - custom settings", 2, omaSettings=settings
    )


def _ring(name: str, day: int, quality_days: int, feature_weeks: int, tags: Iterable[str] = ("0",)) -> Document:
    """An update ring as it is read: with dates and switches that no update may send back."""
    rolling_back = {
        f"{which}Updates{what}": value
        for which in ("feature", "quality")
        for what, value in (
            ("PauseStartDate", None),
            ("RollbackStartDateTime", "0001-01-01T00:00:00Z"),
            ("WillBeRolledBack", False),
        )
    }
    return _configuration(
        "windowsUpdateForBusinessConfiguration",
        name,
        day,
        allowWindows11Upgrade=True,
        automaticUpdateMode="autoInstallAtMaintenanceTime",
        businessReadyUpdatesOnly="businessReadyOnly",
        deliveryOptimizationMode="userDefined",
        driversExcluded=False,
        engagedRestartDeadlineInDays=None,
        featureUpdatesDeferralPeriodInDays=feature_weeks * 7,
        featureUpdatesPaused=False,
        installationSchedule={
            "@odata.type": "#microsoft.graph.windowsUpdateActiveHoursInstall",
            "activeHoursStart": "07:00:00.0000000",
            "activeHoursEnd": "19:00:00.0000000",
        },
        microsoftUpdateServiceAllowed=True,
        roleScopeTagIds=list(tags),
        **rolling_back,
        qualityUpdatesDeferralPeriodInDays=quality_days,
        qualityUpdatesPaused=False,
        userPauseAccess="disabled",
    )


def _wifi() -> Document:
    return _configuration(
        "windowsWifiConfiguration",
        "Wi-Fi - CONTOSO-CORP",
        6,
        networkName="CONTOSO-CORP",
        ssid="CONTOSO-CORP",
        connectAutomatically=True,
        connectToPreferredNetwork=True,
        connectWhenNetworkNameIsHidden=False,
        meteredConnectionLimit="unrestricted",
        proxyAutomaticConfigurationUrl=None,
        proxySetting="none",
        wifiSecurityType="wpa2Enterprise",
    )


def _delivery() -> Document:
    return _configuration(
        "windowsDeliveryOptimizationConfiguration",
        "Delivery optimization - branch offices",
        8,
        deliveryOptimizationMode="httpWithPeeringPrivateGroup",
        restrictPeerSelectionBy="subnetMask",
        groupIdSource={
            "@odata.type": "#microsoft.graph.deliveryOptimizationGroupIdSourceOptions",
            "groupIdSourceOption": "adSite",
        },
        maximumCacheAgeInDays=14,
        minimumBatteryPercentageAllowedToUpload=40,
        cacheServerHostNames=["cache01.contoso.example", "cache02.contoso.example"],
    )


def _ios_restrictions() -> Document:
    return _configuration(
        "iosGeneralDeviceConfiguration",
        "iOS - company phones",
        10,
        airDropBlocked=False,
        appStoreBlockAutomaticDownloads=True,
        compliantAppsList=[],
        compliantAppListType="none",
        faceTimeBlocked=False,
        iCloudBlockBackup=True,
        passcodeMinimumLength=6,
        passcodeRequired=True,
        safariCookieSettings="browserDefault",
    )


def _configuration(kind: str, name: str, day: int, **properties: Any) -> Document:
    base = {"@odata.type": f"#microsoft.graph.{kind}", "version": day % 5 + 1}
    return {**base, **named("deviceConfigurations", name, day=day), **APPLICABILITY, **properties}
