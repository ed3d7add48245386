"""The tables of the cached directory of a tenant."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ops_admin.infra.database import Base, BigIntKey, UTCDateTime, utcnow
from ops_admin.intune.names import LONGEST_NAME, SearchKey

LONGEST_EXTERNAL_ID = 64


class DbDirectoryGroup(Base):
    """One group of a tenant."""

    __tablename__ = "directory_groups"
    __table_args__ = (
        UniqueConstraint("tenant_id", "external_id"),
        # For sorting the list; a search reads only this index of rows that do not match.
        Index("ix_directory_groups_tenant_name", "tenant_id", "search_key", "id"),
    )

    id: Mapped[int] = mapped_column(BigIntKey, primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id"))
    external_id: Mapped[str] = mapped_column(String(LONGEST_EXTERNAL_ID))
    display_name: Mapped[str] = mapped_column(String(LONGEST_NAME))
    search_key: Mapped[str] = mapped_column(SearchKey)
    last_seen_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)


class DbDirectorySync(Base):
    """The last attempt to read a tenant's groups, and the last successful one."""

    __tablename__ = "directory_syncs"

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id"), primary_key=True)
    attempted_at: Mapped[datetime] = mapped_column(UTCDateTime)
    # No foreign keys: this is kept when the runs are pruned.
    attempted_run_id: Mapped[int] = mapped_column(BigInteger)
    failure_code: Mapped[str | None] = mapped_column(String(100))
    succeeded_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    succeeded_run_id: Mapped[int | None] = mapped_column(BigInteger)


class DbAssignmentFilter(Base):
    """One assignment filter of a tenant."""

    __tablename__ = "assignment_filters"
    __table_args__ = (UniqueConstraint("tenant_id", "external_id"),)

    id: Mapped[int] = mapped_column(BigIntKey, primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id"))
    external_id: Mapped[str] = mapped_column(String(LONGEST_EXTERNAL_ID))
    display_name: Mapped[str] = mapped_column(String(LONGEST_NAME))


class DbAssignmentFilterSync(Base):
    """The last attempt to read a tenant's assignment filters, and the last successful one."""

    __tablename__ = "assignment_filter_syncs"

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id"), primary_key=True)
    attempted_at: Mapped[datetime] = mapped_column(UTCDateTime)
    failure_code: Mapped[str | None] = mapped_column(String(100))
    succeeded_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
