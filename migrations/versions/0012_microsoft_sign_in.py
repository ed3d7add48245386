"""Signing in with Microsoft, and Entra groups that grant their members a role on a tenant (R39, R47)."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

BIG_INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    # Not in a batch: on SQLite that would recreate the table while others refer to it.
    op.add_column("users", sa.Column("microsoft_tenant_id", sa.String(length=36), nullable=True))
    op.add_column("users", sa.Column("microsoft_oid", sa.String(length=36), nullable=True))
    op.create_index("uq_users_microsoft", "users", ["microsoft_tenant_id", "microsoft_oid"], unique=True)
    op.create_table(
        "group_role_grants",
        sa.Column("id", BIG_INT, nullable=False),
        sa.Column("tenant_id", BIG_INT, nullable=False),
        sa.Column("group_external_id", sa.String(length=36), nullable=False),
        sa.Column("group_name", sa.String(length=256), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("granted_by", BIG_INT, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "role IN ('owner', 'manager', 'operator', 'readonly')", name=op.f("ck_group_role_grants_known_role")
        ),
        sa.ForeignKeyConstraint(["granted_by"], ["users.id"], name=op.f("fk_group_role_grants_granted_by_users")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_group_role_grants_tenant_id_tenants")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_role_grants")),
        sa.UniqueConstraint(
            "tenant_id", "group_external_id", name=op.f("uq_group_role_grants_tenant_id_group_external_id")
        ),
    )
    op.create_table(
        "group_role_members",
        sa.Column("grant_id", BIG_INT, nullable=False),
        sa.Column("user_id", BIG_INT, nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["grant_id"],
            ["group_role_grants.id"],
            name=op.f("fk_group_role_members_grant_id_group_role_grants"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_group_role_members_user_id_users")),
        sa.PrimaryKeyConstraint("grant_id", "user_id", name=op.f("pk_group_role_members")),
    )
    op.create_index(op.f("ix_group_role_members_user_id"), "group_role_members", ["user_id"])


def downgrade() -> None:
    op.drop_table("group_role_members")
    op.drop_table("group_role_grants")
    op.drop_index("uq_users_microsoft", "users")
    op.drop_column("users", "microsoft_oid")
    op.drop_column("users", "microsoft_tenant_id")
