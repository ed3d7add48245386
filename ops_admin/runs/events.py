"""What other parts of the console can learn about runs. `app.py` connects the subscribers."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ops_admin.infra.channels import Channel

if TYPE_CHECKING:
    from ops_admin.runs.history import HistoryEvent
    from ops_admin.runs.ledger import Run


@dataclass(frozen=True)
class RunEvent:
    """A change to a run. `run` is the row as the change left it."""

    run: "Run"


class RunEnqueued(RunEvent):
    """A run was created."""


class RunProgressed(RunEvent):
    """A run was claimed, made progress, or was asked to stop."""


class RunBeat(RunEvent):
    """A worker wrote a heartbeat. Nothing else about the run changed."""


@dataclass(frozen=True)
class RunCompleted(RunEvent):
    """A run ended. `followed_by` describes what was started as a result, in the same transaction."""

    followed_by: "HistoryEvent | None" = None


after_commit: dict[type[RunEvent], Channel[[RunEvent]]] = {
    kind: Channel(f"{kind.__name__} after its commit") for kind in (RunEnqueued, RunProgressed, RunBeat, RunCompleted)
}
"""Subscribers that report committed changes (R24)."""

companions: Channel[[RunCompleted]] = Channel("RunCompleted in its statement")
"""Subscribers that write rows in the statement that ends a run (R28). Each returns a `Companion`, or None."""

housekeeping_checked: Channel[[]] = Channel("housekeeping has checked all workspaces")
"""Subscribers that record that housekeeping has checked, also when it found nothing to repair (R48)."""
