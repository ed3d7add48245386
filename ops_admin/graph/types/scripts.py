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
)
