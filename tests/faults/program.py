"""`ops-admin` with a short patience: what production finds out in minutes, a test of faults must see in seconds.

Nothing but the lengths of these intervals differs; the code that waits for them is the code that is shipped.
"""

from datetime import timedelta

from huey.consumer import Scheduler

from ops_admin.cli import main
from ops_admin.health import push_outages, workers
from ops_admin.runs import queries
from ops_admin.runs.worker import execution, reconciler

LOST_AFTER = timedelta(seconds=10)
STUCK_AFTER = timedelta(seconds=4)
SECONDS_BETWEEN_LOOKS = 3
GAP_LASTS = timedelta(seconds=6)


def shorten() -> None:
    """Let housekeeping look and decide sooner, and the workers beat faster to keep up with it."""
    queries.LOST_AFTER = LOST_AFTER
    queries.STUCK_AFTER = STUCK_AFTER
    execution.SECONDS_BETWEEN_HEARTBEATS = 1
    push_outages.LASTS = GAP_LASTS
    workers.BEAT_SECONDS = 2
    reconciler.SECONDS_TO_SPEAK_UP = 3
    Scheduler.periodic_task_seconds = SECONDS_BETWEEN_LOOKS


if __name__ == "__main__":
    shorten()
    main()
