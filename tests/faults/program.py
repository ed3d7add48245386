"""`ops-admin` with short intervals, so that fault tests see in seconds what takes minutes in production.

Only the lengths of these intervals differ; the code that uses them is the code that ships.
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
    """Let housekeeping check and decide sooner, and let workers send heartbeats faster to match."""
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
