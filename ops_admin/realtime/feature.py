"""REALTIME for `app.py`: Socket.IO at `/socket.io`, and what is published there (R24, R25)."""

from ops_admin.access.signals import rights_changed, signed_out
from ops_admin.features import Feature
from ops_admin.notifications.events import notification_created
from ops_admin.realtime import ending, publisher, sockets
from ops_admin.runs.events import RunBeat, RunCompleted, RunEnqueued, RunProgressed, after_commit

FEATURE = Feature(
    "realtime",
    setup=sockets.bind,
    subscribers=(
        (after_commit[RunEnqueued], publisher.publish_run),
        (after_commit[RunProgressed], publisher.publish_run),
        (after_commit[RunBeat], publisher.publish_run),
        (after_commit[RunCompleted], publisher.publish_run),
        (notification_created, publisher.publish_notification),
        (rights_changed, ending.end_user),
        (signed_out, ending.end_sign_in),
    ),
)
