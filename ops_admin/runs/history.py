"""The history of a run as data (R4, R86): what happened, with its details.

It is put into words only where it is shown.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from ops_admin.runs.ledger import Failure

# A failed repair is tried again after a minute, then after two, four, … and finally every hour.
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)
_CLOCK_TOLERANCE = timedelta(seconds=5)


class EventType(StrEnum):
    """What a line of the history says. The values are stored, so never rename one.

    Lines of `ANNOTATIONS` do not change the run; they record what was done because of it.
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
    IMPORTED = "imported"


ANNOTATIONS = frozenset(
    {EventType.STARTED_AGAIN, EventType.DONE_BY, EventType.RETRY_OF, EventType.REPAIR_FAILED, EventType.STALLED}
)

# For people who read the table directly. No code reads these texts back.
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
    EventType.IMPORTED: "imported as {reference}",
}


@dataclass(frozen=True)
class HistoryEvent:
    """What happened to a run. `data` holds JSON values: `code` is a failure code, `run_id` another run."""

    type: EventType
    data: Mapping[str, object] = field(default_factory=dict)

    @classmethod
    def naming(cls, type_: EventType, run_id: int) -> "HistoryEvent":
        """An event that links a run to another one: one of the two was started because of the other."""
        return cls(type_, {"run_id": run_id})

    @classmethod
    def finished(cls, code: str = "") -> "HistoryEvent":
        """The end of a run, with its failure code if there is one."""
        return cls(EventType.FINISHED, {"code": code} if code else {})

    @property
    def code(self) -> str:
        """The failure code, or an empty string."""
        return str(self.data.get("code", ""))

    @property
    def run_id(self) -> int | None:
        """The id of the other run, or None."""
        run_id = self.data.get("run_id")
        return run_id if isinstance(run_id, int) else None

    @property
    def failure(self) -> Failure | None:
        """Why a repair failed, or None for other events."""
        if self.type is not EventType.REPAIR_FAILED:
            return None
        return Failure(self.code, str(self.data.get("message", "")))

    @property
    def summary(self) -> str:
        """A short English text for the `reason` column; just the failure code where that says it all."""
        if self.code and self.type is not EventType.ATTEMPT_BEGUN:
            return self.code
        return _SUMMARIES.get(self.type, "").format_map(self.data)


@dataclass(frozen=True)
class Transition:
    """One line of a run's history (R4).

    `from_status` is None for the run's creation. `event` is None for a line from before history was data; its text is
    in `reason` and shown as it is.
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
        """Whether the line did not change the run."""
        if self.event is None:
            return self.from_status == self.to_status == "completed"
        return self.event.type in ANNOTATIONS

    @property
    def code(self) -> str:
        """The failure code, or an empty string."""
        return self.event.code if self.event is not None else ""

    def is_of(self, type_: EventType) -> bool:
        """Whether the line is of that type."""
        return self.event is not None and self.event.type is type_


def event_of(type_: object, data: object) -> HistoryEvent | None:
    """Return the event of a stored line. None for old lines and for those of a newer version."""
    if not isinstance(type_, str) or type_ not in set(EventType):
        return None
    return HistoryEvent(EventType(type_), data if isinstance(data, Mapping) else {})


@dataclass(frozen=True)
class FailedRepair:
    """How often a run could not be repaired, and when and why the last time."""

    times: int
    last_at: datetime
    failure: Failure | None = None

    @property
    def next_at(self) -> datetime:
        """When housekeeping tries again by itself. The pause doubles each time, up to an hour."""
        doublings = min(self.times - 1, 10)
        return self.last_at + min(LONGEST_PAUSE, FIRST_PAUSE * (1 << doublings))

    def is_due(self, now: datetime) -> bool:
        """Whether the pause is over. Also true if the last failure is in the future because a clock was set back."""
        # The check that runs every minute may be a little early or late.
        return not self.last_at - _CLOCK_TOLERANCE <= now < self.next_at - _CLOCK_TOLERANCE


def failed_repair_of(history: Iterable[Transition]) -> FailedRepair | None:
    """Return how often a run could not be repaired, and why the last time. None if that never happened."""
    failed = [(line, line.event.failure) for line in history if line.event is not None and line.event.failure]
    if not failed:
        return None
    last, failure = failed[-1]
    return FailedRepair(len(failed), last.at, failure)
