"""The repairs of a housekeeping run, as its page shows them (R48)."""

from dataclasses import dataclass

from flask_babel import gettext

from ops_admin.runs import queries
from ops_admin.runs.history import EventType, HistoryEvent
from ops_admin.runs.labels import label_of
from ops_admin.runs.ledger import Failure, Run
from ops_admin.runs.queries import Scope
from ops_admin.runs.urls import run_url
from ops_admin.runs.web.history_text import text_of
from ops_admin.runs.web.presenter import failure_line
from ops_admin.runs.worker.repairs import Repair, repairs_of


@dataclass(frozen=True)
class RepairLine:
    """One repair as shown. `said` is the verb, `why` the code or the reason, `then` what was started next."""

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
    """What a housekeeping run did. `others` counts runs that are not listed: too many, or not visible to the reader."""

    lines: tuple[RepairLine, ...]
    others: int


def report_of(run: Run, scope: Scope) -> Report:
    """Return the repairs of a housekeeping run that the reader with `scope` may see."""
    repairs = repairs_of(run.context)
    seen = {each.id: each for each in queries.runs_by_id(scope, (repair.run_id for repair in repairs))}
    lines = tuple(_line(repair, seen[repair.run_id]) for repair in repairs if repair.run_id in seen)
    return Report(lines, max(len(repairs), run.counts.get("updated", 0) + run.counts.get("failed", 0)) - len(lines))


def _line(repair: Repair, run: Run) -> RepairLine:
    said = {
        "ended": gettext("Ended"),
        "dispatched": gettext("Handed to the queue again"),
        "failed": gettext("Could not be repaired"),
    }[repair.done]
    why = failure_line(Failure(repair.code, repair.message)) if repair.done == "failed" else repair.code
    then, then_url = "", ""
    if repair.next_id is not None and repair.followed_by in (EventType.STARTED_AGAIN, EventType.DONE_BY):
        then = text_of(HistoryEvent.naming(EventType(repair.followed_by), repair.next_id))
        then_url = run_url(repair.next_id)
    return RepairLine(
        said, why, label_of(run.type), run.id, run_url(run.id), run.tenant_id, then, then_url, repair.done == "failed"
    )
