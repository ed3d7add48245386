"""Runs syncs to the end, and reads what they stored."""

from typing import Any

from sqlalchemy import func, select

from ops_admin.access.queries import Tenant, User
from ops_admin.infra.database import db
from ops_admin.intune.policies.models import DbPolicy, DbPolicyVersion
from ops_admin.runs.dispatch import start
from ops_admin.runs.ledger import Run
from ops_admin.runs.queries import get_run
from ops_admin.runs.worker.execution import execute
from tests.graph.simulated import Simulator
from tests.support.factories import actor_of


def sync_inventory(tenant: Tenant, *types: str, user: User | None = None) -> Run:
    """Run an inventory sync in this process, for all types by default."""
    return _run("inventory.sync", tenant, user, {"types": list(types)} if types else {})


def sync_without_assignments(simulator: Simulator, tenant: Tenant, *types: str) -> Run:
    """Run an inventory sync that may read policies, but not their assignments."""
    for path, status in ((r"expand=assignments", 400), (r"/assignments($|\?)", 403)):
        simulator.control("POST", "faults", effect="status", path=path, options={"status": status})
    run = sync_inventory(tenant, *types)
    simulator.control("DELETE", "faults")
    return run


def sync_groups(tenant: Tenant) -> Run:
    """Run a directory sync in this process."""
    return _run("directory.groups.sync", tenant, None, {})


def run_operation(key: str, tenant: Tenant, user: User | None, inputs: dict[str, object]) -> Run:
    """Run any operation in this process."""
    return _run(key, tenant, user, inputs)


def _run(key: str, tenant: Tenant, user: User | None, inputs: dict[str, object]) -> Run:
    started = start(key, actor=actor_of(user), tenant_id=tenant.id, inputs=inputs)
    execute(started.run.id)
    db.session.rollback()
    return get_run(started.run.id)


def policies_of(tenant: Tenant, type_key: str | None = None) -> list[DbPolicy]:
    """The stored policies of a tenant, by name."""
    query = select(DbPolicy).where(DbPolicy.tenant_id == tenant.id).order_by(DbPolicy.search_key)
    if type_key is not None:
        query = query.where(DbPolicy.type == type_key)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def versions_of(policy: DbPolicy) -> list[DbPolicyVersion]:
    """The versions of a policy, oldest first."""
    query = select(DbPolicyVersion).where(DbPolicyVersion.policy_id == policy.id).order_by(DbPolicyVersion.number)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def count(table: Any) -> int:
    """The number of rows in a table."""
    return db.session.execute(select(func.count()).select_from(table)).scalar_one()
