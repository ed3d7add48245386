"""Groups of apps that Microsoft maintains: a policy for managed apps names one, and the service says which apps it has.

What a write says of the apps has no effect then (IntuneManagement #67).
"""

from __future__ import annotations

from ops_admin.simulator.shapes import Document

CHOSEN = "selectedPublicApps"
_CORE = ("Outlook", "Teams", "Word")
_MICROSOFT = (*_CORE, "OneDrive", "Edge")
_GROUPS = {
    "allCoreMicrosoftApps": _CORE,
    "allMicrosoftApps": _MICROSOFT,
    "allApps": (*_MICROSOFT, "Acrobat"),
}
_NAMES = {
    "ios": {
        "Outlook": "com.microsoft.Office.Outlook",
        "Teams": "com.microsoft.skype.teams",
        "Word": "com.microsoft.Office.Word",
        "OneDrive": "com.microsoft.skydrive",
        "Edge": "com.microsoft.msedge",
        "Acrobat": "com.adobe.Adobe-Reader",
    },
    "android": {
        "Outlook": "com.microsoft.office.outlook",
        "Teams": "com.microsoft.teams",
        "Word": "com.microsoft.office.word",
        "OneDrive": "com.microsoft.skydrive",
        "Edge": "com.microsoft.emmx",
        "Acrobat": "com.adobe.reader",
    },
}
_FIELDS = {"ios": "bundleId", "android": "packageId", "windows": "windowsAppId"}
_KINDS = {
    "ios": "iosMobileAppIdentifier",
    "android": "androidMobileAppIdentifier",
    "windows": "windowsAppIdentifier",
}
_PLATFORMS = {
    "iosManagedAppProtections": ("ios",),
    "androidManagedAppProtections": ("android",),
    "targetedManagedAppConfigurations": ("ios", "android"),
}


def apps_named(platform: str, *names: str) -> list[Document]:
    """Return the apps with these names of their platform, as a policy holds them."""
    return [
        {
            "id": f"{name.lower()}.{platform}",
            "version": "1",
            "mobileAppIdentifier": {
                "@odata.type": f"#microsoft.graph.{_KINDS[platform]}",
                _FIELDS[platform]: name,
            },
        }
        for name in names
    ]


def apps_of_group(key: str, group: str) -> list[Document]:
    """Return the apps that a group has for the platforms of a type."""
    found = ((platform, _NAMES[platform][app]) for platform in _PLATFORMS.get(key, ()) for app in _GROUPS[group])
    return [app for platform, name in found for app in apps_named(platform, name)]


def with_apps_of_group(key: str, content: Document) -> Document:
    """Return a policy with the apps of the group that it names, if it names one."""
    group = content.get("appGroupType", CHOSEN)
    return {**content, "apps": apps_of_group(key, group)} if group in _GROUPS and key in _PLATFORMS else content
