"""Reads a tenant's schedules and their starts."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from ops_admin.infra.database import db
from ops_admin.intune.schedules.models import DbSyncSchedule, DbSyncScheduleStart
from ops_admin.intune.schedules.rules import LONGEST_PAUSE, Frequency, Rule

MOST_DUE = 100


@dataclass(frozen=True)
class Schedule:
    """A schedule: which sync is started, when, and who set it. `next_due_at` is None while it is paused."""

    id: int
    tenant_id: int
    operation: str
    rule: Rule
    next_due_at: datetime | None
    last_run_id: int | None
    revision: int
    set_by_name: str
    updated_at: datetime

    @property
    def is_enabled(self) -> bool:
        """Whether the schedule is not paused."""
        return self.next_due_at is not None


@dataclass(frozen=True)
class ScheduleStart:
    """The result of one due time: "started" or "active" with a run, or "failed" with a code and perhaps a run."""

    id: int
    schedule_id: int
    due_at: datetime
    at: datetime
    result: str
    run_id: int | None
    failure_code: str | None


def list_schedules(tenant_id: int) -> list[Schedule]:
    """Return the schedules of a tenant, oldest first."""
    query = select(DbSyncSchedule).where(DbSyncSchedule.tenant_id == tenant_id).order_by(DbSyncSchedule.id)
    return [_schedule(row) for row in db.session.scalars(query)]


def find_schedule(tenant_id: int, schedule_id: int) -> Schedule | None:
    """Return the schedule if it belongs to the tenant, or None."""
    row = db.session.scalar(
        select(DbSyncSchedule).where(DbSyncSchedule.id == schedule_id, DbSyncSchedule.tenant_id == tenant_id)
    )
    return _schedule(row) if row is not None else None


def due_schedules(now: datetime) -> list[Schedule]:
    """Return at most 100 due schedules, oldest due time first. Any others are still due the next minute."""
    query = select(DbSyncSchedule).where(DbSyncSchedule.next_due_at <= now).order_by(DbSyncSchedule.next_due_at)
    return [_schedule(row) for row in db.session.scalars(query.limit(MOST_DUE))]


def misset_schedules(now: datetime) -> list[Schedule]:
    """Return the schedules that are due later than any rule allows, because a clock was ahead at the last due time."""
    query = select(DbSyncSchedule).where(DbSyncSchedule.next_due_at > now + LONGEST_PAUSE)
    return [_schedule(row) for row in db.session.scalars(query.order_by(DbSyncSchedule.id).limit(MOST_DUE))]


def latest_starts(schedule_ids: Collection[int]) -> dict[int, ScheduleStart]:
    """Return the latest start of each of these schedules."""
    newest = select(func.max(DbSyncScheduleStart.id)).where(DbSyncScheduleStart.schedule_id.in_(schedule_ids))
    query = select(DbSyncScheduleStart).where(
        DbSyncScheduleStart.id.in_(newest.group_by(DbSyncScheduleStart.schedule_id))
    )
    return {row.schedule_id: _start(row) for row in db.session.scalars(query)}


def list_starts(schedule_id: int, limit: int) -> list[ScheduleStart]:
    """Return the latest starts of a schedule, newest first."""
    query = select(DbSyncScheduleStart).where(DbSyncScheduleStart.schedule_id == schedule_id)
    query = query.order_by(DbSyncScheduleStart.id.desc()).limit(limit)
    return [_start(row) for row in db.session.scalars(query)]


def _schedule(row: DbSyncSchedule) -> Schedule:
    return Schedule(
        id=row.id,
        tenant_id=row.tenant_id,
        operation=row.operation,
        rule=Rule(Frequency(row.frequency), row.every_hours, row.at_time, row.weekday, row.time_zone),
        next_due_at=row.next_due_at,
        last_run_id=row.last_run_id,
        revision=row.revision,
        set_by_name=row.set_by_name,
        updated_at=row.updated_at,
    )


def _start(row: DbSyncScheduleStart) -> ScheduleStart:
    return ScheduleStart(row.id, row.schedule_id, row.due_at, row.at, row.result, row.run_id, row.failure_code)
