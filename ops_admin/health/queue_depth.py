"""How much waits in the queue, and for how long."""

from dataclasses import dataclass

from ops_admin.infra.database import utcnow
from ops_admin.infra.extensions import huey
from ops_admin.runs import queries

# Messages carry no time, so the runs that they are about are asked; those at the head have waited longest.
_LOOKED_AT = 50


@dataclass(frozen=True)
class Waiting:
    """The messages in the queue, and the seconds that the longest waiting run has waited (0: none waits)."""

    depth: int
    oldest_seconds: float


def look_at_queue() -> Waiting:
    """Read the queue; raises what its storage raises."""
    depth = huey.count_waiting()
    since = queries.oldest_queued(huey.waiting_run_ids(_LOOKED_AT)) if depth else None
    return Waiting(depth, max(0.0, (utcnow() - since).total_seconds()) if since is not None else 0.0)
