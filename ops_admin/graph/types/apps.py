"""Apps."""

from ops_admin.graph.errors import N_
from ops_admin.graph.types.shapes import APPS, APPS_PERMISSION, CONFIGURATION_PERMISSION, PolicyType

APPLICATIONS: tuple[PolicyType, ...] = (
    PolicyType(
        "mobileApps",
        f"{APPS}/mobileApps",
        N_("Apps"),
        APPS_PERMISSION,
        read_each=True,  # lists show neither icons nor scope tags
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
