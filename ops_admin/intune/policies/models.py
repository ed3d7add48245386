"""The tables of policies and their versions."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ops_admin.infra.database import Base, BigIntKey, UTCDateTime, utcnow
from ops_admin.intune.names import LONGEST_NAME, SearchKey
from ops_admin.intune.policies.states import PolicyState

LONGEST_EXTERNAL_ID = 200

_KNOWN_STATE = "state IN ({})".format(", ".join(f"'{state}'" for state in PolicyState))

# The text as Graph sent it: JSONB would refuse some of what JSON allows, and forget the order of properties.
_Document = JSON(none_as_null=True)


class DbPolicy(Base):
    """One policy of a tenant, as far as the last sync saw it.

    `current_version` is the number of its newest version, 0 while its content could never be read; `content_hash`
    is that version's, kept here so that neither a list nor a sync touches the content of versions. `changed_at` is
    when a sync first saw that content, `failure_code` why the last one could not read it.
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
    first_seen_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    last_seen_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    missing_since: Mapped[datetime | None] = mapped_column(UTCDateTime)
    changed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    failure_code: Mapped[str | None] = mapped_column(String(100))
    # No foreign key: a policy outlives the run that saw it last (old runs may be pruned, R48).
    last_synced_run_id: Mapped[int | None] = mapped_column(BigInteger)


class DbPolicyVersion(Base):
    """The content of a policy as it once was; `assignments` null means never fetched.

    A trigger of the database refuses to change what was captured; `archived_at` is not part of that: it only says
    that nobody wants to see the version in lists any more. On SQLite a migration that makes this table anew
    (`batch_alter_table`) has to make the trigger anew, too: see the migration that made both.
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
    # No foreign key: a version outlives the run that captured it.
    operation_run_id: Mapped[int | None] = mapped_column(BigInteger)
    archived_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class DbSelection(Base):
    """The rows that somebody chose for a bulk action, up to 50,000: too many for the context of a run.

    `key` is the SHA-256 over `ids` (ascending, each once), so that equal selections are one row and one identity (R5).
    `created_at` is when it was chosen last; nothing else of it ever changes. Whose rows they are is not said
    here: each handler takes those of its own tenant only.
    """

    __tablename__ = "policy_selections"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    ids: Mapped[list[int]] = mapped_column(_Document)
    size: Mapped[int] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)


class DbPolicyExport(Base):
    """The file that an export run has written; when it expires the file goes and the row stays (`removed_at`)."""

    __tablename__ = "policy_exports"
    __table_args__ = (
        UniqueConstraint("operation_run_id"),
        Index("ix_policy_exports_due", "removed_at", "expires_at"),
    )

    id: Mapped[int] = mapped_column(BigIntKey, primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id"), index=True)
    # No foreign key: what was exported is known longer than the run (old runs may be pruned, R48).
    operation_run_id: Mapped[int] = mapped_column(BigInteger)
    file_disk: Mapped[str] = mapped_column(String(10))
    file_path: Mapped[str] = mapped_column(String(300))
    file_name: Mapped[str] = mapped_column(String(200))
    file_size: Mapped[int] = mapped_column(BigInteger)
    item_count: Mapped[int] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    removed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
