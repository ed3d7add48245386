"""The policy types that the console knows: where Graph has them and how they are read, written and assigned."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from ops_admin.graph.addresses import BETA, path_of
from ops_admin.graph.errors import N_

_INTUNE = "deviceManagement"
_NO_PARAMS: Mapping[str, str] = MappingProxyType({})


class UnknownPolicyType(LookupError):
    """No policy type has this key."""


LARGEST_PAGE = 999


def _with_top(params: Mapping[str, str], page_size: int | None) -> Mapping[str, str]:
    return params if page_size is None else {**params, "$top": str(page_size)}


@dataclass(frozen=True)
class SubResource:
    """A collection below an object that needs a request of its own and is stored in the policy under `name`.

    `parts` are collections below each element of this one. `page_size` is asked for with `$top`, unless Graph refuses.
    """

    name: str
    params: Mapping[str, str] = field(default_factory=lambda: _NO_PARAMS)
    parts: tuple["SubResource", ...] = ()
    page_size: int | None = None

    @property
    def wide_params(self) -> Mapping[str, str]:
        """The parameters that ask for large pages."""
        return _with_top(self.params, self.page_size)


@dataclass(frozen=True)
class PolicyType:
    """One kind of policy.

    Lists return complete items, except for types with `read_each` (each policy must be read individually) or
    `expand` (individually and with this `$expand`). With `expand_optional` the list item is used if Graph
    refuses to expand. `assign_key` is the name of the list in the body of `/assign`; None means that the type
    has no such call. With `assignments_in_list` the list shows assignments if it is asked to expand them.
    `import_order`: policies that others refer to have the lower number. `page_size` is asked for with `$top`,
    unless Graph refuses; None leaves it to Graph, as for types whose lists hold whole policies of any size.
    """

    key: str
    path: str
    label: str
    name_field: str = "displayName"
    version: str = BETA
    list_params: Mapping[str, str] = field(default_factory=lambda: _NO_PARAMS)
    page_size: int | None = None
    read_each: bool = False
    expand: str | None = None
    expand_optional: bool = False
    sub_resources: tuple[SubResource, ...] = ()
    assignable: bool = True
    assign_key: str | None = "assignments"
    assignments_in_list: bool = False
    update_method: str = "PATCH"
    import_order: int = 50

    def list_variants(self, *, with_assignments: bool) -> Iterator[Mapping[str, str]]:
        """Yield the parameters of the list, each to be used if Graph refuses those before: first all that is wanted."""
        wide = _with_top(self.list_params, self.page_size)
        if with_assignments and self.assignments_in_list:
            yield {**wide, "$expand": "assignments"}
        yield wide
        if wide != self.list_params:
            yield self.list_params

    def item_path(self, policy_id: str, *segments: str) -> str:
        """Return the path of one policy, or of something below it."""
        return f"{self.path}/{path_of(policy_id, *segments)}"


_SETTINGS = SubResource("settings", page_size=LARGEST_PAGE)
_DEFINITION_VALUES = SubResource(
    "definitionValues",
    {"$expand": "definition"},
    parts=(SubResource("presentationValues", {"$expand": "presentation"}),),
)
_SCHEDULED_ACTIONS = "scheduledActionsForRule($expand=scheduledActionConfigurations)"

POLICY_TYPES: tuple[PolicyType, ...] = (
    PolicyType(
        "roleDefinitions",
        f"{_INTUNE}/roleDefinitions",
        N_("Role definitions"),
        list_params={"$filter": "isBuiltIn eq false"},
        assignable=False,
        assign_key=None,
        import_order=30,
    ),
    PolicyType(
        "deviceConfigurations",
        f"{_INTUNE}/deviceConfigurations",
        N_("Device configurations"),
        assignments_in_list=True,
    ),
    PolicyType(
        "configurationPolicies",
        f"{_INTUNE}/configurationPolicies",
        N_("Settings catalog"),
        page_size=LARGEST_PAGE,
        name_field="name",
        sub_resources=(_SETTINGS,),
        update_method="PUT",
        assignments_in_list=True,
    ),
    PolicyType(
        "groupPolicyConfigurations",
        f"{_INTUNE}/groupPolicyConfigurations",
        N_("Administrative templates"),
        page_size=LARGEST_PAGE,
        sub_resources=(_DEFINITION_VALUES,),
        assignments_in_list=True,
    ),
    PolicyType(
        "intents",
        f"{_INTUNE}/intents",
        N_("Endpoint security (templates)"),
        page_size=LARGEST_PAGE,
        sub_resources=(_SETTINGS,),
        assignments_in_list=True,
    ),
    PolicyType(
        "deviceCompliancePolicies",
        f"{_INTUNE}/deviceCompliancePolicies",
        N_("Compliance policies"),
        expand=_SCHEDULED_ACTIONS,
        assignments_in_list=True,
    ),
    PolicyType(
        "compliancePolicies",
        f"{_INTUNE}/compliancePolicies",
        N_("Compliance policies (settings catalog)"),
        page_size=LARGEST_PAGE,
        name_field="name",
        expand=_SCHEDULED_ACTIONS,
        expand_optional=True,
        sub_resources=(_SETTINGS,),
        update_method="PUT",
        assignments_in_list=True,
    ),
    PolicyType(
        "deviceManagementScripts",
        f"{_INTUNE}/deviceManagementScripts",
        N_("Windows scripts"),
        page_size=LARGEST_PAGE,
        read_each=True,
        assign_key="deviceManagementScriptAssignments",
        assignments_in_list=True,
    ),
    PolicyType(
        "deviceShellScripts",
        f"{_INTUNE}/deviceShellScripts",
        N_("macOS shell scripts"),
        page_size=LARGEST_PAGE,
        read_each=True,
        assign_key="deviceManagementScriptAssignments",
        assignments_in_list=True,
    ),
    PolicyType(
        "deviceHealthScripts",
        f"{_INTUNE}/deviceHealthScripts",
        N_("Remediations"),
        page_size=LARGEST_PAGE,
        read_each=True,
        assign_key="deviceHealthScriptAssignments",
        assignments_in_list=True,
    ),
    PolicyType(
        "mobileApps",
        "deviceAppManagement/mobileApps",
        N_("Apps"),
        read_each=True,  # lists show neither icons nor scope tags
        assign_key="mobileAppAssignments",
    ),
    PolicyType(
        "deviceEnrollmentConfigurations",
        f"{_INTUNE}/deviceEnrollmentConfigurations",
        N_("Enrollment configurations"),
        assign_key="enrollmentConfigurationAssignments",
        import_order=60,
    ),
    PolicyType(
        "windowsAutopilotDeploymentProfiles",
        f"{_INTUNE}/windowsAutopilotDeploymentProfiles",
        N_("Autopilot deployment profiles"),
        assign_key=None,  # each target is posted to /assignments
        import_order=60,
    ),
    PolicyType(
        "conditionalAccessPolicies",
        "identity/conditionalAccess/policies",
        N_("Conditional access policies"),
        assignable=False,
        assign_key=None,
        import_order=70,
    ),
    PolicyType(
        "roleAssignments",
        f"{_INTUNE}/roleAssignments",
        N_("Role assignments"),
        expand="roleDefinition",
        expand_optional=True,
        assignable=False,
        assign_key=None,
        import_order=70,
    ),
)

_BY_KEY = {policy_type.key: policy_type for policy_type in POLICY_TYPES}


def find_policy_type(key: str) -> PolicyType | None:
    """Return the type with this key, or None."""
    return _BY_KEY.get(key)


def get_policy_type(key: str) -> PolicyType:
    """Return the type with this key; raises UnknownPolicyType."""
    try:
        return _BY_KEY[key]
    except KeyError as missing:
        raise UnknownPolicyType(key) from missing
