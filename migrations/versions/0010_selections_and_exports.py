"""Selections of bulk actions, export files, and archived policy versions (R41)."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Not in a batch: on SQLite that would recreate the table and lose its trigger (migration 0006).
    op.add_column("policy_versions", sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "policy_selections",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("ids", sa.JSON(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_policy_selections")),
    )
    op.create_table(
        "policy_exports",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tenant_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("operation_run_id", sa.BigInteger(), nullable=False),
        sa.Column("file_disk", sa.String(length=10), nullable=False),
        sa.Column("file_path", sa.String(length=300), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("file_size", sa.BigInteger(), nullable=False),
        sa.Column("item_count", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_policy_exports_tenant_id_tenants")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_exports")),
        sa.UniqueConstraint("operation_run_id", name=op.f("uq_policy_exports_operation_run_id")),
    )
    op.create_index("ix_policy_exports_due", "policy_exports", ["removed_at", "expires_at"])
    op.create_index(op.f("ix_policy_exports_tenant_id"), "policy_exports", ["tenant_id"])


def downgrade() -> None:
    op.drop_table("policy_exports")
    op.drop_table("policy_selections")
    op.drop_column("policy_versions", "archived_at")
