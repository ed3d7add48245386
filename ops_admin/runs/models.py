"""The ledger's tables, with the rules that the database itself enforces (R1, R2, R4, R5)."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ColumnElement, ForeignKey, Index, Integer, String, false, func, text
from sqlalchemy.orm import Mapped, mapped_column

from ops_admin.infra.database import Base, BigIntKey, JSONObject, UTCDateTime, utcnow

ACTIVE_TENANT_RUN = text("status IN ('queued', 'running') AND tenant_id IS NOT NULL")
ACTIVE_WORKSPACE_RUN = text("status IN ('queued', 'running') AND tenant_id IS NULL")
POSSIBLE_PAIR = (
    "(status IN ('queued', 'running') AND outcome = 'pending') OR "
    "(status = 'completed' AND outcome IN ('succeeded', 'partially_succeeded', 'failed', 'cancelled'))"
)
# Only few rows match each, so listing or counting them does not scan all the successful runs (R35).
UNSUCCESSFUL_RUN = text("outcome IN ('partially_succeeded', 'failed', 'cancelled')")
TENANTLESS_RUN = text("tenant_id IS NULL")
# A row of an earlier system may hold any pair but an active one, whose work nobody would ever do (R9).
STORABLE_PAIR = (
    f"(NOT is_legacy AND ({POSSIBLE_PAIR})) OR "
    "(is_legacy AND NOT (status IN ('queued', 'running') AND outcome = 'pending'))"
)
LEGACY_RUN = text(f"NOT ({POSSIBLE_PAIR})")


def ended_before(moment: datetime) -> ColumnElement[bool]:
    """Runs that ended before `moment`. Never one with an active status, whatever else an old row says."""
    ended_at = func.coalesce(DbOperationRun.completed_at, DbOperationRun.updated_at)
    return DbOperationRun.status.not_in(("queued", "running")) & (ended_at < moment)


def _unsuccessful(name: str, *columns: str) -> Index:
    """An index on runs that did not succeed. It costs nothing until a run ends that way."""
    where = UNSUCCESSFUL_RUN
    return Index(name, *columns, "outcome", "created_at", sqlite_where=where, postgresql_where=where)


class DbOperationRun(Base):
    """One operation, from start to end.

    `claim` increases each time a worker takes the run and each time the run is requeued. A write that names an older
    claim therefore matches no row (R86). A row with `is_legacy` was imported from an earlier system
    and keeps that system's status and outcome (R9).
    """

    __tablename__ = "operation_runs"

    id: Mapped[int] = mapped_column(BigIntKey, primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"))
    tenant_id: Mapped[int | None] = mapped_column(ForeignKey("tenants.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    initiator_name: Mapped[str] = mapped_column(String(200))
    type: Mapped[str] = mapped_column(String(100))
    status: Mapped[str] = mapped_column(String(20))
    outcome: Mapped[str] = mapped_column(String(30))
    run_identity_hash: Mapped[str] = mapped_column(String(64))
    summary_counts: Mapped[dict[str, int] | None] = mapped_column(JSONObject)
    failure_summary: Mapped[list[dict[str, object]] | None] = mapped_column(JSONObject)
    context: Mapped[dict[str, object] | None] = mapped_column(JSONObject)
    started_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    completed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    revision: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    attempt: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    claim: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    heartbeat_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    cancel_requested_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    is_legacy: Mapped[bool] = mapped_column(server_default=false())

    __table_args__ = (
        CheckConstraint(STORABLE_PAIR, name="status_outcome"),
        Index(
            "uq_operation_runs_active_tenant",
            "tenant_id",
            "run_identity_hash",
            unique=True,
            sqlite_where=ACTIVE_TENANT_RUN,
            postgresql_where=ACTIVE_TENANT_RUN,
        ),
        Index(
            "uq_operation_runs_active_workspace",
            "workspace_id",
            "run_identity_hash",
            unique=True,
            sqlite_where=ACTIVE_WORKSPACE_RUN,
            postgresql_where=ACTIVE_WORKSPACE_RUN,
        ),
        Index("ix_operation_runs_tenant_type_created", "tenant_id", "type", "created_at"),
        Index("ix_operation_runs_tenant_created", "tenant_id", "created_at"),
        Index("ix_operation_runs_workspace_created", "workspace_id", "created_at"),
        Index("ix_operation_runs_workspace_type_created", "workspace_id", "type", "created_at"),
        Index("ix_operation_runs_workspace_initiator_created", "workspace_id", "initiator_name", "created_at"),
        Index(
            "ix_operation_runs_tenantless",
            "workspace_id",
            "created_at",
            sqlite_where=TENANTLESS_RUN,
            postgresql_where=TENANTLESS_RUN,
        ),
        _unsuccessful("ix_operation_runs_unsuccessful", "workspace_id"),
        _unsuccessful("ix_operation_runs_unsuccessful_of_tenant", "tenant_id"),
        _unsuccessful("ix_operation_runs_unsuccessful_of_type", "workspace_id", "type"),
        _unsuccessful("ix_operation_runs_unsuccessful_of_initiator", "workspace_id", "initiator_name"),
        Index(
            "ix_operation_runs_legacy",
            "workspace_id",
            "created_at",
            sqlite_where=LEGACY_RUN,
            postgresql_where=LEGACY_RUN,
        ),
        Index("ix_operation_runs_identity", "run_identity_hash", "completed_at"),
    )


class DbOperationRunTransition(Base):
    """One line of a run's history. Rows are added, never changed.

    `event_type` and `data` say what happened (R86, `history.py`). Rows from before those columns have only `reason`.
    """

    __tablename__ = "operation_run_transitions"

    id: Mapped[int] = mapped_column(BigIntKey, primary_key=True)
    operation_run_id: Mapped[int] = mapped_column(ForeignKey("operation_runs.id", ondelete="CASCADE"), index=True)
    from_status: Mapped[str | None] = mapped_column(String(20))
    to_status: Mapped[str] = mapped_column(String(20))
    outcome: Mapped[str] = mapped_column(String(30))
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    actor: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(String(200), default="", server_default="")
    event_type: Mapped[str | None] = mapped_column(String(40))
    data: Mapped[dict[str, object] | None] = mapped_column(JSONObject)
    actor_id: Mapped[int | None] = mapped_column(BigInteger)


class DbPruning(Base):
    """How far a workspace's ledger has been pruned (R48).

    With it, a link to a deleted run can explain why it is gone.
    """

    __tablename__ = "run_prunings"

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"), primary_key=True, autoincrement=False)
    newest_run_id: Mapped[int] = mapped_column(BigInteger)
    ended_before: Mapped[datetime] = mapped_column(UTCDateTime)
