"""The restore tables: what was chosen, what the preview found, and the result of each item."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ops_admin.infra.database import Base, BigIntKey, UTCDateTime, utcnow
from ops_admin.intune.names import LONGEST_NAME, SearchKey
from ops_admin.intune.restore.states import Action, Choice, Decision, ItemState, MatchRule, RestoreStatus

LONGEST_EXTERNAL_ID = 200

# Stored as the text that Graph sent: JSONB refuses some valid JSON and loses the order of properties.
_Document = JSON(none_as_null=True)


def _one_of(column: str, words: Iterable[str]) -> str:
    return f"{column} IN ({', '.join(repr(str(word)) for word in words)})"


class DbRestoreRun(Base):
    """One restore into `tenant_id`, the source of truth for its adapter run (R43).

    `revision` increases with every change to the selection or the mapping; `previewed_revision` is the one that the
    preview compared. There are no foreign keys to the backup and the runs, because a restore still shows what was done
    after those are deleted.
    """

    __tablename__ = "restore_runs"
    __table_args__ = (
        CheckConstraint(_one_of("status", RestoreStatus), name="known_status"),
        Index("ix_restore_runs_tenant", "tenant_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigIntKey, primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"))
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id"))
    backup_set_id: Mapped[int] = mapped_column(BigInteger)
    backup_set_name: Mapped[str] = mapped_column(String(LONGEST_NAME))
    source_tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id"))
    status: Mapped[str] = mapped_column(String(12), default=RestoreStatus.DRAFT)
    revision: Mapped[int] = mapped_column("edition", default=1)
    previewed_revision: Mapped[int | None] = mapped_column("previewed_edition")
    created_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_by_name: Mapped[str] = mapped_column(String(200))
    # None: report-only, as with restores that were made before there was a choice.
    conditional_access: Mapped[str | None] = mapped_column(String(20))
    # None: merge, as with restores that were made before there was a choice.
    assignments: Mapped[str | None] = mapped_column(String(12))
    operation_run_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    preview_run_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    previewed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    completed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class DbRestoreItem(Base):
    """One chosen policy of the backup: what the preview found for it, and how far its write got.

    `candidates` are the tenant's policies that it could match, each with what an update would change. `changes` holds
    the changes for the matched policy, up to a limit; `changes_total` counts all. `live_content` is what the tenant
    held at the preview, and so, after the restore, what was there before. `before_ids` are the policies of the same
    name that existed before a create was attempted; any other is ours. `problem_detail` names what the problem is
    about, such as a reference without a counterpart. `replaced_tags` are the scope tags that the tenant does not have.
    """

    __tablename__ = "restore_items"
    __table_args__ = (
        UniqueConstraint("restore_run_id", "backup_item_id"),
        CheckConstraint(_one_of("action", Action), name="known_action"),
        CheckConstraint(_one_of("matched_by", MatchRule), name="known_match"),
        CheckConstraint(_one_of("choice", Choice), name="known_choice"),
        CheckConstraint(_one_of("state", ItemState), name="known_state"),
        CheckConstraint(_one_of("assignments_state", ItemState), name="known_assignments_state"),
        Index("ix_restore_items_name", "restore_run_id", "search_key", "id"),
        Index("ix_restore_items_order", "restore_run_id", "import_order", "id"),
    )

    id: Mapped[int] = mapped_column(BigIntKey, primary_key=True)
    restore_run_id: Mapped[int] = mapped_column(ForeignKey("restore_runs.id", ondelete="CASCADE"))
    backup_item_id: Mapped[int] = mapped_column(BigInteger)
    type: Mapped[str] = mapped_column(String(60))
    import_order: Mapped[int] = mapped_column()
    external_id: Mapped[str] = mapped_column(String(LONGEST_EXTERNAL_ID))
    name: Mapped[str] = mapped_column(String(LONGEST_NAME))
    search_key: Mapped[str] = mapped_column(SearchKey)

    action: Mapped[str | None] = mapped_column(String(12))
    matched_by: Mapped[str | None] = mapped_column(String(12))
    problem_code: Mapped[str | None] = mapped_column(String(100))
    problem_detail: Mapped[str | None] = mapped_column(String(500))
    replaced_tags: Mapped[list[Any] | None] = mapped_column(_Document)
    candidates: Mapped[list[Any] | None] = mapped_column(_Document)
    choice: Mapped[str | None] = mapped_column(String(12))
    choice_external_id: Mapped[str | None] = mapped_column(String(LONGEST_EXTERNAL_ID))
    target_external_id: Mapped[str | None] = mapped_column(String(LONGEST_EXTERNAL_ID))
    live_content: Mapped[dict[str, Any] | None] = mapped_column(_Document)
    live_hash: Mapped[str | None] = mapped_column(String(64))
    live_assignments: Mapped[list[Any] | None] = mapped_column(_Document)
    changes: Mapped[list[Any] | None] = mapped_column(_Document)
    changes_total: Mapped[int] = mapped_column(default=0)
    assignments_change: Mapped[bool | None] = mapped_column()
    # Whom it reaches before and after (`reach.Reach`): as the preview found it, then as it was written.
    reach: Mapped[dict[str, Any] | None] = mapped_column(_Document)

    state: Mapped[str] = mapped_column(String(12), default=ItemState.PENDING)
    failure_code: Mapped[str | None] = mapped_column(String(100))
    before_ids: Mapped[list[Any] | None] = mapped_column(_Document)
    written_external_id: Mapped[str | None] = mapped_column(String(LONGEST_EXTERNAL_ID))
    assignments_state: Mapped[str | None] = mapped_column(String(12))
    assignments_failure_code: Mapped[str | None] = mapped_column(String(100))
    assignments_written: Mapped[int | None] = mapped_column()
    begun_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    # Secrets that somebody typed for this restore, by JSON pointer; wiped when it ends (R56). Null: before this column.
    sealed_secrets: Mapped[str | None] = mapped_column(Text, default="")


class DbRestoreGroupMapping(Base):
    """What happens to one group of the source. Without a decision it is undecided, and nothing is written for it."""

    __tablename__ = "restore_group_mappings"
    __table_args__ = (
        UniqueConstraint("restore_run_id", "source_group_id"),
        CheckConstraint(_one_of("decision", Decision), name="known_decision"),
        CheckConstraint(
            "(decision = 'map') = (target_group_id IS NOT NULL) OR decision IS NULL", name="target_when_mapped"
        ),
    )

    id: Mapped[int] = mapped_column(BigIntKey, primary_key=True)
    restore_run_id: Mapped[int] = mapped_column(ForeignKey("restore_runs.id", ondelete="CASCADE"))
    source_group_id: Mapped[str] = mapped_column(String(64))
    source_name: Mapped[str | None] = mapped_column(String(LONGEST_NAME))
    used_by: Mapped[int] = mapped_column(default=0)
    decision: Mapped[str | None] = mapped_column(String(12))
    target_group_id: Mapped[str | None] = mapped_column(String(64))
    target_name: Mapped[str | None] = mapped_column(String(LONGEST_NAME))


class DbRestoreFilterMapping(Base):
    """What happens to one assignment filter of the source. Assignments with an undecided filter are left out."""

    __tablename__ = "restore_filter_mappings"
    __table_args__ = (
        UniqueConstraint("restore_run_id", "source_filter_id"),
        CheckConstraint(_one_of("decision", Decision), name="known_decision"),
        CheckConstraint(
            "(decision = 'map') = (target_filter_id IS NOT NULL) OR decision IS NULL", name="target_when_mapped"
        ),
    )

    id: Mapped[int] = mapped_column(BigIntKey, primary_key=True)
    restore_run_id: Mapped[int] = mapped_column(ForeignKey("restore_runs.id", ondelete="CASCADE"))
    source_filter_id: Mapped[str] = mapped_column(String(64))
    source_name: Mapped[str | None] = mapped_column(String(LONGEST_NAME))
    used_by: Mapped[int] = mapped_column(default=0)
    decision: Mapped[str | None] = mapped_column(String(12))
    target_filter_id: Mapped[str | None] = mapped_column(String(64))
    target_name: Mapped[str | None] = mapped_column(String(LONGEST_NAME))


class DbRestoreReferenceMapping(Base):
    """What becomes of one thing of the source that the selected policies refer to, other than a group or a filter.

    Without a decision it is resolved by itself, or the items that refer to it are left out.
    """

    __tablename__ = "restore_reference_mappings"
    __table_args__ = (
        UniqueConstraint("restore_run_id", "kind", "source_id"),
        CheckConstraint(_one_of("decision", Decision), name="known_decision"),
        CheckConstraint("(decision = 'map') = (target_id IS NOT NULL) OR decision IS NULL", name="target_when_mapped"),
    )

    id: Mapped[int] = mapped_column(BigIntKey, primary_key=True)
    restore_run_id: Mapped[int] = mapped_column(ForeignKey("restore_runs.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(40))
    source_id: Mapped[str] = mapped_column(String(LONGEST_EXTERNAL_ID))
    source_name: Mapped[str | None] = mapped_column(String(LONGEST_NAME))
    used_by: Mapped[int] = mapped_column(default=0)
    decision: Mapped[str | None] = mapped_column(String(12))
    target_id: Mapped[str | None] = mapped_column(String(LONGEST_EXTERNAL_ID))
    target_name: Mapped[str | None] = mapped_column(String(LONGEST_NAME))


class DbReferenceObject(Base):
    """Something that policies of a tenant can refer to, as a preview last read it. Pages offer it for mapping."""

    __tablename__ = "reference_objects"
    __table_args__ = (UniqueConstraint("tenant_id", "kind", "external_id"),)

    id: Mapped[int] = mapped_column(BigIntKey, primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(40))
    external_id: Mapped[str] = mapped_column(String(LONGEST_EXTERNAL_ID))
    display_name: Mapped[str] = mapped_column(String(LONGEST_NAME))
