"""Apps."""

from ops_admin.graph.errors import N_
from ops_admin.graph.types.shapes import APPS, APPS_PERMISSION, PolicyType

APPLICATIONS: tuple[PolicyType, ...] = (
    PolicyType(
        "mobileApps",
        f"{APPS}/mobileApps",
        N_("Apps"),
        APPS_PERMISSION,
        read_each=True,  # lists show neither icons nor scope tags
        assign_key="mobileAppAssignments",
    ),
)
