"""Scripts. Lists leave out their contents."""

from ops_admin.graph.errors import N_
from ops_admin.graph.types.shapes import INTUNE, LARGEST_PAGE, SCRIPTS_PERMISSION, PolicyType

SCRIPTS: tuple[PolicyType, ...] = (
    PolicyType(
        "deviceManagementScripts",
        f"{INTUNE}/deviceManagementScripts",
        N_("Windows scripts"),
        SCRIPTS_PERMISSION,
        page_size=LARGEST_PAGE,
        read_each=True,
        assign_key="deviceManagementScriptAssignments",
        assignments_in_list=True,
    ),
    PolicyType(
        "deviceShellScripts",
        f"{INTUNE}/deviceShellScripts",
        N_("macOS shell scripts"),
        SCRIPTS_PERMISSION,
        page_size=LARGEST_PAGE,
        read_each=True,
        assign_key="deviceManagementScriptAssignments",
        assignments_in_list=True,
    ),
    PolicyType(
        "deviceHealthScripts",
        f"{INTUNE}/deviceHealthScripts",
        N_("Remediations"),
        SCRIPTS_PERMISSION,
        page_size=LARGEST_PAGE,
        read_each=True,
        assign_key="deviceHealthScriptAssignments",
        assignments_in_list=True,
    ),
    PolicyType(
        "deviceComplianceScripts",
        f"{INTUNE}/deviceComplianceScripts",
        N_("Compliance scripts"),
        SCRIPTS_PERMISSION,
        page_size=LARGEST_PAGE,
        read_each=True,
        assignable=False,  # the policies that use them are
        assign_key=None,
        import_order=40,
    ),
    PolicyType(
        "deviceCustomAttributeShellScripts",
        f"{INTUNE}/deviceCustomAttributeShellScripts",
        N_("macOS custom attributes"),
        SCRIPTS_PERMISSION,
        page_size=LARGEST_PAGE,
        read_each=True,
        assign_key="deviceManagementScriptAssignments",
        assignments_in_list=True,
    ),
)
