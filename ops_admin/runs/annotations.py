"""Lines of a run's history that change nothing of the run: what was done because of it, or was tried in vain (R4)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from ops_admin.runs.ledger import Failure, Transition

Kind = Literal["started_again", "done_by", "start_again_of", "repair_failed", "silent", "other"]

REPAIR_FAILED = "could not be repaired: "
SILENT = "no sign of life since revision "
# In vain once, then again after a minute, two, four, … and at last every hour.
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)
_A_MOMENT = timedelta(seconds=5)

_NAMING_A_RUN: dict[Kind, str] = {
    "started_again": "started again as run",
    "done_by": "the same is done by run",
    "start_again_of": "started again from run",
}


@dataclass(frozen=True)
class Annotation:
    """What such a line says: of which other run, of which failure, or of which revision of this one."""

    kind: Kind
    run_id: int | None = None
    failure: Failure | None = None
    revision: int | None = None

    @property
    def reason(self) -> str:
        """The text that the history keeps."""
        if self.failure is not None:
            return f"{REPAIR_FAILED}{self.failure.code}: {self.failure.message}"
        if self.revision is not None:
            return f"{SILENT}{self.revision}"
        return f"{_NAMING_A_RUN[self.kind]} {self.run_id}"


def annotation_of(line: Transition) -> Annotation | None:
    """Read a line of the history; None for one that tells of a change of the run."""
    if line.from_status != line.to_status:
        return None
    if line.reason.startswith(REPAIR_FAILED):
        code, _, message = line.reason.removeprefix(REPAIR_FAILED).partition(": ")
        return Annotation("repair_failed", failure=Failure(code, message))
    if silent := re.fullmatch(rf"{SILENT}(\d{{1,9}})", line.reason):
        return Annotation("silent", revision=int(silent[1]))
    for kind, words in _NAMING_A_RUN.items():
        if named := re.fullmatch(rf"{words} (\d{{1,18}})", line.reason):
            return Annotation(kind, int(named[1]))
    return Annotation("other") if line.to_status == "completed" else None


@dataclass(frozen=True)
class FailedRepair:
    """That a run could not be repaired: how often, when and why the last time."""

    times: int
    last_at: datetime
    failure: Failure | None = None

    @property
    def next_at(self) -> datetime:
        """When housekeeping tries again by itself: each time after twice as long, and at least every hour."""
        doublings = min(self.times - 1, 10)
        return self.last_at + min(LONGEST_PAUSE, FIRST_PAUSE * (1 << doublings))

    def is_due(self, now: datetime) -> bool:
        """Whether the pause is over; also when the last time stands in the future: a clock was set back."""
        # The clock that asks each minute is a moment early or late.
        return not self.last_at - _A_MOMENT <= now < self.next_at - _A_MOMENT


def failed_repair_of(history: Iterable[Transition]) -> FailedRepair | None:
    """Return how often a run could not be repaired, and why the last time; None when that never happened."""
    failed = [
        (line, annotation.failure) for line in history if (annotation := annotation_of(line)) and annotation.failure
    ]
    if not failed:
        return None
    last, failure = failed[-1]
    return FailedRepair(len(failed), last.at, failure)
