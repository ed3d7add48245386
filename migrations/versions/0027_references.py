"""What policies refer to: names in backups, decisions of a restore, and what a tenant has to refer to (R55, R57)."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    # Nullable for good: processes of the previous version write rows without them.
    op.add_column("backup_items", sa.Column("references", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("restore_runs", sa.Column("conditional_access", sa.String(length=20), nullable=True))
    op.add_column("restore_items", sa.Column("problem_detail", sa.String(length=500), nullable=True))
    op.add_column("restore_items", sa.Column("replaced_tags", sa.JSON(none_as_null=True), nullable=True))
    op.create_table(
        "restore_reference_mappings",
        sa.Column("id", _ID, nullable=False),
        sa.Column("restore_run_id", _ID, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("source_id", sa.String(length=200), nullable=False),
        sa.Column("source_name", sa.String(length=500), nullable=True),
        sa.Column("used_by", sa.Integer(), nullable=False),
        sa.Column("decision", sa.String(length=12), nullable=True),
        sa.Column("target_id", sa.String(length=200), nullable=True),
        sa.Column("target_name", sa.String(length=500), nullable=True),
        sa.CheckConstraint("decision IN ('map', 'skip')", name=op.f("ck_restore_reference_mappings_known_decision")),
        sa.CheckConstraint(
            "(decision = 'map') = (target_id IS NOT NULL) OR decision IS NULL",
            name=op.f("ck_restore_reference_mappings_target_when_mapped"),
        ),
        sa.ForeignKeyConstraint(
            ["restore_run_id"],
            ["restore_runs.id"],
            name=op.f("fk_restore_reference_mappings_restore_run_id_restore_runs"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restore_reference_mappings")),
        sa.UniqueConstraint(
            "restore_run_id",
            "kind",
            "source_id",
            name=op.f("uq_restore_reference_mappings_restore_run_id_kind_source_id"),
        ),
    )
    op.create_table(
        "reference_objects",
        sa.Column("id", _ID, nullable=False),
        sa.Column("tenant_id", _ID, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("display_name", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_reference_objects_tenant_id_tenants"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reference_objects")),
        sa.UniqueConstraint(
            "tenant_id", "kind", "external_id", name=op.f("uq_reference_objects_tenant_id_kind_external_id")
        ),
    )


def downgrade() -> None:
    op.drop_table("reference_objects")
    op.drop_table("restore_reference_mappings")
    op.drop_column("restore_items", "replaced_tags")
    op.drop_column("restore_items", "problem_detail")
    op.drop_column("restore_runs", "conditional_access")
    op.drop_column("backup_items", "references")
