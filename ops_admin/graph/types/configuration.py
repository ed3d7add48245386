"""Configuration, templates, endpoint security and compliance."""

from ops_admin.graph.errors import N_
from ops_admin.graph.types.shapes import (
    CONFIGURATION_PERMISSION,
    INTUNE,
    LARGEST_PAGE,
    SETTINGS,
    PolicyType,
    SubResource,
)

_DEFINITION_VALUES = SubResource(
    "definitionValues",
    {"$expand": "definition"},
    parts=(SubResource("presentationValues", {"$expand": "presentation"}),),
)
_SCHEDULED_ACTIONS = "scheduledActionsForRule($expand=scheduledActionConfigurations)"

CONFIGURATION: tuple[PolicyType, ...] = (
    PolicyType(
        "deviceConfigurations",
        f"{INTUNE}/deviceConfigurations",
        N_("Device configurations"),
        CONFIGURATION_PERMISSION,
        assignments_in_list=True,
    ),
    PolicyType(
        "reusablePolicySettings",
        f"{INTUNE}/reusablePolicySettings",
        N_("Reusable settings"),
        CONFIGURATION_PERMISSION,
        select="id,displayName,description,settingDefinitionId,settingInstance,version",
        update_method="PUT",
        assignable=False,
        assign_key=None,
        import_order=40,
    ),
    PolicyType(
        "configurationPolicies",
        f"{INTUNE}/configurationPolicies",
        N_("Settings catalog"),
        CONFIGURATION_PERMISSION,
        page_size=LARGEST_PAGE,
        name_field="name",
        sub_resources=(SETTINGS,),
        update_method="PUT",
        assignments_in_list=True,
    ),
    PolicyType(
        "groupPolicyConfigurations",
        f"{INTUNE}/groupPolicyConfigurations",
        N_("Administrative templates"),
        CONFIGURATION_PERMISSION,
        page_size=LARGEST_PAGE,
        sub_resources=(_DEFINITION_VALUES,),
        assignments_in_list=True,
    ),
    PolicyType(
        "intents",
        f"{INTUNE}/intents",
        N_("Endpoint security (templates)"),
        CONFIGURATION_PERMISSION,
        page_size=LARGEST_PAGE,
        sub_resources=(SETTINGS,),
        assignments_in_list=True,
    ),
    PolicyType(
        "deviceCompliancePolicies",
        f"{INTUNE}/deviceCompliancePolicies",
        N_("Compliance policies"),
        CONFIGURATION_PERMISSION,
        expand=_SCHEDULED_ACTIONS,
        assignments_in_list=True,
    ),
    PolicyType(
        "compliancePolicies",
        f"{INTUNE}/compliancePolicies",
        N_("Compliance policies (settings catalog)"),
        CONFIGURATION_PERMISSION,
        page_size=LARGEST_PAGE,
        name_field="name",
        expand=_SCHEDULED_ACTIONS,
        expand_optional=True,
        sub_resources=(SETTINGS,),
        update_method="PUT",
        assignments_in_list=True,
    ),
)
