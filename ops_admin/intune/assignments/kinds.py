"""Which policies are assigned to groups, in the keys of GRAPH.md's table. Pure."""

NOT_ASSIGNABLE = frozenset({"conditionalAccessPolicies", "roleDefinitions", "roleAssignments"})
"""Types whose users and groups are inside the policy itself."""


def is_assignable(policy_type: str) -> bool:
    """Whether policies of the type have assignments."""
    return policy_type not in NOT_ASSIGNABLE
