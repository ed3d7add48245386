"""Access: Conditional Access, and the roles of Intune."""

from ops_admin.graph.errors import N_
from ops_admin.graph.types.shapes import ACCESS_PERMISSION, INTUNE, RBAC_PERMISSION, PolicyType

ACCESS: tuple[PolicyType, ...] = (
    PolicyType(
        "roleDefinitions",
        f"{INTUNE}/roleDefinitions",
        N_("Role definitions"),
        RBAC_PERMISSION,
        list_params={"$filter": "isBuiltIn eq false"},
        assignable=False,
        assign_key=None,
        import_order=30,
    ),
    PolicyType(
        "conditionalAccessPolicies",
        "identity/conditionalAccess/policies",
        N_("Conditional access policies"),
        ACCESS_PERMISSION,
        assignable=False,
        assign_key=None,
        import_order=70,
    ),
    PolicyType(
        "roleAssignments",
        f"{INTUNE}/roleAssignments",
        N_("Role assignments"),
        RBAC_PERMISSION,
        expand="roleDefinition",
        expand_optional=True,
        assignable=False,
        assign_key=None,
        import_order=70,
    ),
)
