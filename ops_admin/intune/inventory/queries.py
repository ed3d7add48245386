"""The only reader of how each policy type of a tenant was synced last."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from ops_admin.infra.database import db
from ops_admin.intune.inventory.models import DbInventorySync


@dataclass(frozen=True)
class TypeSync:
    """The last attempt on a policy type, and the last one that read all of it (None: never)."""

    type: str
    attempted_at: datetime
    attempted_run_id: int
    failure_code: str | None
    succeeded_at: datetime | None
    succeeded_run_id: int | None


def syncs_by_type(tenant_id: int) -> Mapping[str, TypeSync]:
    """Return what is known of each policy type of a tenant; a type that was never tried is left out."""
    query = select(DbInventorySync).where(DbInventorySync.tenant_id == tenant_id)
    return {row.type: _type_sync(row) for row in db.session.scalars(query)}


@dataclass(frozen=True)
class LastSync:
    """The newest attempt on any type of a tenant; how many types were read whole at their last attempt, or not."""

    attempted_at: datetime
    read_types: int
    failed_types: int


def last_syncs(tenant_ids: Collection[int]) -> Mapping[int, LastSync]:
    """Return how each of the tenants was synced last, by one query; one that never was is left out."""
    table = DbInventorySync
    query = select(
        table.tenant_id,
        func.max(table.attempted_at).label("attempted_at"),
        func.count().label("types"),
        func.count(table.failure_code).label("failed"),
    ).where(table.tenant_id.in_(tenant_ids))
    rows = db.session.execute(query.group_by(table.tenant_id))
    return {row.tenant_id: LastSync(row.attempted_at, row.types - row.failed, row.failed) for row in rows}


def _type_sync(row: DbInventorySync) -> TypeSync:
    return TypeSync(**{name: getattr(row, name) for name in TypeSync.__dataclass_fields__})
