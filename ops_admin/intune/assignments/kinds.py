"""Says which types of policies are assigned to groups. Pure."""

from ops_admin.intune.policies.types import NEVER_ASSIGNED


def is_assignable(policy_type: str) -> bool:
    """Whether policies of the type have assignments."""
    return policy_type not in NEVER_ASSIGNED
