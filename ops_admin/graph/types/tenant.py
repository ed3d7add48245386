"""What a tenant has besides policies, and what policies refer to: filters, tags, locations, notices, branding."""

from ops_admin.graph.errors import N_
from ops_admin.graph.types.shapes import (
    ACCESS_PERMISSION,
    APPS_PERMISSION,
    CONFIGURATION_PERMISSION,
    INTUNE,
    LARGEST_PAGE,
    RBAC_PERMISSION,
    SERVICE_PERMISSION,
    Permission,
    PolicyType,
    SubResource,
)

_ACCESS = "identity/conditionalAccess"
_STRENGTHS_PERMISSION = Permission("Policy.Read.All", "Policy.ReadWrite.AuthenticationMethod")

TENANT: tuple[PolicyType, ...] = (
    PolicyType(
        "roleScopeTags",
        f"{INTUNE}/roleScopeTags",
        N_("Scope tags"),
        RBAC_PERMISSION,
        left_out={"isBuiltIn": True},
        numbered=True,
        import_order=10,
    ),
    PolicyType(
        "assignmentFilters",
        f"{INTUNE}/assignmentFilters",
        N_("Assignment filters"),
        CONFIGURATION_PERMISSION,
        page_size=LARGEST_PAGE,
        assignable=False,
        assign_key=None,
        kind_field="platform",
        import_order=15,
    ),
    PolicyType(
        "notificationMessageTemplates",
        f"{INTUNE}/notificationMessageTemplates",
        N_("Notification templates"),
        SERVICE_PERMISSION,
        expand="localizedNotificationMessages",
        assignable=False,
        assign_key=None,
        import_order=20,
    ),
    PolicyType(
        "namedLocations",
        f"{_ACCESS}/namedLocations",
        N_("Named locations"),
        ACCESS_PERMISSION,
        left_out={"@odata.type": "#microsoft.graph.compliantNetworkNamedLocation"},
        assignable=False,
        assign_key=None,
        import_order=20,
    ),
    PolicyType(
        "authenticationStrengthPolicies",
        f"{_ACCESS}/authenticationStrength/policies",
        N_("Authentication strengths"),
        _STRENGTHS_PERMISSION,
        sub_resources=(SubResource("combinationConfigurations"),),
        left_out={"policyType": "builtIn"},
        assignable=False,
        assign_key=None,
        import_order=20,
    ),
    PolicyType(
        "authenticationContextClassReferences",
        f"{_ACCESS}/authenticationContextClassReferences",
        N_("Authentication contexts"),
        ACCESS_PERMISSION,
        numbered=True,
        assignable=False,
        assign_key=None,
        import_order=20,
    ),
    PolicyType(
        "intuneBrandingProfiles",
        f"{INTUNE}/intuneBrandingProfiles",
        N_("Branding"),
        APPS_PERMISSION,
        name_field="profileName",
        apart=("themeColorLogo", "lightBackgroundLogo", "landingPageCustomizedImage"),
        assignments_in_list=True,
        import_order=60,
    ),
)
