"""Writes the last sync of each policy type of a tenant."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete

from ops_admin.infra.database import transaction
from ops_admin.infra.upserts import upsert
from ops_admin.intune.inventory.models import DbInventorySync


def record_attempt(tenant_id: int, policy_type: str, run_id: int, at: datetime, failure_code: str | None) -> None:
    """Record a run's attempt to sync one type; `failure_code` is None if it succeeded."""
    values = {"attempted_at": at, "attempted_run_id": run_id, "failure_code": failure_code}
    if failure_code is None:
        values |= {"succeeded_at": at, "succeeded_run_id": run_id}
    with transaction() as session:
        upsert(session, DbInventorySync.__table__, {"tenant_id": tenant_id, "type": policy_type}, values)


def forget_attempts(tenant_id: int, policy_types: Collection[str]) -> None:
    """Forget the attempts for types that the tenant does not offer any longer, so that no page asks for their sync."""
    if policy_types:
        with transaction() as session:
            mine = DbInventorySync.tenant_id == tenant_id
            session.execute(delete(DbInventorySync).where(mine, DbInventorySync.type.in_(policy_types)))
