"""The history of a run as data (R4, R86): what happened, with its details. Words are made where it is shown."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from ops_admin.runs.ledger import Failure

# The first repair that fails is tried again after a minute, then after two, four, … and at last every hour.
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)
_CLOCK_TOLERANCE = timedelta(seconds=5)


class EventType(StrEnum):
    """What one line of the history says. Values are stored: never rename one.

    Lines of `ANNOTATIONS` change nothing of the run: they say what was done because of it.
    """

    CREATED = "created"
    PREPARED = "prepared"
    CLAIMED = "claimed"
    ATTEMPT_BEGUN = "attempt_begun"
    REQUEUED = "requeued"
    REASSIGNED = "reassigned"
    DISPATCHED_AGAIN = "dispatched_again"
    CANCEL_REQUESTED = "cancel_requested"
    CANCELLED_BEFORE_START = "cancelled_before_start"
    FINISHED = "finished"
    STARTED_AGAIN = "started_again"
    DONE_BY = "done_by"
    RETRY_OF = "retry_of"
    REPAIR_FAILED = "repair_failed"
    STALLED = "stalled"


ANNOTATIONS = frozenset(
    {EventType.STARTED_AGAIN, EventType.DONE_BY, EventType.RETRY_OF, EventType.REPAIR_FAILED, EventType.STALLED}
)

# For those who read the table from outside; no code reads it back.
_SUMMARIES: dict[EventType, str] = {
    EventType.PREPARED: "waiting for a decision",
    EventType.ATTEMPT_BEGUN: "attempt {attempt} after {code}",
    EventType.REQUEUED: "continues in {seconds} s",
    EventType.REASSIGNED: "taken over and queued",
    EventType.DISPATCHED_AGAIN: "queued again",
    EventType.CANCEL_REQUESTED: "cancel requested",
    EventType.CANCELLED_BEFORE_START: "cancelled before it started",
    EventType.STARTED_AGAIN: "retried as run {run_id}",
    EventType.DONE_BY: "run {run_id} does the same",
    EventType.RETRY_OF: "retry of run {run_id}",
    EventType.STALLED: "stalled at revision {revision}",
}


@dataclass(frozen=True)
class HistoryEvent:
    """What happened to a run. `data` holds JSON values: `code` is a failure code, `run_id` another run."""

    type: EventType
    data: Mapping[str, object] = field(default_factory=dict)

    @classmethod
    def naming(cls, type_: EventType, run_id: int) -> "HistoryEvent":
        """What was done because of a run by another one, or because of another one by a run."""
        return cls(type_, {"run_id": run_id})

    @classmethod
    def finished(cls, code: str = "") -> "HistoryEvent":
        """The end of a run, with the failure code behind it if there is one."""
        return cls(EventType.FINISHED, {"code": code} if code else {})

    @property
    def code(self) -> str:
        """The failure code behind it; empty where there is none."""
        return str(self.data.get("code", ""))

    @property
    def run_id(self) -> int | None:
        """The other run that it names, if it names one."""
        run_id = self.data.get("run_id")
        return run_id if isinstance(run_id, int) else None

    @property
    def failure(self) -> Failure | None:
        """Why a repair failed."""
        if self.type is not EventType.REPAIR_FAILED:
            return None
        return Failure(self.code, str(self.data.get("message", "")))

    @property
    def summary(self) -> str:
        """A short English text of it for the `reason` column: the failure code where that says it all."""
        if self.code and self.type is not EventType.ATTEMPT_BEGUN:
            return self.code
        return _SUMMARIES.get(self.type, "").format_map(self.data)


@dataclass(frozen=True)
class Transition:
    """One line of a run's history (R4).

    `from_status` is None for its creation. `event` is None for a line written before history was data; what such a line
    says stands in `reason`, and is shown as it is.
    """

    from_status: str | None
    to_status: str
    outcome: str
    at: datetime
    actor: str
    reason: str
    actor_id: int | None = None
    event: HistoryEvent | None = None

    @property
    def is_annotation(self) -> bool:
        """Whether it changed nothing of the run."""
        if self.event is None:
            return self.from_status == self.to_status == "completed"
        return self.event.type in ANNOTATIONS

    @property
    def code(self) -> str:
        """The failure code behind it; empty where there is none."""
        return self.event.code if self.event is not None else ""

    def is_of(self, type_: EventType) -> bool:
        """Whether it says that."""
        return self.event is not None and self.event.type is type_


def event_of(type_: object, data: object) -> HistoryEvent | None:
    """Return what a stored line says; None for one from before, or one that a newer version has written."""
    if not isinstance(type_, str) or type_ not in set(EventType):
        return None
    return HistoryEvent(EventType(type_), data if isinstance(data, Mapping) else {})


@dataclass(frozen=True)
class FailedRepair:
    """That a run could not be repaired: how often, when and why the last time."""

    times: int
    last_at: datetime
    failure: Failure | None = None

    @property
    def next_at(self) -> datetime:
        """When housekeeping tries again by itself: after twice as long each time, and at least every hour."""
        doublings = min(self.times - 1, 10)
        return self.last_at + min(LONGEST_PAUSE, FIRST_PAUSE * (1 << doublings))

    def is_due(self, now: datetime) -> bool:
        """Whether the pause is over; also when the last time stands in the future, because a clock was set back."""
        # The clock that asks each minute may be a little early or late.
        return not self.last_at - _CLOCK_TOLERANCE <= now < self.next_at - _CLOCK_TOLERANCE


def failed_repair_of(history: Iterable[Transition]) -> FailedRepair | None:
    """Return how often a run could not be repaired, and why the last time; None when that never happened."""
    failed = [(line, line.event.failure) for line in history if line.event is not None and line.event.failure]
    if not failed:
        return None
    last, failure = failed[-1]
    return FailedRepair(len(failed), last.at, failure)
