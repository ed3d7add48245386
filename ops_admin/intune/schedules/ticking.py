"""Starts due schedules every minute: claims the due time, starts the run as System and records the result."""

import logging
from datetime import datetime

from ops_admin.infra.database import transaction, utcnow
from ops_admin.infra.database_retry import DATABASE_AWAY
from ops_admin.intune.schedules import storage
from ops_admin.intune.schedules.queries import Schedule, due_schedules, misset_schedules
from ops_admin.intune.schedules.rules import first_due, next_due
from ops_admin.runs import codes
from ops_admin.runs.dispatch import start
from ops_admin.runs.failures import failure_of
from ops_admin.runs.ledger import Actor

SCHEDULE_ID = "schedule_id"

logger = logging.getLogger(__name__)


def tick() -> None:
    """Start all due schedules. Several workers may do this at the same time."""
    start_due(utcnow())


def start_due(now: datetime) -> None:
    """Start every schedule that is due at `now`, once even if several due times were missed."""
    for schedule in [*due_schedules(now), *misset_schedules(now)]:
        try:
            _start(schedule, now)
        except DATABASE_AWAY:
            raise  # Nothing was written, so the schedule is still due the next minute.
        except Exception as error:
            logger.exception("schedule %s could not start %s", schedule.id, schedule.operation)
            _note_failure(schedule, now, failure_of(error).code)


def _start(schedule: Schedule, now: datetime) -> None:
    """Claim the due time, start the run and record the result in one transaction, so that a crash leaves it due."""
    with transaction():
        due = _next_due(schedule, now)
        is_due = schedule.next_due_at is not None and schedule.next_due_at <= now
        if not storage.claim(schedule, due) or not is_due:
            return
        context = {SCHEDULE_ID: schedule.id}
        started = start(schedule.operation, actor=Actor.system(), tenant_id=schedule.tenant_id, context=context)
        if started.answer == "failed":
            storage.record_start(schedule, now, "failed", started.run.id, codes.DISPATCH_FAILED)
        else:
            storage.record_start(schedule, now, "started" if started.created else "active", started.run.id)


def _note_failure(schedule: Schedule, now: datetime, code: str) -> None:
    """Record a failure and set the next due time. If there is none, as without the time zone, pause the schedule."""
    try:
        due = _next_due(schedule, now)
    except Exception:
        logger.exception("schedule %s cannot be due again: it is paused", schedule.id)
        due = None
    with transaction():
        if storage.claim(schedule, due) if due else storage.pause(schedule):
            storage.record_start(schedule, now, "failed", failure_code=code)


def _next_due(schedule: Schedule, now: datetime) -> datetime:
    due = schedule.next_due_at
    return next_due(schedule.rule, due, now) if due is not None and due <= now else first_due(schedule.rule, now)
