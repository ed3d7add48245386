"""The hash of the assignments that belong to a policy's newest version (R60).

It is empty for existing policies: the next sync fills it in without adding versions.
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("policies", sa.Column("assignments_hash", sa.String(64), nullable=True))


def downgrade() -> None:
    op.drop_column("policies", "assignments_hash")
