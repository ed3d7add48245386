"""Secrets of policies, sealed beside the content; those typed for a restore, too (R56)."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Nullable for good: processes of the previous version keep writing rows without them.
    op.add_column("policy_versions", sa.Column("sealed_secrets", sa.Text(), nullable=True))
    op.add_column("backup_items", sa.Column("sealed_secrets", sa.Text(), nullable=True))
    op.add_column("backup_items", sa.Column("unknown_secrets", sa.Integer(), nullable=True))
    op.add_column("restore_items", sa.Column("sealed_secrets", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("restore_items", "sealed_secrets")
    op.drop_column("backup_items", "unknown_secrets")
    op.drop_column("backup_items", "sealed_secrets")
    op.drop_column("policy_versions", "sealed_secrets")
