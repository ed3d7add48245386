"""Reads the last sync of each policy type of a tenant."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from ops_admin.infra.database import db
from ops_admin.intune.inventory.models import DbInventorySync


@dataclass(frozen=True)
class TypeSync:
    """The last attempt to sync a policy type, and the last successful one (None: never)."""

    type: str
    attempted_at: datetime
    attempted_run_id: int
    failure_code: str | None
    succeeded_at: datetime | None
    succeeded_run_id: int | None


def syncs_by_type(tenant_id: int) -> Mapping[str, TypeSync]:
    """Return the last sync of each policy type of a tenant; types that were never synced are left out."""
    query = select(DbInventorySync).where(DbInventorySync.tenant_id == tenant_id)
    names = TypeSync.__dataclass_fields__
    return {row.type: TypeSync(**{name: getattr(row, name) for name in names}) for row in db.session.scalars(query)}


@dataclass(frozen=True)
class LastSync:
    """The newest attempt for any type of a tenant, and for how many types the last attempt succeeded or failed."""

    attempted_at: datetime
    read_types: int
    failed_types: int


def last_syncs(tenant_ids: Collection[int]) -> Mapping[int, LastSync]:
    """Return the last sync of each tenant with one query; tenants that were never synced are left out."""
    table = DbInventorySync
    query = select(
        table.tenant_id,
        func.max(table.attempted_at).label("attempted_at"),
        func.count().label("types"),
        func.count(table.failure_code).label("failed"),
    ).where(table.tenant_id.in_(tenant_ids))
    rows = db.session.execute(query.group_by(table.tenant_id))
    return {row.tenant_id: LastSync(row.attempted_at, row.types - row.failed, row.failed) for row in rows}
