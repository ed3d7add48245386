"""The tables of the Huey queue, as its storages expect them, in the ledger's database (R11)."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create what Huey's storage would otherwise create itself, where processes starting at once would race."""
    prefix = _prefix()
    op.create_table(
        f"{prefix}kv",
        sa.Column("queue", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("value", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        f"{prefix}schedule",
        sa.Column("id", _big_key(), primary_key=True),
        sa.Column("queue", sa.Text, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.Column("timestamp", sa.Double, nullable=False),
    )
    op.create_index(f"{prefix}schedule_queue_timestamp", f"{prefix}schedule", ["queue", "timestamp"])
    op.create_table(
        f"{prefix}task",
        sa.Column("id", _big_key(), primary_key=True),
        sa.Column("queue", sa.Text, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.Column("priority", sa.Double, nullable=False, server_default="0"),
    )
    op.create_index(f"{prefix}task_queue_priority_id", f"{prefix}task", ["queue", sa.text("priority DESC"), "id"])
    op.create_table(
        f"{prefix}counter",
        sa.Column("queue", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("value", sa.BigInteger, nullable=False, server_default="0"),
    )


def downgrade() -> None:
    """Drop the queue, including any waiting messages."""
    for name in ("counter", "task", "schedule", "kv"):
        op.drop_table(f"{_prefix()}{name}")


def _prefix() -> str:
    return "huey_" if op.get_bind().dialect.name == "postgresql" else ""


def _big_key() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer, "sqlite")
