"""Writes the single notification of a finished run, in the statement that ends the run (R28)."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy import CTE, ColumnElement, Table, bindparam, insert, select

from ops_admin.infra.database import Executor, utcnow
from ops_admin.notifications.events import notification_created
from ops_admin.notifications.models import DbNotification
from ops_admin.notifications.queries import MOST_UNREAD, unread_count, unread_query
from ops_admin.runs.companions import Companion, Found
from ops_admin.runs.events import RunCompleted
from ops_admin.runs.history import EventType, Transition
from ops_admin.runs.ledger import Run
from ops_admin.runs.queries import transitions_of
from ops_admin.runs.states import Outcome
from ops_admin.runs.urls import run_url
from ops_admin.runs.web.presenter import notification_text

_table = cast(Table, DbNotification.__table__)
_GIVEN = ("user_id", "title", "body", "level", "created_at", "read_at")
# Built once, because every run that ends writes one.
_INSERT = insert(_table).returning(_table.c.id.label("notification_id"))


def notification_for(event: RunCompleted) -> Companion | None:
    """Return the initiator's notification, to be written together with the end of the run. None for a run of System.

    The ledger lets exactly one writer complete a run. The unique constraint backs that up: a second row would roll back
    the second completion as well.
    """
    run = event.run
    if run.user_id is None:
        return None
    draft = _draft(event, run.user_id)
    return Companion(
        build=_written_along,
        parameters={f"notification_{name}": draft[name] for name in _GIVEN},
        write=lambda executor, _: _write(executor, draft),
        told=lambda found: _tell(run, draft, found),
    )


def _draft(event: RunCompleted, user_id: int) -> dict[str, Any]:
    run = event.run
    text = notification_text(run, event.followed_by)
    ended_at = run.completed_at or utcnow()
    # Somebody who gives up a run that waited for a decision knows it. The notification is kept, but already read.
    is_known = run.was_undecided and bool(_own_stops(run))
    return {
        "user_id": user_id,
        "workspace_id": run.workspace_id,
        "operation_run_id": run.id,
        "title": text.title,
        "body": text.body,
        "level": text.level,
        "created_at": ended_at,
        "read_at": ended_at if is_known else None,
    }


def _written_along(written: CTE) -> tuple[Sequence[CTE], Sequence[ColumnElement[Any]]]:
    """Do what `_write` does, in the statement that ends the run, where the new row is not counted yet."""
    given = {name: bindparam(f"notification_{name}", type_=_table.c[name].type) for name in _GIVEN}
    columns = {**given, "workspace_id": written.c.workspace_id, "operation_run_id": written.c.id}
    rows = select(*columns.values()).select_from(written)
    notified = insert(_table).from_select(list(columns), rows).returning(_table.c.id).cte("notified")
    number = unread_query(given["user_id"]).scalar_subquery() + 1
    return [notified], [select(notified.c.id).scalar_subquery().label("notification_id"), number.label("unread")]


def _write(executor: Executor, draft: Mapping[str, Any]) -> Found:
    row = executor.execute(_INSERT, draft).one()
    return {"notification_id": row.notification_id, "unread": unread_count(draft["user_id"])}


def _own_stops(run: Run) -> list[Transition]:
    """Return the history lines in which a cancelled run's initiator stopped it."""
    if run.outcome != Outcome.CANCELLED:
        return []
    return [line for line in transitions_of(run.id) if line.actor_id == run.user_id and _is_stop(line)]


def _is_stop(line: Transition) -> bool:
    return line.is_of(EventType.CANCEL_REQUESTED) or line.is_of(EventType.CANCELLED_BEFORE_START)


def _is_with_others(line: Transition) -> bool:
    """Whether it was stopped as part of a bulk request, which was answered for all its runs (R44)."""
    return line.event is not None and line.event.data.get("with_others") is True


def _tell(run: Run, draft: Mapping[str, Any], found: Found) -> None:
    """Notify the user's browsers. `quiet` notifications update only the bell; ones already read notify nobody."""
    if draft["read_at"] is not None:
        return
    notification_created.send(
        draft["user_id"],
        {
            "id": found["notification_id"],
            "title": draft["title"],
            "body": draft["body"],
            "level": draft["level"],
            "url": run_url(run.id),
            "unread": min(found["unread"], MOST_UNREAD),
            "quiet": any(_is_with_others(line) for line in _own_stops(run)),
        },
    )
