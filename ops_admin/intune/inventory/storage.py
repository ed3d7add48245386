"""The only writer of how each policy type of a tenant was synced last."""

from datetime import datetime

from ops_admin.infra.database import transaction
from ops_admin.infra.upserts import upsert
from ops_admin.intune.inventory.models import DbInventorySync


def record_attempt(tenant_id: int, policy_type: str, run_id: int, at: datetime, failure_code: str | None) -> None:
    """Note that a run has tried one type, and whether it read all of it (`failure_code` None)."""
    values = {"attempted_at": at, "attempted_run_id": run_id, "failure_code": failure_code}
    if failure_code is None:
        values |= {"succeeded_at": at, "succeeded_run_id": run_id}
    with transaction() as session:
        upsert(session, DbInventorySync.__table__, {"tenant_id": tenant_id, "type": policy_type}, values)
