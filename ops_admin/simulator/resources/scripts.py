"""Scripts. Lists omit their contents."""

from __future__ import annotations

from ops_admin.simulator.resources.parts import ASSIGNMENTS, INTUNE, VERSION
from ops_admin.simulator.shapes import Assigning, Resource

SCRIPT_ASSIGNING = Assigning("deviceManagementScriptAssignment", "deviceManagementScriptAssignments")
HEALTH_ASSIGNING = Assigning("deviceHealthScriptAssignment", "deviceHealthScriptAssignments", 202)

SCRIPTS = (
    Resource(
        "deviceManagementScripts",
        f"{INTUNE}/deviceManagementScripts",
        "deviceManagementScript",
        item_only=frozenset({"scriptContent"}),
        navigations=ASSIGNMENTS,
        assigning=SCRIPT_ASSIGNING,
    ),
    Resource(
        "deviceShellScripts",
        f"{INTUNE}/deviceShellScripts",
        "deviceShellScript",
        item_only=frozenset({"scriptContent"}),
        navigations=ASSIGNMENTS,
        assigning=SCRIPT_ASSIGNING,
    ),
    Resource(
        "deviceCustomAttributeShellScripts",
        f"{INTUNE}/deviceCustomAttributeShellScripts",
        "deviceCustomAttributeShellScript",
        item_only=frozenset({"scriptContent"}),
        navigations=ASSIGNMENTS,
        assigning=SCRIPT_ASSIGNING,
    ),
    Resource(
        "deviceHealthScripts",
        f"{INTUNE}/deviceHealthScripts",
        "deviceHealthScript",
        item_only=frozenset({"detectionScriptContent", "remediationScriptContent"}),
        navigations=ASSIGNMENTS,
        assigning=HEALTH_ASSIGNING,
        passed_over=VERSION,
        computed={"version": "1", "isGlobalScript": False, "highestAvailableVersion": None},
    ),
    Resource(
        "deviceComplianceScripts",
        f"{INTUNE}/deviceComplianceScripts",
        "deviceComplianceScript",
        item_only=frozenset({"detectionScriptContent"}),
        navigations=ASSIGNMENTS,
        assigning=HEALTH_ASSIGNING,
        passed_over=VERSION,
        computed={"version": "1"},
    ),
)
