"""The table with the last sync of each policy type of a tenant."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from ops_admin.infra.database import Base, UTCDateTime


class DbInventorySync(Base):
    """The last attempt to sync a policy type of a tenant, and the last successful one."""

    __tablename__ = "inventory_syncs"

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id"), primary_key=True)
    type: Mapped[str] = mapped_column(String(60), primary_key=True)
    attempted_at: Mapped[datetime] = mapped_column(UTCDateTime)
    # No foreign keys: this is kept when the runs are pruned.
    attempted_run_id: Mapped[int] = mapped_column(BigInteger)
    failure_code: Mapped[str | None] = mapped_column(String(100))
    succeeded_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    succeeded_run_id: Mapped[int | None] = mapped_column(BigInteger)
