"""Enrollment."""

from ops_admin.graph.errors import N_
from ops_admin.graph.types.shapes import CONFIGURATION_PERMISSION, INTUNE, SERVICE_PERMISSION, PolicyType

ENROLLMENT: tuple[PolicyType, ...] = (
    PolicyType(
        "deviceEnrollmentConfigurations",
        f"{INTUNE}/deviceEnrollmentConfigurations",
        N_("Enrollment configurations"),
        SERVICE_PERMISSION,
        assign_key="enrollmentConfigurationAssignments",
        import_order=60,
    ),
    PolicyType(
        "windowsAutopilotDeploymentProfiles",
        f"{INTUNE}/windowsAutopilotDeploymentProfiles",
        N_("Autopilot deployment profiles"),
        SERVICE_PERMISSION,
        assign_key=None,  # each target is posted to /assignments
        import_order=60,
    ),
    PolicyType(
        "deviceCategories",
        f"{INTUNE}/deviceCategories",
        N_("Device categories"),
        CONFIGURATION_PERMISSION,
        assignable=False,
        assign_key=None,
        import_order=40,
    ),
    PolicyType(
        "termsAndConditions",
        f"{INTUNE}/termsAndConditions",
        N_("Terms and conditions"),
        SERVICE_PERMISSION,
        assign_key=None,  # each target is posted to /assignments
    ),
)
