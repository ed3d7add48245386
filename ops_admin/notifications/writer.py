"""Writes the one notification of a finished run, inside the transaction that finishes it (R28)."""

from typing import cast

from sqlalchemy import Table, insert

from ops_admin.infra.database import after_commit, db, utcnow
from ops_admin.notifications.events import notification_created
from ops_admin.notifications.models import DbNotification
from ops_admin.notifications.queries import Notification, notification_of, unread_count
from ops_admin.runs.events import RunCompleted, RunEvent
from ops_admin.runs.history import Transition
from ops_admin.runs.ledger import Run
from ops_admin.runs.queries import transitions_of
from ops_admin.runs.states import Outcome
from ops_admin.runs.web.presenter import notification_text

_table = cast(Table, DbNotification.__table__)
# Built once: each run that ends writes one.
_INSERT = insert(_table).returning(*_table.c)


def write_for(event: RunEvent) -> None:
    """Add the initiator's notification; a run of System has nobody to tell.

    The ledger lets exactly one writer complete a run, and the unique constraint stands behind it: a second row would
    undo the second completion as well.
    """
    if event.run.user_id is None:
        return
    row = db.session.execute(_INSERT, _values(event, event.run.user_id)).one()
    if event.run.was_withdrawn:
        return
    notification, quiet = notification_of(row), _is_expected(event.run)
    after_commit(lambda: _tell(notification, quiet=quiet))


def _values(event: RunEvent, user_id: int) -> dict[str, object]:
    run = event.run
    text = notification_text(run, event.followed_by if isinstance(event, RunCompleted) else None)
    return {
        "user_id": user_id,
        "workspace_id": run.workspace_id,
        "operation_run_id": run.id,
        "title": text.title,
        "body": text.body,
        "level": text.level,
        "created_at": run.completed_at or utcnow(),
        # Of what nobody has started nobody waits to hear: it is kept with the others, and read already.
        "read_at": (run.completed_at or utcnow()) if run.was_withdrawn else None,
    }


def _is_expected(run: Run) -> bool:
    """Whether its initiator stopped the run along with others: they were answered for all of them at once (R44)."""
    if run.outcome != Outcome.CANCELLED:
        return False
    return any(line.actor_id == run.user_id and _stops_with_others(line) for line in transitions_of(run.id))


def _stops_with_others(line: Transition) -> bool:
    return line.event is not None and line.event.data.get("with_others") is True


def _tell(notification: Notification, *, quiet: bool) -> None:
    """Tell the browsers of the user; of what is `quiet` the bell alone is told."""
    notification_created.send(
        notification.user_id,
        {
            "id": notification.id,
            "title": notification.title,
            "body": notification.body,
            "level": notification.level,
            "url": notification.url,
            "unread": unread_count(notification.user_id),
            "quiet": quiet,
        },
    )
