"""Writes schedules and their starts. A change succeeds only if the schedule's revision is unchanged."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update

from ops_admin.access.queries import User
from ops_admin.infra.database import transaction, utcnow
from ops_admin.intune.schedules.models import DbSyncSchedule, DbSyncScheduleStart
from ops_admin.intune.schedules.queries import Schedule
from ops_admin.intune.schedules.rules import Rule, first_due

# Starts kept for one schedule; older runs can still be found in Monitoring.
MOST_STARTS = 200


def add_schedule(tenant_id: int, operation: str, rule: Rule, user: User) -> int:
    """Add a schedule and return its id."""
    now = utcnow()
    values = {"tenant_id": tenant_id, "enabled": True, "revision": 1, "created_at": now}
    with transaction() as session:
        statement = insert(DbSyncSchedule).values(**values, **_set(operation, rule, user, now))
        return session.execute(statement.returning(DbSyncSchedule.id)).scalar_one()


def change_schedule(schedule: Schedule, operation: str, rule: Rule, user: User) -> bool:
    """Change a schedule and resume it if it is paused. Returns False if it was changed meanwhile."""
    return _change(schedule, {"enabled": True, **_set(operation, rule, user, utcnow())})


def pause(schedule: Schedule) -> bool:
    """Pause a schedule. Returns False if it was changed meanwhile."""
    return not schedule.is_enabled or _change(schedule, {"enabled": False, "next_due_at": None})


def resume(schedule: Schedule) -> bool:
    """Resume a schedule with the next due time after now. Returns False if it was changed meanwhile."""
    due = first_due(schedule.rule, utcnow())
    return schedule.is_enabled or _change(schedule, {"enabled": True, "next_due_at": due})


def remove(schedule: Schedule) -> None:
    """Delete a schedule with its starts; its runs are kept."""
    with transaction() as session:
        session.execute(delete(DbSyncSchedule).where(DbSyncSchedule.id == schedule.id))


def claim(schedule: Schedule, next_due_at: datetime) -> bool:
    """Claim the due time of a schedule; only one of several workers succeeds. Call it inside a transaction."""
    return _change(schedule, {"next_due_at": next_due_at})


def record_start(
    schedule: Schedule, at: datetime, result: str, run_id: int | None = None, failure_code: str | None = None
) -> None:
    """Record the result of a claimed due time."""
    values = {"schedule_id": schedule.id, "due_at": schedule.next_due_at, "at": at, "result": result}
    with transaction() as session:
        session.execute(insert(DbSyncScheduleStart).values(**values, run_id=run_id, failure_code=failure_code))
        if run_id is not None:
            last = update(DbSyncSchedule).where(DbSyncSchedule.id == schedule.id)
            session.execute(last.values(last_run_id=run_id))
        of_this = DbSyncScheduleStart.schedule_id == schedule.id
        kept = select(DbSyncScheduleStart.id).where(of_this).order_by(DbSyncScheduleStart.id.desc()).limit(MOST_STARTS)
        session.execute(delete(DbSyncScheduleStart).where(of_this, DbSyncScheduleStart.id.not_in(kept)))


def _change(schedule: Schedule, changes: Mapping[str, Any]) -> bool:
    seen = (DbSyncSchedule.id == schedule.id, DbSyncSchedule.revision == schedule.revision)
    guarded = update(DbSyncSchedule).where(*seen).values(revision=schedule.revision + 1, **changes)
    with transaction() as session:
        return session.execute(guarded.returning(DbSyncSchedule.id)).one_or_none() is not None


def _set(operation: str, rule: Rule, user: User, now: datetime) -> dict[str, Any]:
    return {
        "operation": operation,
        "frequency": rule.frequency,
        "every_hours": rule.every_hours,
        "at_time": rule.at_time,
        "weekday": rule.weekday,
        "time_zone": rule.time_zone,
        "next_due_at": first_due(rule, now),
        "set_by_user_id": user.id,
        "set_by_name": user.display_name,
        "updated_at": now,
    }
