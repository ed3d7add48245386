"""Publishes run events and notifications as Socket.IO events, in the rooms that may hear them (R15, R24)."""

import logging
from collections.abc import Mapping

from redis.exceptions import RedisError

from ops_admin.infra.extensions import socketio
from ops_admin.infra.outages import Outage
from ops_admin.realtime import rooms
from ops_admin.realtime.other_processes import OtherProcesses
from ops_admin.runs import events
from ops_admin.runs.web import presenter
from ops_admin.telemetry import metrics

redis_outage = Outage(
    logging.getLogger(__name__),
    "Redis cannot be told (%s): browsers hear nothing from here until it can",
    "Redis can be told again",
)

_NAMES: Mapping[type[events.RunEvent], str] = {
    events.RunEnqueued: "run-enqueued",
    events.RunProgressed: "run-progress",
    events.RunBeat: "run-progress",
    events.RunCompleted: "run-completed",
}


def reaches_others() -> bool:
    """Whether other processes receive what this one publishes; takes at most two seconds."""
    return _others().reaches_others()


def publish_run(event: events.RunEvent) -> None:
    """Send the widget row of a run to the room of its tenant or workspace (R24)."""
    run = event.run
    payload = presenter.widget_row(run).payload()
    if isinstance(event, events.RunBeat):
        payload["heartbeat"] = True  # so that pages that show more than this row need not read themselves again
    _emit(_NAMES[type(event)], payload, rooms.run_room(run.tenant_id, run.workspace_id))


def publish_notification(user_id: int, payload: Mapping[str, object]) -> None:
    """Send `notification-created` to the browsers of one user (R24, R28)."""
    _emit("notification-created", payload, rooms.user_room(user_id))


def _others() -> OtherProcesses:
    others: OtherProcesses = socketio.server.manager.others
    return others


def _emit(name: str, payload: Mapping[str, object], room: str) -> None:
    # Called after the commit, where failures are logged and delay nothing (`database.after_commit`).
    try:
        socketio.emit(name, dict(payload), to=room)
    except RedisError as error:
        redis_outage.begin(type(error).__name__)  # a run that moves emits twice a second
        return
    redis_outage.end()
    metrics.events_sent.labels(name).inc()
