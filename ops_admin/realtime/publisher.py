"""Run events and notifications, as Socket.IO events in the rooms that may hear them (R15, R24)."""

from collections.abc import Mapping

from ops_admin.extensions import socketio
from ops_admin.realtime import rooms
from ops_admin.runs import events, presenter
from ops_admin.telemetry import figures

_NAMES: Mapping[type[events.RunEvent], str] = {
    events.RunEnqueued: "run-enqueued",
    events.RunProgressed: "run-progress",
    events.RunCompleted: "run-completed",
}


def init_app() -> None:
    """Hear of every run from now on."""
    for kind in _NAMES:
        events.subscribe(kind, publish_run)


def publish_run(event: events.RunEvent) -> None:
    """Send the widget row of a run to the room of its tenant or workspace (R24)."""
    run = event.run
    _emit(_NAMES[type(event)], presenter.widget_row(run).payload(), rooms.run_room(run.tenant_id, run.workspace_id))


def publish_notification(user_id: int, payload: Mapping[str, object]) -> None:
    """Send `notification-created` to the browsers of one user (R24, R28)."""
    _emit("notification-created", payload, rooms.user_room(user_id))


def _emit(name: str, payload: Mapping[str, object], room: str) -> None:
    # Called after the commit, where what fails is logged and holds nothing up (`database.after_commit`).
    socketio.emit(name, dict(payload), to=room)
    figures.events_sent.labels(name).inc()
