"""The clock of the schedules: every minute what is due is claimed, started as System, and noted."""

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
    """Start what is due; several workers may, at once."""
    start_due(utcnow())


def start_due(now: datetime) -> None:
    """Start every schedule that is due at `now`, each once, however long it has been due."""
    for schedule in [*due_schedules(now), *misset_schedules(now)]:
        try:
            _start(schedule, now)
        except DATABASE_AWAY:
            raise  # Nothing was written: it is due in the next minute as well.
        except Exception as error:
            logger.exception("schedule %s could not start %s", schedule.id, schedule.operation)
            _note_failure(schedule, now, failure_of(error).code)


def _start(schedule: Schedule, now: datetime) -> None:
    """Claim the due time, start, and note what came of it, all in one transaction: a crash leaves it all due."""
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
    """Go on to the next due time; one that has none, as its time zone is gone, is paused and keeps nobody waiting."""
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
