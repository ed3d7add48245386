"""The tables of policies, their versions, fetches of assignments, selections and exports."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ops_admin.infra.database import Base, BigIntKey, UTCDateTime, utcnow
from ops_admin.intune.names import LONGEST_NAME, SearchKey
from ops_admin.intune.policies.states import PolicyState

LONGEST_EXTERNAL_ID = 200

_KNOWN_STATE = "state IN ({})".format(", ".join(f"'{state}'" for state in PolicyState))

# JSON as text: JSONB refuses some valid JSON and does not keep the order of properties.
_Document = JSON(none_as_null=True)


class DbPolicy(Base):
    """One policy of a tenant, as the last sync saw it.

    `current_version` is the number of its newest version, 0 if its content was never read. `content_hash` is the hash
    of that version; with it here, lists and syncs need not load versions. `changed_at` is when a sync first saw
    that content, `failure_code` why the last sync could not read the policy.

    `assignments_hash` is that of the newest version's assignments, None while they are unknown: before the first sync
    that reads them along, for a type without assignments, or after they could not be read.
    """

    __tablename__ = "policies"
    __table_args__ = (
        UniqueConstraint("tenant_id", "type", "external_id"),
        CheckConstraint(_KNOWN_STATE, name="known_state"),
        Index("ix_policies_tenant_name", "tenant_id", "search_key", "id"),
        Index("ix_policies_tenant_type_name", "tenant_id", "type", "search_key", "id"),
        Index("ix_policies_tenant_state_name", "tenant_id", "state", "search_key", "id"),
    )

    id: Mapped[int] = mapped_column(BigIntKey, primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id"))
    type: Mapped[str] = mapped_column(String(60))
    external_id: Mapped[str] = mapped_column(String(LONGEST_EXTERNAL_ID))
    name: Mapped[str] = mapped_column(String(LONGEST_NAME))
    search_key: Mapped[str] = mapped_column(SearchKey)
    state: Mapped[str] = mapped_column(String(10), default=PolicyState.ACTIVE)
    current_version: Mapped[int] = mapped_column(default=0)
    content_hash: Mapped[str | None] = mapped_column(String(64))
    assignments_hash: Mapped[str | None] = mapped_column(String(64))
    first_seen_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    last_seen_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    missing_since: Mapped[datetime | None] = mapped_column(UTCDateTime)
    changed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    failure_code: Mapped[str | None] = mapped_column(String(100))
    # No foreign key: the policy is kept when the run is pruned (R48).
    last_synced_run_id: Mapped[int | None] = mapped_column(BigInteger)


class DbPolicyVersion(Base):
    """The content and the assignments of a policy at one time; `assignments` null means that they were never read.

    A database trigger prevents changes to the captured columns, which `archived_at` (hidden in lists) is not one of.
    On SQLite, a migration that rebuilds this table (`batch_alter_table`) has to create the trigger again; see the
    migration that created both.
    """

    __tablename__ = "policy_versions"
    __table_args__ = (
        UniqueConstraint("policy_id", "number"),
        Index("ix_policy_versions_run", "operation_run_id"),
    )

    id: Mapped[int] = mapped_column(BigIntKey, primary_key=True)
    policy_id: Mapped[int] = mapped_column(ForeignKey("policies.id", ondelete="CASCADE"))
    number: Mapped[int] = mapped_column()
    content: Mapped[dict[str, Any]] = mapped_column(_Document)
    content_hash: Mapped[str] = mapped_column(String(64))
    content_bytes: Mapped[int] = mapped_column()
    assignments: Mapped[list[Any] | None] = mapped_column(_Document)
    captured_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    # No foreign key: the version is kept when its run is deleted.
    operation_run_id: Mapped[int | None] = mapped_column(BigInteger)
    archived_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    # The plain values behind the marks in `content` (R56). Null: nobody has looked for secrets yet.
    sealed_secrets: Mapped[str | None] = mapped_column(Text)


class DbAssignmentFetch(Base):
    """The last attempt to read a policy's assignments, and the last successful one.

    The assignments themselves are stored with the policy's version, `fetched_version` (R45).
    """

    __tablename__ = "assignment_fetches"

    policy_id: Mapped[int] = mapped_column(ForeignKey("policies.id", ondelete="CASCADE"), primary_key=True)
    attempted_at: Mapped[datetime] = mapped_column(UTCDateTime)
    # No foreign keys: this is kept when the runs are pruned.
    attempted_run_id: Mapped[int] = mapped_column(BigInteger)
    failure_code: Mapped[str | None] = mapped_column(String(100))
    fetched_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    fetched_run_id: Mapped[int | None] = mapped_column(BigInteger)
    fetched_version: Mapped[int | None] = mapped_column()


class DbSelection(Base):
    """The rows that were chosen for a bulk action, up to 50,000, which is too many for the context of a run.

    `key` is the SHA-256 over `ids` (ascending, without duplicates), so that equal selections are one row and have one
    identity (R5). `created_at` is when it was last chosen; no other column changes. The ids may belong to
    several tenants: each handler uses only those of its own tenant.
    """

    __tablename__ = "policy_selections"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    ids: Mapped[list[int]] = mapped_column(_Document)
    size: Mapped[int] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)


class DbPolicyExport(Base):
    """The file of an export run. When it expires, the file is deleted and `removed_at` is set."""

    __tablename__ = "policy_exports"
    __table_args__ = (
        UniqueConstraint("operation_run_id"),
        Index("ix_policy_exports_due", "removed_at", "expires_at"),
    )

    id: Mapped[int] = mapped_column(BigIntKey, primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id"), index=True)
    # No foreign key: the row is kept when the run is pruned (R48).
    operation_run_id: Mapped[int] = mapped_column(BigInteger)
    file_disk: Mapped[str] = mapped_column(String(10))
    file_path: Mapped[str] = mapped_column(String(300))
    file_name: Mapped[str] = mapped_column(String(200))
    file_size: Mapped[int] = mapped_column(BigInteger)
    item_count: Mapped[int] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    removed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
