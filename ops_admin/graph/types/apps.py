"""Apps, and policies that protect and configure apps."""

from ops_admin.graph.errors import N_
from ops_admin.graph.types.shapes import (
    APPS,
    APPS_PERMISSION,
    CONFIGURATION_PERMISSION,
    SETTINGS,
    PolicyType,
    SubResource,
)

# What depends on an app, or supersedes it, says so itself; only apps with a Windows package are related.
_RELATIONSHIPS = SubResource(
    "relationships",
    of_kinds=frozenset({"win32LobApp", "win32CatalogApp"}),
    only={"targetType": "child"},
)

APPLICATIONS: tuple[PolicyType, ...] = (
    PolicyType(
        "mobileApps",
        f"{APPS}/mobileApps",
        N_("Apps"),
        APPS_PERMISSION,
        expand="categories",  # and one by one: lists show neither icons nor scope tags
        sub_resources=(_RELATIONSHIPS,),
        assign_key="mobileAppAssignments",
    ),
    PolicyType(
        "policySets",
        f"{APPS}/policySets",
        N_("Policy sets"),
        CONFIGURATION_PERMISSION,
        expand="items",
        assignments_in_item=True,
        assign_action="update",
        import_order=80,
    ),
)

MANAGED_APPS: tuple[PolicyType, ...] = (
    PolicyType(
        "iosManagedAppProtections",
        f"{APPS}/iosManagedAppProtections",
        N_("App protection for iOS and iPadOS"),
        APPS_PERMISSION,
        expand="apps",
    ),
    PolicyType(
        "androidManagedAppProtections",
        f"{APPS}/androidManagedAppProtections",
        N_("App protection for Android"),
        APPS_PERMISSION,
        expand="apps",
    ),
    PolicyType(
        "windowsManagedAppProtections",
        f"{APPS}/windowsManagedAppProtections",
        N_("App protection for Windows"),
        APPS_PERMISSION,
        expand="apps",
    ),
    PolicyType(
        "mdmWindowsInformationProtectionPolicies",
        f"{APPS}/mdmWindowsInformationProtectionPolicies",
        N_("Windows Information Protection"),
        APPS_PERMISSION,
        expand="protectedAppLockerFiles,exemptAppLockerFiles",
        expand_optional=True,
    ),
    PolicyType(
        "targetedManagedAppConfigurations",
        f"{APPS}/targetedManagedAppConfigurations",
        N_("App configuration for managed apps"),
        APPS_PERMISSION,
        expand="apps",
        sub_resources=(SETTINGS,),
    ),
    PolicyType(
        "mobileAppConfigurations",
        f"{APPS}/mobileAppConfigurations",
        N_("App configuration for managed devices"),
        APPS_PERMISSION,
        assignments_in_list=True,
        import_order=60,
    ),
)
