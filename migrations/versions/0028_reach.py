"""What a restore does with assignments, and whom its items reach (R58)."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Nullable for good: processes of the previous version write rows without them.
    op.add_column("restore_runs", sa.Column("assignments", sa.String(length=12), nullable=True))
    op.add_column("restore_items", sa.Column("reach", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    op.drop_column("restore_items", "reach")
    op.drop_column("restore_runs", "assignments")
