"""The table of review packs (R46)."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ops_admin.infra.database import Base, BigIntKey, JSONObject, UTCDateTime, utcnow
from ops_admin.reviews.states import PackStatus

_KNOWN_STATUS = "status IN ({})".format(", ".join(f"'{status}'" for status in PackStatus))
_READY = (
    "status <> 'ready' OR (file_path IS NOT NULL AND file_disk IS NOT NULL AND file_size IS NOT NULL"
    " AND generated_at IS NOT NULL AND expires_at IS NOT NULL)"
)
_FILE = "(file_path IS NULL) = (file_disk IS NULL)"


class DbReviewPack(Base):
    """One review pack, and where its file is.

    `file_path` and `file_disk` are set before the file is written and cleared after it is removed: while they are set,
    there may be a file. `summary` holds the pack's key figures, or why there is no file.
    """

    __tablename__ = "review_packs"
    __table_args__ = (
        CheckConstraint(_KNOWN_STATUS, name="known_status"),
        CheckConstraint(_READY, name="ready_has_a_file"),
        CheckConstraint(_FILE, name="path_with_disk"),
        UniqueConstraint("operation_run_id"),
        Index("ix_review_packs_tenant", "tenant_id", "id"),
        Index("ix_review_packs_due", "status", "expires_at"),
    )

    id: Mapped[int] = mapped_column(BigIntKey, primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"))
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id"))
    # No foreign key: a pack may outlive its run, which may be pruned (R48).
    operation_run_id: Mapped[int] = mapped_column(BigInteger)
    initiated_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    status: Mapped[str] = mapped_column(String(12), default=PackStatus.QUEUED)
    options: Mapped[dict[str, Any]] = mapped_column(JSONObject)
    summary: Mapped[dict[str, Any] | None] = mapped_column(JSONObject)
    generated_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    file_path: Mapped[str | None] = mapped_column(String(300))
    file_disk: Mapped[str | None] = mapped_column(String(10))
    file_size: Mapped[int | None] = mapped_column(BigInteger)
    # None in rows of earlier versions, until housekeeping fills them in.
    created_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=utcnow)
    updated_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=utcnow, onupdate=utcnow)
