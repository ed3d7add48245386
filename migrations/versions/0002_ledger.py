"""The ledger and its history (R1, R4, R5)."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "operation_runs",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("workspace_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tenant_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("initiator_name", sa.String(length=200), nullable=False),
        sa.Column("type", sa.String(length=100), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("outcome", sa.String(length=30), nullable=False),
        sa.Column("run_identity_hash", sa.String(length=64), nullable=False),
        sa.Column("summary_counts", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("failure_summary", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("context", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
        sa.Column("attempt", sa.Integer(), server_default="1", nullable=False),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_requested_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(status IN ('queued', 'running') AND outcome = 'pending') OR "
            "(status = 'completed' AND outcome IN "
            "('succeeded', 'partially_succeeded', 'failed', 'cancelled'))",
            name=op.f("ck_operation_runs_status_outcome"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_operation_runs_tenant_id_tenants")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_operation_runs_user_id_users")),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_operation_runs_workspace_id_workspaces")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operation_runs")),
    )
    with op.batch_alter_table("operation_runs", schema=None) as batch_op:
        batch_op.create_index("ix_operation_runs_identity", ["run_identity_hash", "completed_at"], unique=False)
        batch_op.create_index("ix_operation_runs_tenant_created", ["tenant_id", "created_at"], unique=False)
        batch_op.create_index(
            "ix_operation_runs_tenant_type_created", ["tenant_id", "type", "created_at"], unique=False
        )
        batch_op.create_index("ix_operation_runs_workspace_created", ["workspace_id", "created_at"], unique=False)
        batch_op.create_index(
            "uq_operation_runs_active_tenant",
            ["tenant_id", "run_identity_hash"],
            unique=True,
            sqlite_where=sa.text("status IN ('queued', 'running') AND tenant_id IS NOT NULL"),
            postgresql_where=sa.text("status IN ('queued', 'running') AND tenant_id IS NOT NULL"),
        )
        batch_op.create_index(
            "uq_operation_runs_active_workspace",
            ["workspace_id", "run_identity_hash"],
            unique=True,
            sqlite_where=sa.text("status IN ('queued', 'running') AND tenant_id IS NULL"),
            postgresql_where=sa.text("status IN ('queued', 'running') AND tenant_id IS NULL"),
        )

    op.create_table(
        "operation_run_transitions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("operation_run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("from_status", sa.String(length=20), nullable=True),
        sa.Column("to_status", sa.String(length=20), nullable=False),
        sa.Column("outcome", sa.String(length=30), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.String(length=200), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["operation_run_id"],
            ["operation_runs.id"],
            name=op.f("fk_operation_run_transitions_operation_run_id_operation_runs"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operation_run_transitions")),
    )
    with op.batch_alter_table("operation_run_transitions", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_operation_run_transitions_operation_run_id"), ["operation_run_id"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("operation_run_transitions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_operation_run_transitions_operation_run_id"))

    op.drop_table("operation_run_transitions")
    with op.batch_alter_table("operation_runs", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_operation_runs_active_workspace",
            sqlite_where=sa.text("status IN ('queued', 'running') AND tenant_id IS NULL"),
            postgresql_where=sa.text("status IN ('queued', 'running') AND tenant_id IS NULL"),
        )
        batch_op.drop_index(
            "uq_operation_runs_active_tenant",
            sqlite_where=sa.text("status IN ('queued', 'running') AND tenant_id IS NOT NULL"),
            postgresql_where=sa.text("status IN ('queued', 'running') AND tenant_id IS NOT NULL"),
        )
        batch_op.drop_index("ix_operation_runs_workspace_created")
        batch_op.drop_index("ix_operation_runs_tenant_type_created")
        batch_op.drop_index("ix_operation_runs_tenant_created")
        batch_op.drop_index("ix_operation_runs_identity")

    op.drop_table("operation_runs")
