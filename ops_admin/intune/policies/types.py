"""The policy types of the inventory by the keys that Graph's contract gives them (GRAPH.md), with our labels."""

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
"""Labels by key, in the order in which pages list them."""


NEVER_ASSIGNED = frozenset({"conditionalAccessPolicies", "roleDefinitions", "roleAssignments"})
"""Types whose users and groups are inside the policy itself."""


def type_label(key: str) -> str:
    """Return the label of a policy type; the key itself for one that old data holds and nobody knows."""
    return str(POLICY_TYPES.get(key, key))
