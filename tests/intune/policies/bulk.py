"""Starts bulk actions on chosen rows and runs them."""

from collections.abc import Sequence

from sqlalchemy import select

from ops_admin.access.queries import Tenant
from ops_admin.infra.database import db
from ops_admin.intune.policies.models import DbPolicy, DbPolicyVersion
from ops_admin.runs.dispatch import Started, start
from ops_admin.runs.ledger import Actor, Run
from ops_admin.runs.queries import get_run
from ops_admin.runs.worker.execution import execute


def start_on(key: str, tenant: Tenant, ids: Sequence[int]) -> Started:
    """Start an operation on policies or versions."""
    name = "version_ids" if key.startswith("policy_versions.") else "policy_ids"
    return start(key, actor=Actor.system(), tenant_id=tenant.id, inputs={name: list(ids)})


def run_on(key: str, tenant: Tenant, ids: Sequence[int]) -> Run:
    """Start an operation and run it in this process."""
    run_id = start_on(key, tenant, ids).run.id
    execute(run_id)
    db.session.rollback()
    return get_run(run_id)


def states_of(tenant: Tenant) -> dict[str, str]:
    """The state of each policy of a tenant, by name."""
    query = select(DbPolicy.name, DbPolicy.state).where(DbPolicy.tenant_id == tenant.id)
    return {row.name: row.state for row in db.session.execute(query)}


def version_ids_of(policy_id: int) -> list[int]:
    """The versions of a policy, oldest first."""
    query = select(DbPolicyVersion.id).where(DbPolicyVersion.policy_id == policy_id).order_by(DbPolicyVersion.number)
    return list(db.session.scalars(query))
