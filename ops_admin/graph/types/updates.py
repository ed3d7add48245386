"""Windows updates: versions, drivers, and security updates."""

from ops_admin.graph.errors import N_
from ops_admin.graph.types.shapes import CONFIGURATION_PERMISSION, INTUNE, PolicyType

UPDATES: tuple[PolicyType, ...] = (
    PolicyType(
        "windowsFeatureUpdateProfiles",
        f"{INTUNE}/windowsFeatureUpdateProfiles",
        N_("Windows feature updates"),
        CONFIGURATION_PERMISSION,
        assignments_in_list=True,
    ),
    PolicyType(
        "windowsQualityUpdateProfiles",
        f"{INTUNE}/windowsQualityUpdateProfiles",
        N_("Windows quality updates (expedited)"),
        CONFIGURATION_PERMISSION,
        assignments_in_list=True,
    ),
    PolicyType(
        "windowsQualityUpdatePolicies",
        f"{INTUNE}/windowsQualityUpdatePolicies",
        N_("Windows quality updates"),
        CONFIGURATION_PERMISSION,
        assignments_in_list=True,
    ),
    PolicyType(
        "windowsDriverUpdateProfiles",
        f"{INTUNE}/windowsDriverUpdateProfiles",
        N_("Windows driver updates"),
        CONFIGURATION_PERMISSION,
        assignments_in_list=True,
    ),
)
