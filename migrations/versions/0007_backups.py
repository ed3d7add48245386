"""Backup sets and their items (R42)."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "backup_sets",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("workspace_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tenant_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("with_assignments", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=True),
        sa.Column("item_count", sa.Integer(), nullable=False),
        sa.Column("failed_count", sa.Integer(), nullable=False),
        sa.Column("operation_run_id", sa.BigInteger(), nullable=False),
        sa.Column("created_by_name", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(status = 'capturing') = (completed_at IS NULL)", name=op.f("ck_backup_sets_completed_when_ended")
        ),
        sa.CheckConstraint(
            "(status IN ('complete', 'partial')) = (content_hash IS NOT NULL)",
            name=op.f("ck_backup_sets_hash_when_whole"),
        ),
        sa.CheckConstraint(
            "status IN ('capturing', 'complete', 'partial', 'failed')", name=op.f("ck_backup_sets_known_status")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_backup_sets_tenant_id_tenants")),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_backup_sets_workspace_id_workspaces")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backup_sets")),
        sa.UniqueConstraint("operation_run_id", name=op.f("uq_backup_sets_operation_run_id")),
    )
    with op.batch_alter_table("backup_sets", schema=None) as batch_op:
        batch_op.create_index("ix_backup_sets_tenant", ["tenant_id", "id"], unique=False)

    op.create_table(
        "backup_items",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("backup_set_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("policy_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("type", sa.String(length=60), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=500), nullable=False),
        sa.Column(
            "search_key",
            sa.String(length=500).with_variant(sa.String(length=500, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("content", sa.JSON(), nullable=True),
        sa.Column("content_hash", sa.String(length=64), nullable=True),
        sa.Column("assignments", sa.JSON(), nullable=True),
        sa.Column("assignments_hash", sa.String(length=64), nullable=True),
        sa.Column("failure_code", sa.String(length=100), nullable=True),
        sa.Column("assignments_failure_code", sa.String(length=100), nullable=True),
        sa.CheckConstraint(
            "(content IS NULL) = (failure_code IS NOT NULL)", name=op.f("ck_backup_items_content_or_failure")
        ),
        sa.ForeignKeyConstraint(
            ["backup_set_id"],
            ["backup_sets.id"],
            name=op.f("fk_backup_items_backup_set_id_backup_sets"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["policy_id"], ["policies.id"], name=op.f("fk_backup_items_policy_id_policies"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backup_items")),
        sa.UniqueConstraint(
            "backup_set_id", "type", "external_id", name=op.f("uq_backup_items_backup_set_id_type_external_id")
        ),
    )
    with op.batch_alter_table("backup_items", schema=None) as batch_op:
        batch_op.create_index("ix_backup_items_name", ["backup_set_id", "search_key", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_backup_items_policy_id"), ["policy_id"], unique=False)
        batch_op.create_index("ix_backup_items_type_name", ["backup_set_id", "type", "search_key", "id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("backup_items", schema=None) as batch_op:
        batch_op.drop_index("ix_backup_items_type_name")
        batch_op.drop_index(batch_op.f("ix_backup_items_policy_id"))
        batch_op.drop_index("ix_backup_items_name")

    op.drop_table("backup_items")
    with op.batch_alter_table("backup_sets", schema=None) as batch_op:
        batch_op.drop_index("ix_backup_sets_tenant")

    op.drop_table("backup_sets")
