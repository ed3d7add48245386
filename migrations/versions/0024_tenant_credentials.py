"""Credentials of a tenant's own application, sealed (R75)."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def _big_key() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "tenant_credentials",
        sa.Column("id", _big_key(), nullable=False),
        sa.Column("tenant_id", _big_key(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("client_id", sa.String(length=36), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("thumbprint", sa.String(length=64), nullable=True),
        sa.Column("set_by_user_id", _big_key(), nullable=True),
        sa.Column("set_by_name", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure_code", sa.String(length=100), nullable=True),
        sa.Column("last_run_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("kind IN ('secret', 'certificate')", name=op.f("ck_tenant_credentials_known_kind")),
        sa.CheckConstraint(
            "kind = 'secret' OR (expires_at IS NOT NULL AND thumbprint IS NOT NULL)",
            name=op.f("ck_tenant_credentials_whole"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_tenant_credentials_tenant_id_tenants")),
        sa.ForeignKeyConstraint(
            ["set_by_user_id"], ["users.id"], name=op.f("fk_tenant_credentials_set_by_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenant_credentials")),
        sa.UniqueConstraint("tenant_id", "is_current", name=op.f("uq_tenant_credentials_tenant_id_is_current")),
        # An id is never used twice: the check of a credential that was replaced must find nothing.
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("tenant_credentials")
