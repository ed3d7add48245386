"""A model of the ledger, small enough to read at a glance, to compare the real one with (R2 to R5, R48)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

LOST_AFTER = timedelta(minutes=2)
STUCK_AFTER = timedelta(minutes=1)
COOLDOWN = timedelta(minutes=15)
MOST_DISPATCHES = 3
MOST_RESTARTS = 1

Identity = tuple[str, int, str]  # operation, tenant, input


class Clock:
    """The time that the product sees. It never stands still, so no two moments are equal."""

    def __init__(self) -> None:
        self._now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        """Return the time."""
        self._now += timedelta(milliseconds=1)
        return self._now

    def advance(self, time: timedelta) -> None:
        """Let time pass."""
        self._now += time


@dataclass
class ModelRun:
    """What should be known about one run."""

    identity: Identity
    user_id: int | None
    restarts: int = 0
    status: str = "queued"
    outcome: str = "pending"
    counts: dict[str, int] = field(default_factory=dict)
    attempt: int = 1
    claims: int = 0
    stop_asked: bool = False
    dispatches: int = 0
    restarted: bool = False
    ended_at: datetime | None = None

    @property
    def is_active(self) -> bool:
        """Whether the run has not ended."""
        return self.status != "completed"

    def claim(self) -> bool:
        """Claim the run. False if somebody else has."""
        if self.status != "queued":
            return False
        self.status = "running"
        self.claims += 1
        return True

    def is_held(self, claim: int) -> bool:
        """Whether writes of the worker with that claim still count (R86)."""
        return self.status == "running" and self.claims == claim

    def end(self, outcome: str, now: datetime) -> None:
        """End the run; only the first end counts."""
        assert self.is_active
        self.status, self.outcome, self.ended_at = "completed", outcome, now

    def ask_to_stop(self, now: datetime) -> bool:
        """Stop at once or later. False if there is nothing to stop."""
        if self.status == "queued":
            self.end("cancelled", now)
            return True
        asked = self.status == "running" and not self.stop_asked
        self.stop_asked = self.stop_asked or asked
        return asked


class ModelLedger:
    """All runs by id."""

    def __init__(self) -> None:
        self.runs: dict[int, ModelRun] = {}

    def active(self, identity: Identity) -> int | None:
        """Return the active run of an identity, or None."""
        found = [run_id for run_id, run in self.runs.items() if run.identity == identity and run.is_active]
        assert len(found) <= 1
        return found[0] if found else None

    def recent(self, identity: Identity, since: datetime) -> int | None:
        """Return the latest run of an identity that succeeded since `since`, or None."""
        found = [
            (run.ended_at, run_id)
            for run_id, run in self.runs.items()
            if run.identity == identity and run.outcome == "succeeded" and run.ended_at and run.ended_at >= since
        ]
        return max(found)[1] if found else None

    def by_status(self, status: str) -> Iterator[int]:
        """Return the ids of the runs in `status`."""
        return (run_id for run_id, run in self.runs.items() if run.status == status)


def outcome_of(succeeded: int, failed: int) -> str:
    """R19, written a second time."""
    if failed == 0:
        return "succeeded"
    return "partially_succeeded" if succeeded else "failed"
