"""Writes the one notification of a finished run, together with its end (R28)."""

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
# Built once: each run that ends writes one.
_INSERT = insert(_table).returning(_table.c.id.label("notification_id"))


def notification_for(event: RunCompleted) -> Companion | None:
    """Return the initiator's notification, to be written together with the end of the run; System has nobody to tell.

    The ledger lets exactly one writer complete a run, and the unique constraint stands behind it: a second row would
    undo the second completion as well.
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
    # Who gives up what waited for a decision has nothing to hear of it: it is kept with the others, and read already.
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
    """The same as `_write`, in the statement that ends the run: there its own row is not counted yet."""
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
    """Return the lines in which the initiator of a cancelled run stopped it."""
    if run.outcome != Outcome.CANCELLED:
        return []
    return [line for line in transitions_of(run.id) if line.actor_id == run.user_id and _is_stop(line)]


def _is_stop(line: Transition) -> bool:
    return line.is_of(EventType.CANCEL_REQUESTED) or line.is_of(EventType.CANCELLED_BEFORE_START)


def _is_with_others(line: Transition) -> bool:
    """Whether it was stopped along with others: whoever did was answered for all of them at once (R44)."""
    return line.event is not None and line.event.data.get("with_others") is True


def _tell(run: Run, draft: Mapping[str, Any], found: Found) -> None:
    """Tell the browsers of the user; of what is `quiet` the bell alone is told, of what is read already nobody."""
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
