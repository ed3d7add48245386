"""Configuration, compliance, templates and endpoint security."""

from __future__ import annotations

from ops_admin.simulator.resources.parts import (
    ASSIGNMENTS,
    INTUNE,
    SCHEDULED_ACTIONS,
    SCOPE_FIELDS,
    SETTINGS,
    VERSION,
)
from ops_admin.simulator.shapes import Assigning, Navigation, Resource

PRESENTATION_VALUES = Navigation(children={"presentation": Navigation(single=True)})
DEFINITION_VALUES = Navigation(
    in_list=False,
    children={"definition": Navigation(single=True), "presentationValues": PRESENTATION_VALUES},
)
CATALOG_FIELDS = frozenset(
    {"name", "description", "settings", "platforms", "technologies", "templateReference", "roleScopeTagIds"}
)

CONFIGURATION = (
    Resource(
        "deviceConfigurations",
        f"{INTUNE}/deviceConfigurations",
        "deviceConfiguration",
        polymorphic=True,
        in_v1=True,
        beta_only=SCOPE_FIELDS,
        navigations=ASSIGNMENTS,
        assigning=Assigning("deviceConfigurationAssignment"),
        # The service accepts what it returned, this flag included (msgraph-beta-sdk-dotnet #873).
        passed_over=VERSION | {"supportsScopeTags"},
        # A custom setting that is not encrypted says so (IntuneManagement: Start-PostGetDeviceConfiguration).
        allowed=frozenset({"isEncrypted", "secretReferenceValueId"}),
        computed={"version": 1, "supportsScopeTags": True},
    ),
    Resource(
        "configurationPolicies",
        f"{INTUNE}/configurationPolicies",
        "deviceManagementConfigurationPolicy",
        name_field="name",
        navigations={"settings": SETTINGS, **ASSIGNMENTS},
        assigning=Assigning("deviceManagementConfigurationPolicyAssignment"),
        update_methods=("PATCH", "PUT"),
        writable=CATALOG_FIELDS,
        # A template reference is sent as it was read (IntuneManagement imports its exports).
        allowed=frozenset({"templateDisplayName", "templateDisplayVersion"}),
        deep_insert=frozenset({"settings"}),
        computed={"creationSource": None, "isAssigned": False, "priorityMetaData": None, "settingCount": 0},
        page_size=25,
    ),
    Resource(
        "deviceCompliancePolicies",
        f"{INTUNE}/deviceCompliancePolicies",
        "deviceCompliancePolicy",
        polymorphic=True,
        in_v1=True,
        beta_only=SCOPE_FIELDS,
        navigations={"scheduledActionsForRule": SCHEDULED_ACTIONS, **ASSIGNMENTS},
        deep_insert=frozenset({"scheduledActionsForRule"}),
        assigning=Assigning("deviceCompliancePolicyAssignment"),
        passed_over=VERSION,
        computed={"version": 1},
    ),
    Resource(
        "compliancePolicies",
        f"{INTUNE}/compliancePolicies",
        "deviceManagementCompliancePolicy",
        name_field="name",
        navigations={"settings": SETTINGS, "scheduledActionsForRule": SCHEDULED_ACTIONS, **ASSIGNMENTS},
        assigning=Assigning("deviceManagementConfigurationPolicyAssignment"),
        update_methods=("PATCH", "PUT"),
        writable=CATALOG_FIELDS | {"scheduledActionsForRule"},
        deep_insert=frozenset({"settings", "scheduledActionsForRule"}),
        computed={"creationSource": None, "isAssigned": False, "settingCount": 0},
    ),
    Resource(
        "groupPolicyConfigurations",
        f"{INTUNE}/groupPolicyConfigurations",
        "groupPolicyConfiguration",
        navigations={"definitionValues": DEFINITION_VALUES, **ASSIGNMENTS},
        assigning=Assigning("groupPolicyConfigurationAssignment"),
    ),
    Resource(
        "intents",
        f"{INTUNE}/intents",
        "deviceManagementIntent",
        navigations={"settings": SETTINGS, "categories": Navigation(in_list=False), **ASSIGNMENTS},
        assigning=Assigning("deviceManagementIntentAssignment"),
        timestamps=("lastModifiedDateTime",),
        computed={"isAssigned": False, "isMigratingToConfigurationPolicy": None},
    ),
    Resource(
        "reusablePolicySettings",
        f"{INTUNE}/reusablePolicySettings",
        "deviceManagementReusablePolicySetting",
        # The setting itself must be selected by name (IntuneManagement: Start-PostGetReusableSettings).
        selected_only=frozenset({"settingInstance"}),
        update_methods=("PATCH", "PUT"),
        passed_over=VERSION,
        computed={"version": 1, "referencingConfigurationPolicyCount": 0},
    ),
    Resource(
        "windowsFeatureUpdateProfiles",
        f"{INTUNE}/windowsFeatureUpdateProfiles",
        "windowsFeatureUpdateProfile",
        navigations=ASSIGNMENTS,
        assigning=Assigning("windowsFeatureUpdateProfileAssignment"),
    ),
    Resource(
        "windowsDriverUpdateProfiles",
        f"{INTUNE}/windowsDriverUpdateProfiles",
        "windowsDriverUpdateProfile",
        navigations={"driverInventories": Navigation(in_list=False), **ASSIGNMENTS},
        assigning=Assigning("windowsDriverUpdateProfileAssignment"),
        computed={"newUpdates": 0, "deviceReporting": 0, "inventorySyncStatus": None},
    ),
    Resource(
        "windowsQualityUpdateProfiles",
        f"{INTUNE}/windowsQualityUpdateProfiles",
        "windowsQualityUpdateProfile",
        navigations=ASSIGNMENTS,
        assigning=Assigning("windowsQualityUpdateProfileAssignment"),
    ),
    Resource(
        "windowsQualityUpdatePolicies",
        f"{INTUNE}/windowsQualityUpdatePolicies",
        "windowsQualityUpdatePolicy",
        navigations=ASSIGNMENTS,
        assigning=Assigning("windowsQualityUpdatePolicyAssignment"),
    ),
)
