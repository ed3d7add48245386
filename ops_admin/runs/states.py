"""The states of a run (R2), how they are shown (R9, R31), and how counts decide the outcome (R19)."""

from collections.abc import Iterable, Mapping
from enum import StrEnum


class Status(StrEnum):
    """The progress of a run; `MOVES` defines the allowed steps."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"


class Outcome(StrEnum):
    """How a run ended. `pending` exactly as long as it has not."""

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
"""Which status may follow which (R2). None is a run that is not inserted yet.

A run moves forward, with one exception: a worker that cannot continue requeues it for another one (`service.requeue`).
An end is final.
"""


class ImpossibleMove(ValueError):
    """A change to a status that cannot follow the current one."""


def check_move(before: Iterable[Status], after: str) -> None:
    """Raise ImpossibleMove unless `after` may follow each of `before` (`MOVES`)."""
    if any(after not in MOVES[status] for status in before):
        raise ImpossibleMove(f"{', '.join(before)} → {after}")


class Display(StrEnum):
    """The single state that badges and widget rows show for status and outcome together.

    A run that waits for a decision has the status queued (R43), but a state of its own here.
    """

    QUEUED = "queued"
    RUNNING = "running"
    AWAITING = "awaiting"
    COMPLETED = "completed"
    PARTIAL = "partial"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


ACTIVE = (Status.QUEUED, Status.RUNNING)

_ENDS = {
    Outcome.SUCCEEDED: Display.COMPLETED,
    Outcome.PARTIALLY_SUCCEEDED: Display.PARTIAL,
    Outcome.FAILED: Display.FAILED,
    Outcome.CANCELLED: Display.CANCELLED,
}


def is_active(status: str, outcome: str) -> bool:
    """Whether the run is queued or running. An unknown pair from old data never is (R9)."""
    return status in ACTIVE and outcome == Outcome.PENDING


def display_of(status: str, outcome: str, *, awaits_decision: bool = False) -> Display:
    """Translate any stored pair, including those of an earlier system, into the state to show (R9).

    `awaits_decision` is what the context of a queued run says.
    """
    if awaits_decision and (status, outcome) == (Status.QUEUED, Outcome.PENDING):
        return Display.AWAITING
    if is_active(status, outcome):
        return Display(status)
    if status == "failed" or outcome == Outcome.FAILED:
        return Display.FAILED
    if status == Status.COMPLETED:
        return _ENDS.get(outcome, Display.UNKNOWN)  # type: ignore[call-overload,no-any-return]  # any stored text
    return Display.UNKNOWN


def outcome_of(counts: Mapping[str, int], failures: int) -> Outcome:
    """Return the outcome for the counts (R19).

    `failures` is the number of recorded failures. A handler that recorded one did not succeed, even if it forgot to
    count it. "All failed" means that nothing succeeded.
    """
    failed = max(counts.get("failed", 0), failures)
    if not failed:
        return Outcome.SUCCEEDED
    return Outcome.PARTIALLY_SUCCEEDED if counts.get("succeeded", 0) else Outcome.FAILED
