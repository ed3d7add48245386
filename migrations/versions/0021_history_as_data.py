"""History as data, and claims as a column (R86). Nothing is backfilled; old rows keep their text."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

DATA = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    # Empty columns, or with a constant default: both engines add them without touching a row.
    op.add_column("operation_run_transitions", sa.Column("event_type", sa.String(length=40), nullable=True))
    op.add_column("operation_run_transitions", sa.Column("data", DATA, nullable=True))
    op.add_column("operation_run_transitions", sa.Column("actor_id", sa.BigInteger(), nullable=True))
    op.add_column("operation_runs", sa.Column("claim", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    op.drop_column("operation_runs", "claim")
    op.drop_column("operation_run_transitions", "actor_id")
    op.drop_column("operation_run_transitions", "data")
    op.drop_column("operation_run_transitions", "event_type")
