"""The table of the tenants' own credentials."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ops_admin.infra.database import Base, BigIntKey, UTCDateTime, utcnow


class DbTenantCredential(Base):
    """A tenant's own application with its secret or certificate, sealed (R39, R75).

    A tenant has at most one that is current, and one that waits for its check. `id` is never used twice for the same
    tenant, so a check of a credential that was replaced meanwhile finds nothing. `last_run_id` has no foreign key,
    because the credential is kept when runs are pruned.
    """

    __tablename__ = "tenant_credentials"
    __table_args__ = (
        UniqueConstraint("tenant_id", "is_current"),
        CheckConstraint("kind IN ('secret', 'certificate')", name="known_kind"),
        CheckConstraint("kind = 'secret' OR (expires_at IS NOT NULL AND thumbprint IS NOT NULL)", name="whole"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigIntKey, primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id"))
    is_current: Mapped[bool] = mapped_column(default=False)
    kind: Mapped[str] = mapped_column(String(12))
    client_id: Mapped[str] = mapped_column(String(36))
    sealed: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    thumbprint: Mapped[str | None] = mapped_column(String(64))
    set_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    set_by_name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    checked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    failure_code: Mapped[str | None] = mapped_column(String(100))
    last_run_id: Mapped[int | None] = mapped_column(BigInteger)
