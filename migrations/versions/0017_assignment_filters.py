"""Assignment filters: each tenant's cache, and their mappings in restores (R43)."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "assignment_filters",
        sa.Column("id", _ID, nullable=False),
        sa.Column("tenant_id", _ID, nullable=False),
        sa.Column("external_id", sa.String(length=64), nullable=False),
        sa.Column("display_name", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_assignment_filters_tenant_id_tenants")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment_filters")),
        sa.UniqueConstraint("tenant_id", "external_id", name=op.f("uq_assignment_filters_tenant_id_external_id")),
    )
    op.create_table(
        "assignment_filter_syncs",
        sa.Column("tenant_id", _ID, nullable=False),
        sa.Column("attempted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failure_code", sa.String(length=100), nullable=True),
        sa.Column("succeeded_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_assignment_filter_syncs_tenant_id_tenants")
        ),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_assignment_filter_syncs")),
    )
    op.create_table(
        "restore_filter_mappings",
        sa.Column("id", _ID, nullable=False),
        sa.Column("restore_run_id", _ID, nullable=False),
        sa.Column("source_filter_id", sa.String(length=64), nullable=False),
        sa.Column("source_name", sa.String(length=500), nullable=True),
        sa.Column("used_by", sa.Integer(), nullable=False),
        sa.Column("decision", sa.String(length=12), nullable=True),
        sa.Column("target_filter_id", sa.String(length=64), nullable=True),
        sa.Column("target_name", sa.String(length=500), nullable=True),
        sa.CheckConstraint(
            "(decision = 'map') = (target_filter_id IS NOT NULL) OR decision IS NULL",
            name=op.f("ck_restore_filter_mappings_target_when_mapped"),
        ),
        sa.CheckConstraint("decision IN ('map', 'skip')", name=op.f("ck_restore_filter_mappings_known_decision")),
        sa.ForeignKeyConstraint(
            ["restore_run_id"],
            ["restore_runs.id"],
            name=op.f("fk_restore_filter_mappings_restore_run_id_restore_runs"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restore_filter_mappings")),
        sa.UniqueConstraint(
            "restore_run_id",
            "source_filter_id",
            name=op.f("uq_restore_filter_mappings_restore_run_id_source_filter_id"),
        ),
    )


def downgrade() -> None:
    op.drop_table("restore_filter_mappings")
    op.drop_table("assignment_filter_syncs")
    op.drop_table("assignment_filters")
