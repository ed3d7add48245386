"""Contoso's Windows updates: versions, drivers, security updates."""

from __future__ import annotations

from ops_admin.simulator.demo.documents import assigned, named, to_all_devices, to_group
from ops_admin.simulator.demo.ids import demo_id
from ops_admin.simulator.shapes import Document


def feature_updates() -> list[Document]:
    """The pilot gets 25H2 at once; all other devices got 24H2 within some months."""
    pilot = _version("Windows 11 25H2 - Pilot", 6, "25H2", "2027-10-12", _rollout(None, None, None))
    broad = _version("Windows 11 24H2 - Rollout", 4, "24H2", "2026-10-13", _rollout("2025-02-03", "2025-04-28", 14))
    return [
        assigned(pilot, to_group("Devices - Windows - Ring 1 - Pilot")),
        assigned(broad, to_group("Devices - Windows - Ring 3 - Broad")),
    ]


def driver_updates() -> list[Document]:
    """Drivers: approved automatically for the early rings, manually for all others."""
    automatic = _drivers("Treiber - Ring 1 (automatisch)", 5, "automatic", 3)
    by_hand = _drivers("Drivers - broad, approved by hand", 7, "manual", None)
    return [
        assigned(automatic, to_group("Devices - Windows - Ring 1 - Pilot")),
        assigned(by_hand, to_group("Devices - Windows - Ring 3 - Broad")),
    ]


def quality_updates() -> list[Document]:
    """One expedited security update."""
    profile = named(
        "windowsQualityUpdateProfiles",
        "Expedite - February security update",
        day=11,
        expeditedUpdateSettings={"qualityUpdateRelease": "2025-02-11T00:00:00Z", "daysUntilForcedReboot": 2},
        releaseDateDisplayName="02/11/2025 - 2025.02 B Security Updates for Windows 10 and later",
        deployableContentDisplayName="2025.02 B Security Updates for Windows 10 and later",
    )
    return [assigned(profile, to_all_devices())]


def quality_policies() -> list[Document]:
    """Security updates without a restart."""
    approval = {
        "windowsQualityUpdateCadence": "monthly",
        "windowsQualityUpdateCategory": "all",
        "approvalMethodType": "automatic",
        "deferredDeploymentInDay": 0,
    }
    policy = named("windowsQualityUpdatePolicies", "Hotpatch - Büro-PCs", day=13)
    whole = {**policy, "hotpatchEnabled": True, "approvalSettings": [approval]}
    return [assigned(whole, to_group("Devices - Windows - Corporate owned"))]


def _version(name: str, day: int, version: str, supported_until: str, rollout: Document) -> Document:
    return named(
        "windowsFeatureUpdateProfiles",
        name,
        day=day,
        featureUpdateVersion=f"Windows 11, version {version}",
        deployableContentDisplayName=f"Windows 11, version {version}",
        endOfSupportDate=f"{supported_until}T00:00:00Z",
        installLatestWindows10OnWindows11IneligibleDevice=False,
        installFeatureUpdatesOptional=False,
        rolloutSettings=rollout,
    )


def _rollout(start: str | None, end: str | None, interval: int | None) -> Document:
    return {
        "offerStartDateTimeInUTC": start and f"{start}T00:00:00Z",
        "offerEndDateTimeInUTC": end and f"{end}T00:00:00Z",
        "offerIntervalInDays": interval,
    }


def _drivers(name: str, day: int, approval: str, deferral: int | None) -> Document:
    inventory = {
        "id": demo_id("contoso", "drivers", name),
        "name": "Contoso Docking Station - Firmware",
        "version": "1.8.4.0",
        "manufacturer": "Contoso Devices",
        "releaseDateTime": "2025-01-20T00:00:00Z",
        "driverClass": "Firmware",
        "applicableDeviceCount": 42,
        "approvalStatus": "needsReview",
        "category": "recommended",
        "deployDateTime": None,
    }
    return named(
        "windowsDriverUpdateProfiles",
        name,
        day=day,
        approvalType=approval,
        deploymentDeferralInDays=deferral,
        newUpdates=1,
        deviceReporting=42,
        driverInventories=[inventory],
    )
