"""Push outages of processes, so that no page claims to be live during one (R27)."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "push_gaps",
        sa.Column("process", sa.String(length=200), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("process", name=op.f("pk_push_gaps")),
    )


def downgrade() -> None:
    op.drop_table("push_gaps")
