"""Review packs and the location of their files (R46)."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

BigIntKey = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSONObject = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "review_packs",
        sa.Column("id", BigIntKey, nullable=False),
        sa.Column("workspace_id", BigIntKey, nullable=False),
        sa.Column("tenant_id", BigIntKey, nullable=False),
        sa.Column("operation_run_id", sa.BigInteger(), nullable=False),
        sa.Column("initiated_by_user_id", BigIntKey, nullable=True),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("options", JSONObject, nullable=False),
        sa.Column("summary", JSONObject, nullable=True),
        sa.Column("generated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("file_path", sa.String(length=300), nullable=True),
        sa.Column("file_disk", sa.String(length=10), nullable=True),
        sa.Column("file_size", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "status IN ('queued', 'generating', 'ready', 'failed', 'expired')",
            name=op.f("ck_review_packs_known_status"),
        ),
        sa.CheckConstraint(
            "status <> 'ready' OR (file_path IS NOT NULL AND file_disk IS NOT NULL AND file_size IS NOT NULL"
            " AND generated_at IS NOT NULL AND expires_at IS NOT NULL)",
            name=op.f("ck_review_packs_ready_has_a_file"),
        ),
        sa.CheckConstraint("(file_path IS NULL) = (file_disk IS NULL)", name=op.f("ck_review_packs_path_with_disk")),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_review_packs_workspace_id_workspaces")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_review_packs_tenant_id_tenants")),
        sa.ForeignKeyConstraint(
            ["initiated_by_user_id"], ["users.id"], name=op.f("fk_review_packs_initiated_by_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_packs")),
        sa.UniqueConstraint("operation_run_id", name=op.f("uq_review_packs_operation_run_id")),
    )
    op.create_index("ix_review_packs_tenant", "review_packs", ["tenant_id", "id"])
    op.create_index("ix_review_packs_due", "review_packs", ["status", "expires_at"])


def downgrade() -> None:
    op.drop_table("review_packs")
