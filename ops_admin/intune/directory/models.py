"""The cached directory of a tenant."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ops_admin.infra.database import Base, BigIntKey, UTCDateTime, utcnow
from ops_admin.intune.names import LONGEST_NAME, SearchKey

LONGEST_EXTERNAL_ID = 64


class DbDirectoryGroup(Base):
    """One group of a tenant: what a person needs to recognise it."""

    __tablename__ = "directory_groups"
    __table_args__ = (
        UniqueConstraint("tenant_id", "external_id"),
        # Serves the order of the list, and a search reads nothing else of the rows it passes over.
        Index("ix_directory_groups_tenant_name", "tenant_id", "search_key", "id"),
    )

    id: Mapped[int] = mapped_column(BigIntKey, primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id"))
    external_id: Mapped[str] = mapped_column(String(LONGEST_EXTERNAL_ID))
    display_name: Mapped[str] = mapped_column(String(LONGEST_NAME))
    search_key: Mapped[str] = mapped_column(SearchKey)
    last_seen_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)


class DbDirectorySync(Base):
    """The last attempt to read a tenant's groups, and the last one that read all of them."""

    __tablename__ = "directory_syncs"

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id"), primary_key=True)
    attempted_at: Mapped[datetime] = mapped_column(UTCDateTime)
    # No foreign keys: what is known outlives the runs that learned it.
    attempted_run_id: Mapped[int] = mapped_column(BigInteger)
    failure_code: Mapped[str | None] = mapped_column(String(100))
    succeeded_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    succeeded_run_id: Mapped[int | None] = mapped_column(BigInteger)


class DbAssignmentFilter(Base):
    """One assignment filter of a tenant, by which assignments are narrowed: what a person needs to recognise it."""

    __tablename__ = "assignment_filters"
    __table_args__ = (UniqueConstraint("tenant_id", "external_id"),)

    id: Mapped[int] = mapped_column(BigIntKey, primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id"))
    external_id: Mapped[str] = mapped_column(String(LONGEST_EXTERNAL_ID))
    display_name: Mapped[str] = mapped_column(String(LONGEST_NAME))


class DbAssignmentFilterSync(Base):
    """The last attempt to read a tenant's assignment filters, and the last one that read all of them."""

    __tablename__ = "assignment_filter_syncs"

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id"), primary_key=True)
    attempted_at: Mapped[datetime] = mapped_column(UTCDateTime)
    failure_code: Mapped[str | None] = mapped_column(String(100))
    succeeded_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
