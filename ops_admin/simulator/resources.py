"""The resource types of the simulated Microsoft Graph, one entry per type."""

from __future__ import annotations

from ops_admin.simulator.shapes import Navigation, Resource

INTUNE = "deviceManagement"
ASSIGNMENTS = {"assignments": Navigation()}
SETTINGS = Navigation(page_size=25, in_list=False)
SCHEDULED_ACTIONS = Navigation(children={"scheduledActionConfigurations": Navigation()})
PRESENTATION_VALUES = Navigation(children={"presentation": Navigation(single=True)})
DEFINITION_VALUES = Navigation(
    in_list=False,
    children={"definition": Navigation(single=True), "presentationValues": PRESENTATION_VALUES},
)
SCOPE_FIELDS = frozenset(
    {
        "roleScopeTagIds",
        "supportsScopeTags",
        "deviceManagementApplicabilityRuleOsEdition",
        "deviceManagementApplicabilityRuleOsVersion",
        "deviceManagementApplicabilityRuleDeviceMode",
    }
)
CATALOG_FIELDS = frozenset(
    {"name", "description", "settings", "platforms", "technologies", "templateReference", "roleScopeTagIds"}
)
APP_COUNTS = ("dependentAppCount", "supersedingAppCount", "supersededAppCount")
GROUP_FIELDS = frozenset({"mailEnabled", "mailNickname", "securityEnabled"})

RESOURCES = (
    Resource(
        "deviceConfigurations",
        f"{INTUNE}/deviceConfigurations",
        polymorphic=True,
        in_v1=True,
        beta_only=SCOPE_FIELDS,
        navigations=ASSIGNMENTS,
        assign_key="assignments",
        computed={"version": 1, "supportsScopeTags": True},
    ),
    Resource(
        "configurationPolicies",
        f"{INTUNE}/configurationPolicies",
        name_field="name",
        navigations={"settings": SETTINGS, **ASSIGNMENTS},
        assign_key="assignments",
        update_method="PUT",
        writable=CATALOG_FIELDS,
        deep_insert=frozenset({"settings"}),
        computed={"creationSource": None, "isAssigned": False, "priorityMetaData": None, "settingCount": 0},
    ),
    Resource(
        "deviceCompliancePolicies",
        f"{INTUNE}/deviceCompliancePolicies",
        polymorphic=True,
        in_v1=True,
        beta_only=SCOPE_FIELDS,
        navigations={"scheduledActionsForRule": SCHEDULED_ACTIONS, **ASSIGNMENTS},
        deep_insert=frozenset({"scheduledActionsForRule"}),
        assign_key="assignments",
        computed={"version": 1},
    ),
    Resource(
        "groupPolicyConfigurations",
        f"{INTUNE}/groupPolicyConfigurations",
        navigations={"definitionValues": DEFINITION_VALUES, **ASSIGNMENTS},
        assign_key="assignments",
    ),
    Resource(
        "deviceManagementScripts",
        f"{INTUNE}/deviceManagementScripts",
        item_only=frozenset({"scriptContent"}),
        navigations=ASSIGNMENTS,
        assign_key="deviceManagementScriptAssignments",
    ),
    Resource(
        "deviceShellScripts",
        f"{INTUNE}/deviceShellScripts",
        item_only=frozenset({"scriptContent"}),
        navigations=ASSIGNMENTS,
        assign_key="deviceManagementScriptAssignments",
    ),
    Resource(
        "deviceHealthScripts",
        f"{INTUNE}/deviceHealthScripts",
        item_only=frozenset({"detectionScriptContent", "remediationScriptContent"}),
        navigations=ASSIGNMENTS,
        assign_key="deviceHealthScriptAssignments",
        assign_status=202,
        computed={"version": "1", "isGlobalScript": False},
    ),
    Resource(
        "mobileApps",
        "deviceAppManagement/mobileApps",
        polymorphic=True,
        in_v1=True,
        beta_only=frozenset({"roleScopeTagIds", "isAssigned", "uploadState"}),
        navigations={"assignments": Navigation(in_list=False)},
        assign_key="mobileAppAssignments",
        assign_status=204,
        refused=frozenset({"uploadState", "publishingState", *APP_COUNTS}),
        computed={
            "uploadState": 1,
            "publishingState": "published",
            "isAssigned": False,
            **dict.fromkeys(APP_COUNTS, 0),
        },
    ),
    Resource(
        "deviceEnrollmentConfigurations",
        f"{INTUNE}/deviceEnrollmentConfigurations",
        polymorphic=True,
        in_v1=True,
        beta_only=frozenset({"roleScopeTagIds"}),
        navigations={"assignments": Navigation(in_list=False)},
        assign_key="enrollmentConfigurationAssignments",
        computed={"version": 1},
    ),
    Resource(
        "windowsAutopilotDeploymentProfiles",
        f"{INTUNE}/windowsAutopilotDeploymentProfiles",
        polymorphic=True,
        navigations={"assignments": Navigation(in_list=False)},
    ),
    Resource(
        "conditionalAccessPolicies",
        "identity/conditionalAccess/policies",
        in_v1=True,
        timestamps=("createdDateTime", "modifiedDateTime"),
        computed={"modifiedDateTime": None},
    ),
    Resource(
        "intents",
        f"{INTUNE}/intents",
        navigations={"settings": SETTINGS, "categories": Navigation(in_list=False), **ASSIGNMENTS},
        assign_key="assignments",
        timestamps=("lastModifiedDateTime",),
        computed={"isAssigned": False, "isMigratingToConfigurationPolicy": None},
    ),
    Resource(
        "compliancePolicies",
        f"{INTUNE}/compliancePolicies",
        name_field="name",
        navigations={"settings": SETTINGS, "scheduledActionsForRule": SCHEDULED_ACTIONS, **ASSIGNMENTS},
        assign_key="assignments",
        update_method="PUT",
        writable=CATALOG_FIELDS | {"scheduledActionsForRule"},
        deep_insert=frozenset({"settings", "scheduledActionsForRule"}),
        computed={"creationSource": None, "isAssigned": False, "settingCount": 0},
    ),
    Resource(
        "roleDefinitions",
        f"{INTUNE}/roleDefinitions",
        in_v1=True,
        beta_only=frozenset({"roleScopeTagIds", "isBuiltInRoleDefinition"}),
        timestamps=(),
        computed={"isBuiltIn": False, "isBuiltInRoleDefinition": False},
    ),
    Resource(
        "roleAssignments",
        f"{INTUNE}/roleAssignments",
        in_v1=True,
        navigations={"roleDefinition": Navigation(single=True)},
        timestamps=(),
    ),
    Resource("roleScopeTags", f"{INTUNE}/roleScopeTags", timestamps=(), computed={"isBuiltIn": False}),
    Resource("assignmentFilters", f"{INTUNE}/assignmentFilters"),
    Resource(
        "namedLocations",
        "identity/conditionalAccess/namedLocations",
        polymorphic=True,
        in_v1=True,
        timestamps=("createdDateTime", "modifiedDateTime"),
    ),
    Resource(
        "groups",
        "groups",
        in_v1=True,
        timestamps=("createdDateTime",),
        max_page=999,
        directory=True,
        required=GROUP_FIELDS,
    ),
)

BY_KEY = {resource.key: resource for resource in RESOURCES}


def find_resource(segments: tuple[str, ...]) -> tuple[Resource, tuple[str, ...]] | None:
    """Return the type that a request path belongs to and the rest of the path, or None."""
    for resource in RESOURCES:
        size = len(resource.segments)
        if [part.lower() for part in segments[:size]] == [part.lower() for part in resource.segments]:
            return resource, segments[size:]
    return None
