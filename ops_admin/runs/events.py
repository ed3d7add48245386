"""What others may hear of a run; `app.py` connects who listens."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ops_admin.infra.channels import Channel

if TYPE_CHECKING:
    from ops_admin.runs.history import HistoryEvent
    from ops_admin.runs.ledger import Run


@dataclass(frozen=True)
class RunEvent:
    """A change of a run; `run` is the row as this change left it."""

    run: "Run"


class RunEnqueued(RunEvent):
    """A run was created."""


class RunProgressed(RunEvent):
    """A run was claimed, moved on, or was asked to stop."""


class RunBeat(RunEvent):
    """The worker of a run gave a sign of life; nothing else of the run changed."""


@dataclass(frozen=True)
class RunCompleted(RunEvent):
    """A run reached its terminal status; `followed_by` says what was started because of that, in the same moment."""

    followed_by: "HistoryEvent | None" = None


after_commit: dict[type[RunEvent], Channel[[RunEvent]]] = {
    kind: Channel(f"{kind.__name__} after its commit") for kind in (RunEnqueued, RunProgressed, RunBeat, RunCompleted)
}
"""Who reports a change that is committed (R24)."""

companions: Channel[[RunCompleted]] = Channel("RunCompleted in its statement")
"""Who writes along with the end of a run (R28): each subscriber returns a `Companion`, or None."""
