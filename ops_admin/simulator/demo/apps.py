"""Contoso's apps, each of a different type."""

from __future__ import annotations

from typing import Any

from ops_admin.simulator.app_relationships import SUPERSEDENCE
from ops_admin.simulator.demo.app_settings import OWN_CATEGORY, app_categories, app_id
from ops_admin.simulator.demo.documents import CORPORATE_FILTER, assigned, named, picture, to_all_users, to_group
from ops_admin.simulator.shapes import Document


def mobile_apps() -> list[Document]:
    """A Win32 app in two versions, apps of three stores, a web link and Microsoft 365."""
    return [
        assigned(
            _win32(),
            to_group("App - 7-Zip - Required", include=CORPORATE_FILTER),
            intent="required",
            settings=_win32_settings(),
        ),
        assigned(_store(), to_all_users(), intent="available", settings=None),
        assigned(_link(), to_group("All Employees"), intent="required", settings=None),
        assigned(_office(), to_group("Devices - Windows - Corporate owned"), intent="required", settings=None),
        _old_win32(),
        _ios(),
        assigned(_scanner(), to_group("Devices - Logistics"), intent="required", settings=None),
    ]


def _scanner() -> Document:
    return _app(
        "androidManagedStoreApp",
        "Zebra OEMConfig",
        13,
        publisher="Zebra Technologies",
        packageId="com.zebra.oemconfig.release",
        appIdentifier="app:com.zebra.oemconfig.release",
        appStoreUrl="https://play.google.com/store/apps/details?id=com.zebra.oemconfig.release",
        usedLicenseCount=0,
        totalLicenseCount=0,
        isPrivate=False,
        isSystemApp=False,
        supportsOemConfig=True,
        appTracks=[],
    )


def _win32() -> Document:
    """The present version updates the one before."""
    return _zip(
        "24.08",
        3,
        largeIcon=picture(0, 120, 212),
        roleScopeTagIds=["0", "1"],
        categories=[{"id": category["id"]} for category in app_categories("contoso")[:1]],
        relationships=[_update_of("7-Zip 24.08", "7-Zip 23.01")],
        supersededAppCount=1,
    )


def _update_of(new: str, old: str) -> Document:
    kind = {"@odata.type": SUPERSEDENCE, "supersedenceType": "update"}
    return {**kind, "id": f"{app_id(new)}_{app_id(old)}", "targetId": app_id(old)}


def _old_win32() -> Document:
    return _zip("23.01", 2)


def _zip(version: str, day: int, **properties: Any) -> Document:
    short = version.replace(".", "")
    return _app(
        "win32LobApp",
        f"7-Zip {version}",
        day,
        committedContentVersion="1",
        publisher="Igor Pavlov",
        fileName="7zip.intunewin",
        installCommandLine=f"msiexec /i 7z{short}-x64.msi /qn",
        uninstallCommandLine=f"msiexec /x {{23170F69-40C1-2702-{short}-000001000000}} /qn",
        applicableArchitectures="x64",
        minimumSupportedWindowsRelease="21H2",
        size=1912832,
        displayVersion=version,
        allowAvailableUninstall=True,
        installExperience={"runAsAccount": "system", "maxRunTimeInMinutes": 60, "deviceRestartBehavior": "suppress"},
        returnCodes=[{"returnCode": 0, "type": "success"}, {"returnCode": 3010, "type": "softReboot"}],
        rules=[
            {
                "@odata.type": "#microsoft.graph.win32LobAppFileSystemRule",
                "ruleType": "detection",
                "path": "C:\\Program Files\\7-Zip",
                "fileOrFolderName": "7z.exe",
                "check32BitOn64System": False,
                "operationType": "exists",
                "operator": "notConfigured",
                "comparisonValue": None,
            }
        ],
        **properties,
    )


def _win32_settings() -> Document:
    return {
        "@odata.type": "#microsoft.graph.win32LobAppAssignmentSettings",
        "notifications": "showReboot",
        "deliveryOptimizationPriority": "notConfigured",
        "installTimeSettings": None,
        "restartSettings": None,
    }


def _store() -> Document:
    return _app(
        "winGetApp",
        "Company Portal",
        5,
        publisher="Microsoft Corporation",
        packageIdentifier="9WZDNCRFJ3PZ",
        installExperience={"runAsAccount": "user"},
    )


def _link() -> Document:
    own = [each for each in app_categories("contoso", OWN_CATEGORY) if each["displayName"] == OWN_CATEGORY]
    return _app(
        "webApp",
        "Intranet",
        7,
        publisher="Contoso",
        appUrl="https://intranet.contoso.example/",
        useManagedBrowser=True,
        categories=[{"id": each["id"]} for each in own],
    )


def _office() -> Document:
    return _app(
        "officeSuiteApp",
        "Microsoft 365 Apps - monthly enterprise",
        9,
        largeIcon=picture(216, 59, 1),
        publisher="Microsoft",
        autoAcceptEula=True,
        excludedApps={"access": True, "groove": True, "lync": True, "publisher": True, "teams": False},
        localesToInstall=["nl-nl", "de-de", "pl-pl"],
        officePlatformArchitecture="x64",
        officeSuiteAppDefaultFileFormat="officeOpenXMLFormat",
        productIds=["o365ProPlusRetail", "visioProRetail"],
        updateChannel="monthlyEnterprise",
        useSharedComputerActivation=False,
    )


def _ios() -> Document:
    return _app(
        "iosStoreApp",
        "Contoso Visitor Badge",
        11,
        publisher="Contoso Facilities",
        bundleId="example.contoso.badge",
        appStoreUrl="https://apps.apple.com/app/id0000000000",
        applicableDeviceType={"iPad": True, "iPhoneAndIPod": True},
        minimumSupportedOperatingSystem={"v15_0": True, "v16_0": False},
    )


def _app(kind: str, name: str, day: int, **properties: Any) -> Document:
    base = {
        "largeIcon": None,
        "isFeatured": False,
        "privacyInformationUrl": None,
        "informationUrl": None,
        "owner": "",
        "developer": "",
        "notes": "",
        "uploadState": 1,
        "publishingState": "published",
        "isAssigned": False,
        "dependentAppCount": 0,
        "supersedingAppCount": 0,
        "supersededAppCount": 0,
    }
    return {"@odata.type": f"#microsoft.graph.{kind}", **named("mobileApps", name, day=day), **base, **properties}
