"""Restores: the selection, the preview, and the result of each item (R43)."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "restore_runs",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("workspace_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tenant_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("backup_set_id", sa.BigInteger(), nullable=False),
        sa.Column("backup_set_name", sa.String(length=500), nullable=False),
        sa.Column("source_tenant_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("previewed_edition", sa.Integer(), nullable=True),
        sa.Column("created_by_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_by_name", sa.String(length=200), nullable=False),
        sa.Column("operation_run_id", sa.BigInteger(), nullable=True),
        sa.Column("preview_run_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("previewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('draft', 'previewed', 'queued', 'running', 'completed', 'partial', 'failed', 'cancelled')",
            name=op.f("ck_restore_runs_known_status"),
        ),
        sa.ForeignKeyConstraint(
            ["created_by_user_id"], ["users.id"], name=op.f("fk_restore_runs_created_by_user_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["source_tenant_id"], ["tenants.id"], name=op.f("fk_restore_runs_source_tenant_id_tenants")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_restore_runs_tenant_id_tenants")),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_restore_runs_workspace_id_workspaces")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restore_runs")),
    )
    with op.batch_alter_table("restore_runs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_restore_runs_operation_run_id"), ["operation_run_id"], unique=False)
        batch_op.create_index("ix_restore_runs_tenant", ["tenant_id", "id"], unique=False)

    op.create_table(
        "restore_group_mappings",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("restore_run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source_group_id", sa.String(length=64), nullable=False),
        sa.Column("source_name", sa.String(length=500), nullable=True),
        sa.Column("used_by", sa.Integer(), nullable=False),
        sa.Column("decision", sa.String(length=12), nullable=True),
        sa.Column("target_group_id", sa.String(length=64), nullable=True),
        sa.Column("target_name", sa.String(length=500), nullable=True),
        sa.CheckConstraint(
            "(decision = 'map') = (target_group_id IS NOT NULL) OR decision IS NULL",
            name=op.f("ck_restore_group_mappings_target_when_mapped"),
        ),
        sa.CheckConstraint("decision IN ('map', 'skip')", name=op.f("ck_restore_group_mappings_known_decision")),
        sa.ForeignKeyConstraint(
            ["restore_run_id"],
            ["restore_runs.id"],
            name=op.f("fk_restore_group_mappings_restore_run_id_restore_runs"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restore_group_mappings")),
        sa.UniqueConstraint(
            "restore_run_id", "source_group_id", name=op.f("uq_restore_group_mappings_restore_run_id_source_group_id")
        ),
    )
    op.create_table(
        "restore_items",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("restore_run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("backup_item_id", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.String(length=60), nullable=False),
        sa.Column("import_order", sa.Integer(), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=500), nullable=False),
        sa.Column(
            "search_key",
            sa.String(length=500).with_variant(sa.String(length=500, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("action", sa.String(length=12), nullable=True),
        sa.Column("matched_by", sa.String(length=12), nullable=True),
        sa.Column("problem_code", sa.String(length=100), nullable=True),
        sa.Column("candidates", sa.JSON(), nullable=True),
        sa.Column("choice", sa.String(length=12), nullable=True),
        sa.Column("choice_external_id", sa.String(length=200), nullable=True),
        sa.Column("target_external_id", sa.String(length=200), nullable=True),
        sa.Column("live_content", sa.JSON(), nullable=True),
        sa.Column("live_hash", sa.String(length=64), nullable=True),
        sa.Column("live_assignments", sa.JSON(), nullable=True),
        sa.Column("changes", sa.JSON(), nullable=True),
        sa.Column("changes_total", sa.Integer(), nullable=False),
        sa.Column("assignments_change", sa.Boolean(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("failure_code", sa.String(length=100), nullable=True),
        sa.Column("before_ids", sa.JSON(), nullable=True),
        sa.Column("written_external_id", sa.String(length=200), nullable=True),
        sa.Column("assignments_state", sa.String(length=12), nullable=True),
        sa.Column("assignments_failure_code", sa.String(length=100), nullable=True),
        sa.Column("assignments_written", sa.Integer(), nullable=True),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "action IN ('create', 'update', 'unchanged', 'conflict', 'skip')",
            name=op.f("ck_restore_items_known_action"),
        ),
        sa.CheckConstraint(
            "assignments_state IN ('pending', 'writing', 'written', 'unchanged', 'failed', 'skipped')",
            name=op.f("ck_restore_items_known_assignments_state"),
        ),
        sa.CheckConstraint("choice IN ('update', 'create', 'skip')", name=op.f("ck_restore_items_known_choice")),
        sa.CheckConstraint(
            "matched_by IN ('origin_id', 'name', 'none', 'choice')", name=op.f("ck_restore_items_known_match")
        ),
        sa.CheckConstraint(
            "state IN ('pending', 'writing', 'written', 'unchanged', 'failed', 'skipped')",
            name=op.f("ck_restore_items_known_state"),
        ),
        sa.ForeignKeyConstraint(
            ["restore_run_id"],
            ["restore_runs.id"],
            name=op.f("fk_restore_items_restore_run_id_restore_runs"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restore_items")),
        sa.UniqueConstraint(
            "restore_run_id", "backup_item_id", name=op.f("uq_restore_items_restore_run_id_backup_item_id")
        ),
    )
    with op.batch_alter_table("restore_items", schema=None) as batch_op:
        batch_op.create_index("ix_restore_items_name", ["restore_run_id", "search_key", "id"], unique=False)
        batch_op.create_index("ix_restore_items_order", ["restore_run_id", "import_order", "id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("restore_items", schema=None) as batch_op:
        batch_op.drop_index("ix_restore_items_order")
        batch_op.drop_index("ix_restore_items_name")

    op.drop_table("restore_items")
    op.drop_table("restore_group_mappings")
    with op.batch_alter_table("restore_runs", schema=None) as batch_op:
        batch_op.drop_index("ix_restore_runs_tenant")
        batch_op.drop_index(batch_op.f("ix_restore_runs_operation_run_id"))

    op.drop_table("restore_runs")
