"""Scheduled syncs, and the result of each due time (R48)."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

DUE = sa.text("next_due_at IS NOT NULL")


def _big_key() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "sync_schedules",
        sa.Column("id", _big_key(), nullable=False),
        sa.Column("tenant_id", _big_key(), nullable=False),
        sa.Column("operation", sa.String(length=100), nullable=False),
        sa.Column("frequency", sa.String(length=10), nullable=False),
        sa.Column("every_hours", sa.Integer(), nullable=True),
        sa.Column("at_time", sa.String(length=5), nullable=True),
        sa.Column("weekday", sa.Integer(), nullable=True),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("next_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_run_id", sa.BigInteger(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("set_by_user_id", _big_key(), nullable=True),
        sa.Column("set_by_name", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("frequency IN ('hours', 'daily', 'weekly')", name=op.f("ck_sync_schedules_known_frequency")),
        sa.CheckConstraint(
            "(frequency = 'hours' AND every_hours BETWEEN 1 AND 168) OR "
            "(frequency = 'daily' AND at_time IS NOT NULL AND weekday IS NULL) OR "
            "(frequency = 'weekly' AND at_time IS NOT NULL AND weekday BETWEEN 0 AND 6)",
            name=op.f("ck_sync_schedules_whole_rule"),
        ),
        sa.CheckConstraint("enabled = (next_due_at IS NOT NULL)", name=op.f("ck_sync_schedules_due_when_enabled")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_sync_schedules_tenant_id_tenants")),
        sa.ForeignKeyConstraint(["set_by_user_id"], ["users.id"], name=op.f("fk_sync_schedules_set_by_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_schedules")),
    )
    op.create_index("ix_sync_schedules_tenant", "sync_schedules", ["tenant_id", "id"])
    op.create_index("ix_sync_schedules_due", "sync_schedules", ["next_due_at"], sqlite_where=DUE, postgresql_where=DUE)
    op.create_index("ix_sync_schedules_last_run", "sync_schedules", ["last_run_id"])
    op.create_table(
        "sync_schedule_starts",
        sa.Column("id", _big_key(), nullable=False),
        sa.Column("schedule_id", _big_key(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("result", sa.String(length=10), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=True),
        sa.Column("failure_code", sa.String(length=100), nullable=True),
        sa.CheckConstraint(
            "result IN ('started', 'active', 'failed')", name=op.f("ck_sync_schedule_starts_known_result")
        ),
        sa.CheckConstraint(
            "run_id IS NOT NULL OR failure_code IS NOT NULL", name=op.f("ck_sync_schedule_starts_run_or_reason")
        ),
        sa.ForeignKeyConstraint(
            ["schedule_id"],
            ["sync_schedules.id"],
            name=op.f("fk_sync_schedule_starts_schedule_id_sync_schedules"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_schedule_starts")),
    )
    op.create_index("ix_sync_schedule_starts_schedule", "sync_schedule_starts", ["schedule_id", "id"])
    op.create_index("ix_sync_schedule_starts_at", "sync_schedule_starts", ["at"])


def downgrade() -> None:
    op.drop_table("sync_schedule_starts")
    op.drop_table("sync_schedules")
