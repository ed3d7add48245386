"""The policy types that the console knows. A new one is an entry in the file of its area in `types`."""

from ops_admin.graph.errors import GraphError
from ops_admin.graph.types.access import ACCESS
from ops_admin.graph.types.apps import APPLICATIONS, MANAGED_APPS
from ops_admin.graph.types.configuration import CONFIGURATION
from ops_admin.graph.types.enrollment import ENROLLMENT
from ops_admin.graph.types.scripts import SCRIPTS
from ops_admin.graph.types.shapes import LARGEST_PAGE, PolicyType, SubResource
from ops_admin.graph.types.tenant import TENANT
from ops_admin.graph.types.updates import UPDATES

__all__ = [
    "LARGEST_PAGE",
    "POLICY_TYPES",
    "PolicyType",
    "SubResource",
    "UnknownPolicyType",
    "find_policy_type",
    "get_policy_type",
    "is_not_offered",
]


class UnknownPolicyType(LookupError):
    """No policy type has this key."""


POLICY_TYPES: tuple[PolicyType, ...] = (
    *CONFIGURATION,
    *SCRIPTS,
    *UPDATES,
    *APPLICATIONS,
    *MANAGED_APPS,
    *ENROLLMENT,
    *ACCESS,
    *TENANT,
)

OFFERED_EVERYWHERE = frozenset(
    {
        *("configurationPolicies", "deviceConfigurations", "groupPolicyConfigurations", "intents"),
        *("compliancePolicies", "deviceCompliancePolicies", "conditionalAccessPolicies", "mobileApps"),
        *("deviceHealthScripts", "deviceManagementScripts", "deviceShellScripts"),
        *("deviceEnrollmentConfigurations", "windowsAutopilotDeploymentProfiles"),
        *("roleAssignments", "roleDefinitions"),
    }
)
"""Types that every tenant with Intune has. Whether it has the others depends on its cloud and its licences."""
_NOT_OFFERED = frozenset({400, 404})

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


def is_not_offered(policy_type: PolicyType, refusal: GraphError) -> bool:
    """Say whether the answer to a list means that this tenant does not have the type at all.

    Graph answers 400 ("Resource not found for the segment") or 404 for paths that a cloud or a tenant does not have.
    """
    return policy_type.key not in OFFERED_EVERYWHERE and refusal.status in _NOT_OFFERED
