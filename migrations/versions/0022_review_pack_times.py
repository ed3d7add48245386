"""When a review pack was requested and last changed (R46). Housekeeping fills in what is known of older ones."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Nullable for good: processes of the previous version keep writing packs without them.
    op.add_column("review_packs", sa.Column("created_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("review_packs", sa.Column("updated_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("review_packs", "updated_at")
    op.drop_column("review_packs", "created_at")
