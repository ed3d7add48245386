"""The tables of a tenant's schedules and their starts."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from ops_admin.infra.database import Base, BigIntKey, UTCDateTime, utcnow
from ops_admin.intune.schedules.rules import Frequency

_DUE = text("next_due_at IS NOT NULL")
_WHOLE_RULE = (
    "(frequency = 'hours' AND every_hours BETWEEN 1 AND 168) OR "
    "(frequency = 'daily' AND at_time IS NOT NULL AND weekday IS NULL) OR "
    "(frequency = 'weekly' AND at_time IS NOT NULL AND weekday BETWEEN 0 AND 6)"
)


class DbSyncSchedule(Base):
    """Which sync of a tenant is started, and when. A paused schedule has no next due time.

    `revision` grows with every change, whether by a member or at a due time: of two concurrent changes only one
    succeeds. `last_run_id` has no foreign key, because the schedule is kept when its runs are pruned.
    """

    __tablename__ = "sync_schedules"
    __table_args__ = (
        CheckConstraint(
            "frequency IN ({})".format(", ".join(f"'{each}'" for each in Frequency)), name="known_frequency"
        ),
        CheckConstraint(_WHOLE_RULE, name="whole_rule"),
        CheckConstraint("enabled = (next_due_at IS NOT NULL)", name="due_when_enabled"),
        Index("ix_sync_schedules_tenant", "tenant_id", "id"),
        Index("ix_sync_schedules_due", "next_due_at", sqlite_where=_DUE, postgresql_where=_DUE),
        Index("ix_sync_schedules_last_run", "last_run_id"),
    )

    id: Mapped[int] = mapped_column(BigIntKey, primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id"))
    operation: Mapped[str] = mapped_column(String(100))
    frequency: Mapped[str] = mapped_column(String(10))
    every_hours: Mapped[int | None] = mapped_column()
    at_time: Mapped[str | None] = mapped_column(String(5))
    weekday: Mapped[int | None] = mapped_column()
    time_zone: Mapped[str] = mapped_column(String(64))
    enabled: Mapped[bool] = mapped_column(default=True)
    next_due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    last_run_id: Mapped[int | None] = mapped_column(BigInteger)
    revision: Mapped[int] = mapped_column(default=1)
    set_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    set_by_name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)


class DbSyncScheduleStart(Base):
    """The result of one due time: a new run, one that was already active, or why there is none."""

    __tablename__ = "sync_schedule_starts"
    __table_args__ = (
        CheckConstraint("result IN ('started', 'active', 'failed')", name="known_result"),
        CheckConstraint("run_id IS NOT NULL OR failure_code IS NOT NULL", name="run_or_reason"),
        Index("ix_sync_schedule_starts_schedule", "schedule_id", "id"),
        Index("ix_sync_schedule_starts_at", "at"),
    )

    id: Mapped[int] = mapped_column(BigIntKey, primary_key=True)
    schedule_id: Mapped[int] = mapped_column(ForeignKey("sync_schedules.id", ondelete="CASCADE"))
    due_at: Mapped[datetime] = mapped_column(UTCDateTime)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    result: Mapped[str] = mapped_column(String(10))
    run_id: Mapped[int | None] = mapped_column(BigInteger)
    failure_code: Mapped[str | None] = mapped_column(String(100))
