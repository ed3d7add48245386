"""The table that remembers how each policy type of a tenant was synced last."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from ops_admin.infra.database import Base, UTCDateTime


class DbInventorySync(Base):
    """The last attempt on one policy type of a tenant, and the last one that read all of it."""

    __tablename__ = "inventory_syncs"

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id"), primary_key=True)
    type: Mapped[str] = mapped_column(String(60), primary_key=True)
    attempted_at: Mapped[datetime] = mapped_column(UTCDateTime)
    # No foreign keys: what is known outlives the runs that learned it.
    attempted_run_id: Mapped[int] = mapped_column(BigInteger)
    failure_code: Mapped[str | None] = mapped_column(String(100))
    succeeded_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    succeeded_run_id: Mapped[int | None] = mapped_column(BigInteger)
