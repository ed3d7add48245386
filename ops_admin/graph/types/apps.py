"""Apps."""

from ops_admin.graph.errors import N_
from ops_admin.graph.types.shapes import APPS, PolicyType

APPLICATIONS: tuple[PolicyType, ...] = (
    PolicyType(
        "mobileApps",
        f"{APPS}/mobileApps",
        N_("Apps"),
        read_each=True,  # lists show neither icons nor scope tags
        assign_key="mobileAppAssignments",
    ),
)
