"""What housekeeping did, as its run keeps it and its page tells it (R48)."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Literal, Self, cast

from flask_babel import gettext

from ops_admin.runs import queries
from ops_admin.runs.ledger import Failure, Run
from ops_admin.runs.queries import Scope
from ops_admin.runs.remarks import Remark
from ops_admin.runs.urls import run_url
from ops_admin.runs.web.presenter import failure_line, label_of, remark_text

REPAIRS = "repairs"
# So many are named; of more the counts tell.
MOST_NAMED = 50

Done = Literal["ended", "dispatched", "failed"]


@dataclass(frozen=True)
class Repair:
    """What was done to one run, and why: a failure code. `followed_by`, `next_id`: what was started because of it."""

    run_id: int
    done: Done
    code: str = ""
    message: str = ""
    followed_by: str = ""
    next_id: int | None = None

    @classmethod
    def ended(cls, run_id: int, code: str, remark: Remark | None) -> Self:
        """A run that was brought to its end."""
        if remark is None:
            return cls(run_id, "ended", code)
        return cls(run_id, "ended", code, followed_by=remark.kind, next_id=remark.run_id)

    @classmethod
    def failed(cls, run_id: int, failure: Failure) -> Self:
        """A run for which nothing could be done."""
        return cls(run_id, "failed", failure.code, failure.message)

    def as_json(self) -> dict[str, object]:
        """Return what the context keeps."""
        return {name: value for name, value in asdict(self).items() if value not in ("", None)}


@dataclass(frozen=True)
class RepairLine:
    """One repair as the page tells it. `said` is the verb, `why` the code or the reason, `then` what followed."""

    said: str
    why: str
    label: str
    run_id: int
    url: str
    tenant_id: int | None
    then: str = ""
    then_url: str = ""
    is_failure: bool = False


@dataclass(frozen=True)
class Report:
    """What a housekeeping run did; `others` is the number of runs that are not named: too many, or not to be seen."""

    lines: tuple[RepairLine, ...]
    others: int


def report_of(run: Run, scope: Scope) -> Report:
    """Return what the reader of `scope` may know of the repairs of a housekeeping run."""
    kept = run.context.get(REPAIRS)
    repairs = [repair for entry in kept if (repair := _read(entry))] if isinstance(kept, list) else []
    seen = {each.id: each for each in queries.runs_by_id(scope, (repair.run_id for repair in repairs))}
    lines = tuple(_line(repair, seen[repair.run_id]) for repair in repairs if repair.run_id in seen)
    return Report(lines, max(len(repairs), run.counts.get("updated", 0) + run.counts.get("failed", 0)) - len(lines))


def kept_of(repairs: Iterable[Repair]) -> list[dict[str, object]]:
    """Return what the context of a housekeeping run keeps of its repairs."""
    return [repair.as_json() for repair in list(repairs)[:MOST_NAMED]]


def _read(entry: object) -> Repair | None:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("run_id"), int):
        return None
    return Repair(**{name: entry[name] for name in Repair.__dataclass_fields__ if name in entry})


def _line(repair: Repair, run: Run) -> RepairLine:
    said = {
        "ended": gettext("Ended"),
        "dispatched": gettext("Handed to the queue again"),
        "failed": gettext("Could not be repaired"),
    }[repair.done]
    why = failure_line(Failure(repair.code, repair.message)) if repair.done == "failed" else repair.code
    then, then_url = "", ""
    if repair.next_id is not None and repair.followed_by in ("started_again", "done_by"):
        then = remark_text(Remark(cast(Literal["started_again", "done_by"], repair.followed_by), repair.next_id))
        then_url = run_url(repair.next_id)
    return RepairLine(
        said, why, label_of(run.type), run.id, run_url(run.id), run.tenant_id, then, then_url, repair.done == "failed"
    )
