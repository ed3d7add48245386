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
    "iosManagedAppProtections": _("App protection for iOS and iPadOS"),
    "androidManagedAppProtections": _("App protection for Android"),
    "windowsManagedAppProtections": _("App protection for Windows"),
    "mdmWindowsInformationProtectionPolicies": _("Windows Information Protection"),
    "targetedManagedAppConfigurations": _("App configuration for managed apps"),
    "mobileAppConfigurations": _("App configuration for managed devices"),
    "deviceManagementScripts": _("Windows scripts"),
    "deviceShellScripts": _("macOS shell scripts"),
    "deviceHealthScripts": _("Remediations"),
    "deviceEnrollmentConfigurations": _("Enrollment configurations"),
    "windowsAutopilotDeploymentProfiles": _("Autopilot deployment profiles"),
    "deviceComplianceScripts": _("Compliance scripts"),
    "reusablePolicySettings": _("Reusable settings"),
    "windowsFeatureUpdateProfiles": _("Windows feature updates"),
    "windowsQualityUpdateProfiles": _("Windows quality updates (expedited)"),
    "windowsQualityUpdatePolicies": _("Windows quality updates"),
    "windowsDriverUpdateProfiles": _("Windows driver updates"),
    "deviceCustomAttributeShellScripts": _("macOS custom attributes"),
    "deviceCategories": _("Device categories"),
    "termsAndConditions": _("Terms and conditions"),
    "policySets": _("Policy sets"),
    "roleDefinitions": _("Role definitions"),
    "roleAssignments": _("Role assignments"),
    "roleScopeTags": _("Scope tags"),
    "assignmentFilters": _("Assignment filters"),
    "notificationMessageTemplates": _("Notification templates"),
    "namedLocations": _("Named locations"),
    "authenticationStrengthPolicies": _("Authentication strengths"),
    "authenticationContextClassReferences": _("Authentication contexts"),
    "intuneBrandingProfiles": _("Branding"),
}
"""Labels by key, in the order in which pages show them."""


NEVER_ASSIGNED = frozenset(
    {
        *("conditionalAccessPolicies", "roleDefinitions", "roleAssignments"),
        *("deviceCategories", "deviceComplianceScripts", "reusablePolicySettings"),
        *("assignmentFilters", "notificationMessageTemplates", "namedLocations"),
        *("authenticationContextClassReferences", "authenticationStrengthPolicies"),
    }
)
"""Types whose users and groups are part of the policy's content, and those that are only used by others."""


def type_label(key: str) -> str:
    """Return the label of a policy type, or the key of an unknown type."""
    return str(POLICY_TYPES.get(key, key))
