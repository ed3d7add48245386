"""Runs that look lost, while they get the chance to show that they are not (R48).

Noted is the revision with which each was seen; a heartbeat changes it, and nothing else counts. How long ago that was
is measured by a clock that all processes share and nobody sets in between: clocks differ between machines.
"""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from sqlalchemy import func, select

from ops_admin.infra.database import db
from ops_admin.runs.ledger import Run

SUSPECTS = "suspects"
# What is not among them is looked at the next time.
MOST_SUSPECTS = 500


@dataclass(frozen=True)
class Suspects:
    """Which revisions of which runs were seen, and when."""

    noted_at: float
    revisions: Mapping[int, int]

    @classmethod
    def note(cls, runs: Iterable[Run]) -> Self:
        """Note runs as they are now."""
        return cls(_now(), {run.id: run.revision for run in list(runs)[:MOST_SUSPECTS]})

    @classmethod
    def noted_in(cls, context: Mapping[str, object]) -> Self | None:
        """Return what was noted in the context of a housekeeping run, if anything was."""
        match context.get(SUSPECTS):
            case {"noted_at": float() | int() as noted_at, "revisions": dict(revisions)}:
                return cls(float(noted_at), {int(run_id): int(revision) for run_id, revision in revisions.items()})
        return None

    def as_json(self) -> dict[str, object]:
        """Return what the context keeps."""
        return {"noted_at": self.noted_at, "revisions": {str(key): value for key, value in self.revisions.items()}}

    def seconds_ago(self) -> float | None:
        """Return how long ago they were noted; None when that cannot be said: the machine was started anew."""
        passed = _now() - self.noted_at
        return passed if passed >= 0 else None

    def holds(self, run: Run) -> bool:
        """Whether the run is still as it was noted."""
        return self.revisions.get(run.id) == run.revision


def _now() -> float:
    """Seconds by the clock of the database's server; of this machine, where the database is a file on it."""
    if db.engine.dialect.name == "postgresql":
        return float(db.session.execute(select(func.extract("epoch", func.clock_timestamp()))).scalar_one())
    return time.monotonic()
