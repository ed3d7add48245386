"""Fetches and restores assignments, and reads the tenant afterwards."""

from collections.abc import Iterable
from typing import Any

from ops_admin.access.queries import Tenant, User
from ops_admin.infra.database import db
from ops_admin.runs.dispatch import Started, start
from ops_admin.runs.ledger import Run
from ops_admin.runs.queries import get_run
from ops_admin.runs.worker.execution import execute
from tests.graph.simulated import Simulator
from tests.support.factories import actor_of

GROUP = "#microsoft.graph.groupAssignmentTarget"
EXCLUSION = "#microsoft.graph.exclusionGroupAssignmentTarget"


def begin(key: str, tenant: Tenant, user: User | None = None, **inputs: object) -> Started:
    """Start an operation without running it."""
    return start(key, actor=actor_of(user), tenant_id=tenant.id, inputs=inputs)


def fetch(tenant: Tenant, **inputs: object) -> Run:
    """Run a fetch of assignments, of all policies by default."""
    return _finish(begin("assignments.fetch", tenant, **(inputs or {"all": True})))  # type: ignore[arg-type]


def restore(tenant: Tenant, **inputs: object) -> Run:
    """Run a restore of assignments."""
    return _finish(begin("assignments.restore", tenant, **inputs))  # type: ignore[arg-type]


def _finish(started: Started) -> Run:
    execute(started.run.id)
    db.session.rollback()
    return get_run(started.run.id)


def assign_live(simulator: Simulator, tenant: Tenant, type_key: str, policy_id: str, targets: list[Any]) -> None:
    """Set the targets of a policy in the tenant without the console."""
    rows = [{"id": f"{policy_id}_{place}", "target": target} for place, target in enumerate(targets)]
    simulator.control("PATCH", f"tenants/{tenant.external_id}/{type_key}/{policy_id}", assignments=rows)


def live_targets(simulator: Simulator, tenant: Tenant, type_key: str, policy_id: str) -> set[tuple[str, str]]:
    """The targets of the tenant's policy: kind (without its prefix) and group."""
    policy = simulator.control("GET", f"tenants/{tenant.external_id}/{type_key}/{policy_id}")
    return targets_of(policy["assignments"])


def targets_of(assignments: Iterable[dict[str, Any]]) -> set[tuple[str, str]]:
    """The kind and the group of each assignment."""
    targets = [each["target"] for each in assignments]
    return {(each["@odata.type"].removeprefix("#microsoft.graph."), each.get("groupId", "")) for each in targets}


def count_writes(simulator: Simulator) -> int:
    """The number of assign requests that were sent."""
    return int(simulator.control("GET", "requests?path=/assign$&method=POST&count=1")["count"])
