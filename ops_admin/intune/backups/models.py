"""The tables of backup sets and their items."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ops_admin.infra.database import Base, BigIntKey, UTCDateTime, utcnow
from ops_admin.intune.backups.states import BackupStatus
from ops_admin.intune.names import LONGEST_NAME, SearchKey

LONGEST_EXTERNAL_ID = 200
LONGEST_SET_NAME = 120

_KNOWN_STATUS = "status IN ({})".format(", ".join(f"'{status}'" for status in BackupStatus))
_ENDED = "(status = 'capturing') = (completed_at IS NULL)"
_WHOLE = "(status IN ('complete', 'partial')) = (content_hash IS NOT NULL)"
_EITHER = "(content IS NULL) = (failure_code IS NOT NULL)"

# JSON as text: JSONB refuses some valid JSON and does not keep the order of properties.
_Document = JSON(none_as_null=True)


class DbBackupSet(Base):
    """Policies of a tenant as they were when the run `operation_run_id` captured them.

    `content_hash` is taken over the hashes of the items when the capture ends. After `completed_at` only
    `archived_at` changes.
    """

    __tablename__ = "backup_sets"
    __table_args__ = (
        CheckConstraint(_KNOWN_STATUS, name="known_status"),
        CheckConstraint(_ENDED, name="completed_when_ended"),
        CheckConstraint(_WHOLE, name="hash_when_whole"),
        UniqueConstraint("operation_run_id"),
        Index("ix_backup_sets_tenant", "tenant_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigIntKey, primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"))
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id"))
    name: Mapped[str] = mapped_column(String(LONGEST_SET_NAME))
    status: Mapped[str] = mapped_column(String(12), default=BackupStatus.CAPTURING)
    with_assignments: Mapped[bool] = mapped_column()
    content_hash: Mapped[str | None] = mapped_column(String(64))
    item_count: Mapped[int] = mapped_column(default=0)
    failed_count: Mapped[int] = mapped_column(default=0)
    # No foreign key: the set is kept when its run is pruned (R48).
    operation_run_id: Mapped[int] = mapped_column(BigInteger)
    created_by_name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    completed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    archived_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class DbBackupItem(Base):
    """One policy of a set. If `content` is null, it could not be read and `failure_code` says why.

    `assignments` is null if assignments were not requested, if the type has none, or if they could not be read
    (`assignments_failure_code`). `content_hash` is the same hash as in policy versions: equal policies have equal
    hashes in every tenant and set. `references` names what the content points to (kind, id, name); null in backups
    taken before names were kept. `sealed_secrets` are the plain values behind the marks in `content`;
    `unknown_secrets` counts those that Graph did not tell, which have to be typed at a restore (R56). Null: nobody
    looked for secrets yet.
    """

    __tablename__ = "backup_items"
    __table_args__ = (
        CheckConstraint(_EITHER, name="content_or_failure"),
        UniqueConstraint("backup_set_id", "type", "external_id"),
        Index("ix_backup_items_name", "backup_set_id", "search_key", "id"),
        Index("ix_backup_items_type_name", "backup_set_id", "type", "search_key", "id"),
    )

    id: Mapped[int] = mapped_column(BigIntKey, primary_key=True)
    backup_set_id: Mapped[int] = mapped_column(ForeignKey("backup_sets.id", ondelete="CASCADE"))
    policy_id: Mapped[int | None] = mapped_column(ForeignKey("policies.id", ondelete="SET NULL"), index=True)
    type: Mapped[str] = mapped_column(String(60))
    external_id: Mapped[str] = mapped_column(String(LONGEST_EXTERNAL_ID))
    name: Mapped[str] = mapped_column(String(LONGEST_NAME))
    search_key: Mapped[str] = mapped_column(SearchKey)
    content: Mapped[dict[str, Any] | None] = mapped_column(_Document)
    content_hash: Mapped[str | None] = mapped_column(String(64))
    assignments: Mapped[list[Any] | None] = mapped_column(_Document)
    assignments_hash: Mapped[str | None] = mapped_column(String(64))
    references: Mapped[list[Any] | None] = mapped_column(_Document)
    failure_code: Mapped[str | None] = mapped_column(String(100))
    assignments_failure_code: Mapped[str | None] = mapped_column(String(100))
    sealed_secrets: Mapped[str | None] = mapped_column(Text)
    unknown_secrets: Mapped[int | None] = mapped_column()
