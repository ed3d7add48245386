"""The history of a run in the reader's language (R4, R86)."""

from collections.abc import Callable

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ops_admin.runs import codes, failures
from ops_admin.runs.history import EventType, HistoryEvent, Transition

# What a code means for a run that did not end because of it.
_WHEN_REQUEUED: dict[str, object] = {
    codes.WORKER_STOPPED: _("The worker was shut down. Another one will start the run again."),
    codes.DATABASE_AWAY: _("The database was unreachable, or its disk full. A worker will start the run again."),
}

_TEXTS: dict[EventType, Callable[[HistoryEvent], str]] = {
    EventType.REASSIGNED: lambda _event: gettext("Taken over and queued"),
    EventType.DISPATCHED_AGAIN: lambda _event: gettext("Queued again"),
    EventType.CANCEL_REQUESTED: lambda _event: gettext("Cancel requested"),
    EventType.CANCELLED_BEFORE_START: lambda _event: gettext("Cancelled before it started"),
    EventType.STARTED_AGAIN: lambda event: gettext("Retried as #%(id)s", id=event.run_id),
    EventType.DONE_BY: lambda event: gettext("The same is done by #%(id)s", id=event.run_id),
    EventType.RETRY_OF: lambda event: gettext("Retry of #%(id)s", id=event.run_id),
    EventType.REPAIR_FAILED: lambda _event: gettext("Repair failed"),
    EventType.STALLED: lambda _event: gettext("Stalled: housekeeping will check again"),
    EventType.IMPORTED: lambda event: gettext("Imported, was %(reference)s", reference=event.data.get("reference")),
}


def text_of(event: HistoryEvent) -> str:
    """Return what happened in a few words; empty if the run's state already says it."""
    text = _TEXTS.get(event.type)
    return text(event) if text is not None else ""


def reason_of(line: Transition) -> tuple[str, str]:
    """Return why a run reached a state, and the failure code. Either may be empty.

    A line from before history was data is shown as written; if it is a failure code, it is explained.
    """
    event = line.event
    if event is None:
        is_code = failures.is_registered(line.reason)
        return (failures.explain(line.reason), line.reason) if is_code else (line.reason, "")
    if event.type is EventType.ATTEMPT_BEGUN:
        attempt = gettext("Attempt %(number)s", number=event.data.get("attempt"))
        return f"{attempt}. {failures.explain(event.code)}", event.code
    if event.type is EventType.REQUEUED and not event.code:
        return gettext("Continues in %(seconds)s seconds", seconds=event.data.get("seconds")), ""
    if event.type is EventType.REQUEUED and event.code in _WHEN_REQUEUED:
        return str(_WHEN_REQUEUED[event.code]), event.code
    if event.code:
        return failures.explain(event.code), event.code
    return text_of(event), ""
