"""Apps and managed app policies."""

from __future__ import annotations

from ops_admin.simulator.resources.parts import (
    APPS,
    ASSIGNMENTS,
    ASSIGNMENTS_APART,
    MANAGED_APP_READ_ONLY,
    SETTINGS,
    VERSION,
)
from ops_admin.simulator.shapes import Assigning, Navigation, Resource

APP_COUNTS = ("dependentAppCount", "supersedingAppCount", "supersededAppCount")
MANAGED_APP_ASSIGNING = Assigning("targetedManagedAppPolicyAssignment", status=204)


# Files of AppLocker rules are added one by one (IntuneManagement leaves them out of its writes).
FILES = dict.fromkeys(("protectedAppLockerFiles", "exemptAppLockerFiles"), Navigation(in_list=False))


def _managed_app_policy(kind: str, path: str, prefix: str = "T_", *, apps: bool = True) -> Resource:
    inside = {"apps": Navigation(in_list=False), "settings": SETTINGS} if prefix == "A_" else {"apps": Navigation()}
    return Resource(
        path,
        f"{APPS}/{path}",
        kind,
        navigations={**(inside if apps else FILES), "assignments": Navigation(in_list=False)},
        assigning=MANAGED_APP_ASSIGNING,
        refused=MANAGED_APP_READ_ONLY,
        deep_insert=frozenset(inside) if apps else frozenset(),
        computed={"isAssigned": False, "version": "1", **({"deployedAppCount": 0} if apps else {})},
        id_prefix=prefix,
        in_v1=True,
        update_status=204,
    )


MANAGED_APP_POLICIES = (
    _managed_app_policy("iosManagedAppProtection", "iosManagedAppProtections"),
    _managed_app_policy("androidManagedAppProtection", "androidManagedAppProtections"),
    _managed_app_policy("windowsManagedAppProtection", "windowsManagedAppProtections"),
    _managed_app_policy("mdmWindowsInformationProtectionPolicy", "mdmWindowsInformationProtectionPolicies", apps=False),
    _managed_app_policy("targetedManagedAppConfiguration", "targetedManagedAppConfigurations", "A_"),
)
"""`managedAppPolicies` lists all of these, and accepts any that names its type."""

MOBILE_APPS = (
    Resource(
        "mobileApps",
        f"{APPS}/mobileApps",
        "mobileApp",
        polymorphic=True,
        in_v1=True,
        beta_only=frozenset({"roleScopeTagIds", "isAssigned", "uploadState"}),
        # A list has neither icons nor scope tags (IntuneManagement: ScopeTagsReturnedInList).
        list_shows={"largeIcon": None, "roleScopeTagIds": []},
        navigations={
            "categories": Navigation(bound="mobileAppCategories"),
            "relationships": Navigation(in_list=False),
            **ASSIGNMENTS_APART,
        },
        assigning=Assigning("mobileAppAssignment", "mobileAppAssignments", 204),
        refused=frozenset({"uploadState", "publishingState", *APP_COUNTS}),
        computed={
            "uploadState": 1,
            "publishingState": "published",
            "isAssigned": False,
            "isFeatured": False,
            "largeIcon": None,
            "roleScopeTagIds": ["0"],
            **dict.fromkeys(APP_COUNTS, 0),
        },
    ),
    Resource(
        "mobileAppCategories",
        f"{APPS}/mobileAppCategories",
        "mobileAppCategory",
        in_v1=True,
        timestamps=("lastModifiedDateTime",),
    ),
    Resource(
        "mobileAppConfigurations",
        f"{APPS}/mobileAppConfigurations",
        "managedDeviceMobileAppConfiguration",
        polymorphic=True,
        in_v1=True,
        navigations=ASSIGNMENTS,
        assigning=Assigning("managedDeviceMobileAppConfigurationAssignment"),
        passed_over=VERSION,
        computed={"version": 1},
        update_status=204,
    ),
    Resource(
        "policySets",
        f"{APPS}/policySets",
        "policySet",
        # Assignments have no address: they come with the item and are written by `/update` (microsoft-graph-explorer-v4
        # #2930, IntuneManagement: Start-PreImportAssignmentsPolicySets).
        navigations={
            "items": Navigation(in_list=False),
            "assignments": Navigation(in_list=False, own_path=False, page_size=1000),
        },
        deep_insert=frozenset({"items"}),
        # Set by the service. A create with them fails (microsoft-graph-docs #19751).
        refused=frozenset({"status", "errorCode"}),
        computed={"status": "notAssigned", "errorCode": "noError"},
        update_status=204,
    ),
)
