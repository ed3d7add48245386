"""The policy types of the inventory, with their labels for pages."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _

POLICY_TYPES: Mapping[str, object] = {
    "deviceConfigurations": _("Device configurations"),
    "configurationPolicies": _("Settings catalog"),
    "groupPolicyConfigurations": _("Administrative templates"),
    "deviceCompliancePolicies": _("Compliance policies"),
    "compliancePolicies": _("Compliance policies (settings catalog)"),
    "intents": _("Endpoint security (templates)"),
    "conditionalAccessPolicies": _("Conditional access policies"),
    "mobileApps": _("Apps"),
    "deviceManagementScripts": _("Windows scripts"),
    "deviceShellScripts": _("macOS shell scripts"),
    "deviceHealthScripts": _("Remediations"),
    "deviceEnrollmentConfigurations": _("Enrollment configurations"),
    "windowsAutopilotDeploymentProfiles": _("Autopilot deployment profiles"),
    "roleDefinitions": _("Role definitions"),
    "roleAssignments": _("Role assignments"),
}
"""Labels by key, in the order in which pages show them."""


NEVER_ASSIGNED = frozenset({"conditionalAccessPolicies", "roleDefinitions", "roleAssignments"})
"""Types whose users and groups are part of the policy's content."""


def type_label(key: str) -> str:
    """Return the label of a policy type, or the key of an unknown type."""
    return str(POLICY_TYPES.get(key, key))
