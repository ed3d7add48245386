"""The only reader of how each policy type of a tenant was synced last."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from ops_admin.database import db
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


def _type_sync(row: DbInventorySync) -> TypeSync:
    return TypeSync(**{name: getattr(row, name) for name in TypeSync.__dataclass_fields__})
