"""Writes the one notification of a finished run, inside the transaction that finishes it (R28)."""

from typing import cast

from sqlalchemy import Table, insert

from ops_admin.database import after_commit, db, utcnow
from ops_admin.notifications import events
from ops_admin.notifications.models import DbNotification
from ops_admin.notifications.queries import Notification, notification_of, unread_count
from ops_admin.runs.events import RunCompleted, RunEvent, subscribe_in_transaction
from ops_admin.runs.ledger import Run
from ops_admin.runs.presenter import notification_text

_table = cast(Table, DbNotification.__table__)
# Built once: each run that ends writes one.
_INSERT = insert(_table).returning(*_table.c)


def init_app() -> None:
    """Write along with every run that ends from now on."""
    subscribe_in_transaction(RunCompleted, write_for)


def write_for(event: RunEvent) -> None:
    """Add the initiator's notification; a run of System has nobody to tell.

    The ledger lets exactly one writer complete a run, and the unique constraint stands behind it: a second row would
    undo the second completion as well.
    """
    if event.run.user_id is None:
        return
    row = db.session.execute(_INSERT, _values(event.run, event.run.user_id)).one()
    if event.run.was_withdrawn:
        return
    notification = notification_of(row)
    after_commit(lambda: _tell(notification))


def _values(run: Run, user_id: int) -> dict[str, object]:
    text = notification_text(run)
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


def _tell(notification: Notification) -> None:
    events.tell(
        notification.user_id,
        {
            "id": notification.id,
            "title": notification.title,
            "body": notification.body,
            "level": notification.level,
            "url": notification.url,
            "unread": unread_count(notification.user_id),
        },
    )
