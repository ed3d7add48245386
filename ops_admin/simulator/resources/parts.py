"""Shared by several entries of the table."""

from __future__ import annotations

from ops_admin.simulator.shapes import Navigation

INTUNE = "deviceManagement"
APPS = "deviceAppManagement"
ACCESS = "identity/conditionalAccess"

ASSIGNMENTS = {"assignments": Navigation()}
# Their lists refuse to expand assignments, which are read item by item.
ASSIGNMENTS_APART = {"assignments": Navigation(in_list=False)}
SETTINGS = Navigation(page_size=25, in_list=False, children={"settingDefinitions": Navigation()})
SCHEDULED_ACTIONS = Navigation(children={"scheduledActionConfigurations": Navigation()})

SCOPE_FIELDS = frozenset(
    {
        "roleScopeTagIds",
        "supportsScopeTags",
        "deviceManagementApplicabilityRuleOsEdition",
        "deviceManagementApplicabilityRuleOsVersion",
        "deviceManagementApplicabilityRuleDeviceMode",
    }
)
"""Properties of a configuration that v1.0 lacks."""

VERSION = frozenset({"version"})
"""Ignored in a create: tools send it as they read it (IntuneManagement, msgraph-sdk-powershell #2742)."""

MANAGED_APP_READ_ONLY = frozenset({"isAssigned", "deployedAppCount", "version"})
"""Refused in managed app policies, although the types do not say so (CIPP: Set-CIPPIntunePolicy)."""
