"""What a run can be (R2), what it looks like to a reader (R9, R31), and how counts decide its end (R19)."""

from collections.abc import Iterable, Mapping
from enum import StrEnum


class Status(StrEnum):
    """Where a run is on its way; `MOVES` says how it gets there."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"


class Outcome(StrEnum):
    """How a run ended; `pending` exactly as long as it has not."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    PARTIALLY_SUCCEEDED = "partially_succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


MOVES: Mapping[Status | None, frozenset[Status]] = {
    None: frozenset({Status.QUEUED}),
    Status.QUEUED: frozenset({Status.RUNNING, Status.COMPLETED}),
    Status.RUNNING: frozenset({Status.COMPLETED, Status.QUEUED}),
    Status.COMPLETED: frozenset(),
}
"""Which status may follow which (R2); None is a run that is not written yet.

A run goes forward, with one exception: a worker that cannot go on puts it back into the queue, for another one
(`service.requeue`). An end is final.
"""


class ImpossibleMove(ValueError):
    """A change would lead from one status to another that cannot follow it."""


def check_move(before: Iterable[Status], after: str) -> None:
    """Raise ImpossibleMove unless `after` may follow each of `before` (`MOVES`)."""
    if any(after not in MOVES[status] for status in before):
        raise ImpossibleMove(f"{', '.join(before)} → {after}")


class Display(StrEnum):
    """The one word that badges and widget rows show for status and outcome together."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    PARTIAL = "partial"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


ACTIVE = (Status.QUEUED, Status.RUNNING)
TERMINAL_OUTCOMES = tuple(outcome for outcome in Outcome if outcome is not Outcome.PENDING)

_ENDS = {
    Outcome.SUCCEEDED: Display.COMPLETED,
    Outcome.PARTIALLY_SUCCEEDED: Display.PARTIAL,
    Outcome.FAILED: Display.FAILED,
    Outcome.CANCELLED: Display.CANCELLED,
}


def is_active(status: str, outcome: str) -> bool:
    """Whether work is still to come; an unknown pair from old data never is (R9)."""
    return status in ACTIVE and outcome == Outcome.PENDING


def display_of(status: str, outcome: str) -> Display:
    """Translate any stored pair, also one of an earlier system, into what is shown (R9)."""
    if is_active(status, outcome):
        return Display(status)
    if status == "failed" or outcome == Outcome.FAILED:
        return Display.FAILED
    if status == Status.COMPLETED:
        return _ENDS.get(outcome, Display.UNKNOWN)  # type: ignore[call-overload,no-any-return]  # any stored text
    return Display.UNKNOWN


def outcome_of(counts: Mapping[str, int], failures: int) -> Outcome:
    """Decide the end from what was counted (R19).

    `failures` is the number of failures recorded; a handler that recorded one did not succeed, even if it forgot to
    count it. "All failed" means that nothing succeeded.
    """
    failed = max(counts.get("failed", 0), failures)
    if not failed:
        return Outcome.SUCCEEDED
    return Outcome.PARTIALLY_SUCCEEDED if counts.get("succeeded", 0) else Outcome.FAILED
