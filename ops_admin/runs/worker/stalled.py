"""Gives stalled runs a chance to recover before housekeeping ends them (R48).

The revision of each stalled run is recorded; only a heartbeat, which changes it, shows that the run is alive. Elapsed
time is measured by a clock that all processes share and nobody adjusts in between, because clocks differ between
machines.
"""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from sqlalchemy import func, select

from ops_admin.infra.database import db
from ops_admin.runs.ledger import Run

STALLED_RUNS = "stalled_runs"
# Further runs wait for the next housekeeping run.
MOST_STALLED_RUNS = 500


@dataclass(frozen=True)
class StalledRuns:
    """The revisions of the stalled runs, and when they were recorded."""

    noted_at: float
    revisions: Mapping[int, int]

    @classmethod
    def note(cls, runs: Iterable[Run]) -> Self:
        """Record the runs as they are now."""
        return cls(_now(), {run.id: run.revision for run in list(runs)[:MOST_STALLED_RUNS]})

    @classmethod
    def noted_in(cls, context: Mapping[str, object]) -> Self | None:
        """Return what was recorded in a housekeeping run's context, or None."""
        match context.get(STALLED_RUNS):
            case {"noted_at": float() | int() as noted_at, "revisions": dict(revisions)}:
                return cls(float(noted_at), {int(run_id): int(revision) for run_id, revision in revisions.items()})
        return None

    def as_json(self) -> dict[str, object]:
        """Return the form stored in the context."""
        return {"noted_at": self.noted_at, "revisions": {str(key): value for key, value in self.revisions.items()}}

    def seconds_ago(self) -> float | None:
        """Return how long ago they were recorded. None if unknown, because the machine was restarted."""
        passed = _now() - self.noted_at
        return passed if passed >= 0 else None

    def holds(self, run: Run) -> bool:
        """Whether the run is unchanged since it was recorded."""
        return self.revisions.get(run.id) == run.revision


def _now() -> float:
    """Seconds by the database server's clock, or by this machine's clock if the database is a local file."""
    if db.engine.dialect.name == "postgresql":
        return float(db.session.execute(select(func.extract("epoch", func.clock_timestamp()))).scalar_one())
    return time.monotonic()
