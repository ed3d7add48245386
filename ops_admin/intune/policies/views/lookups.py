"""Finds the policy and the version of a URL, or answers 404."""

from flask import abort

from ops_admin.access.queries import Tenant
from ops_admin.intune.policies import queries
from ops_admin.intune.policies.queries import Policy, Version
from ops_admin.web.keyset import LARGEST_ID

LARGEST_NUMBER = 2**31 - 1


def policy_or_404(tenant: Tenant, policy_id: int) -> Policy:
    """Return the tenant's policy with this id."""
    policy = queries.find_policy(tenant.id, policy_id) if policy_id <= LARGEST_ID else None
    if policy is None:
        abort(404)
    return policy


def version_or_404(policy: Policy, number: int) -> Version:
    """Return the policy's version with this number."""
    version = queries.find_version(policy.id, number) if number <= LARGEST_NUMBER else None
    if version is None:
        abort(404)
    return version


def named_version_or_404(policy: Policy, asked: str) -> Version:
    """Return the version whose number is in the query string."""
    is_number = asked.isascii() and asked.isdigit() and len(asked) <= len(str(LARGEST_NUMBER))
    return version_or_404(policy, int(asked) if is_number else 0)
