"""The repairs that a housekeeping run made, as stored in its context (R48)."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Literal, Self

from ops_admin.runs.history import HistoryEvent
from ops_admin.runs.ledger import Failure

REPAIRS = "repairs"
# At most this many are listed; the counts cover the rest.
MOST_NAMED = 50

Done = Literal["ended", "dispatched", "failed"]


@dataclass(frozen=True)
class Repair:
    """One repair: what was done to a run, and why (a failure code).

    `followed_by` and `next_id` say what was started next.
    """

    run_id: int
    done: Done
    code: str = ""
    message: str = ""
    followed_by: str = ""
    next_id: int | None = None

    @classmethod
    def ended(cls, run_id: int, code: str, followed_by: HistoryEvent | None) -> Self:
        """A run that was ended."""
        if followed_by is None:
            return cls(run_id, "ended", code)
        return cls(run_id, "ended", code, followed_by=followed_by.type, next_id=followed_by.run_id)

    @classmethod
    def failed(cls, run_id: int, failure: Failure) -> Self:
        """A run that could not be repaired."""
        return cls(run_id, "failed", failure.code, failure.message)

    def as_json(self) -> dict[str, object]:
        """Return the form stored in the context."""
        return {name: value for name, value in asdict(self).items() if value not in ("", None)}


def repairs_of(context: Mapping[str, object]) -> list[Repair]:
    """Return the repairs stored in a housekeeping run's context."""
    kept = context.get(REPAIRS)
    return [repair for entry in kept if (repair := _read(entry))] if isinstance(kept, list) else []


def kept_of(repairs: Iterable[Repair]) -> list[dict[str, object]]:
    """Return what a housekeeping run's context stores of its repairs."""
    return [repair.as_json() for repair in list(repairs)[:MOST_NAMED]]


def _read(entry: object) -> Repair | None:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("run_id"), int):
        return None
    return Repair(**{name: entry[name] for name in Repair.__dataclass_fields__ if name in entry})
