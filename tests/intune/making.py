"""Factories for data that a sync would have stored."""

import itertools
from typing import Any

from ops_admin.access.queries import Tenant
from ops_admin.infra.database import transaction, utcnow
from ops_admin.intune.directory.storage import record_groups
from ops_admin.intune.policies.models import DbPolicy
from ops_admin.intune.policies.observations import Observation
from ops_admin.intune.policies.states import PolicyState
from ops_admin.intune.policies.storage import record_observations

_numbers = itertools.count(1)


def make_policy(
    tenant: Tenant,
    name: str = "A policy",
    type_key: str = "intents",
    *,
    external_id: str | None = None,
    content: dict[str, Any] | None = None,
    state: PolicyState = PolicyState.ACTIVE,
    run_id: int = 1,
) -> int:
    """Store a policy with one version and return its id."""
    number = next(_numbers)
    external_id = external_id or f"policy-{number}"
    seen = Observation(external_id, name, utcnow(), content or {"displayName": name}, f"{number:064}")
    record_observations(tenant.id, type_key, [seen], run_id)
    with transaction() as session:
        row = session.query(DbPolicy).filter_by(tenant_id=tenant.id, type=type_key, external_id=external_id).one()
        row.state = state
        return row.id


def add_version(tenant: Tenant, policy_id: int, content: dict[str, Any]) -> None:
    """Store new content of a policy, like a sync after a change."""
    with transaction() as session:
        policy = session.get_one(DbPolicy, policy_id)
        seen = Observation(policy.external_id, policy.name, utcnow(), content, f"{next(_numbers):064}")
        record_observations(tenant.id, policy.type, [seen], run_id=2)


def make_policies(tenant: Tenant, number: int, type_key: str = "intents") -> None:
    """Store a number of policies with numbered names, all at once."""
    now = utcnow()
    seen = [
        Observation(f"many-{position}", f"Policy {position:05}", now, {"displayName": str(position)}, f"{position:064}")
        for position in range(number)
    ]
    record_observations(tenant.id, type_key, seen, run_id=1)


def make_groups(tenant: Tenant, *names: str) -> None:
    """Cache groups with these names."""
    record_groups(tenant.id, {f"group-{next(_numbers)}": name for name in names}, utcnow())
