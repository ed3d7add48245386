"""How many messages wait in the queue, and for how long."""

from dataclasses import dataclass

from ops_admin.infra.database import utcnow
from ops_admin.infra.extensions import huey
from ops_admin.runs import queries

# Messages have no time, so the times of their runs are read. Those at the head have waited longest.
_HEAD = 50


@dataclass(frozen=True)
class Waiting:
    """The messages in the queue, and for how many seconds the oldest of their runs has waited (0 if none)."""

    depth: int
    oldest_seconds: float


def look_at_queue() -> Waiting:
    """Read the queue; raises what its storage raises."""
    depth = huey.count_waiting()
    since = queries.oldest_queued(huey.waiting_run_ids(_HEAD)) if depth else None
    return Waiting(depth, max(0.0, (utcnow() - since).total_seconds()) if since is not None else 0.0)
