"""The section on operations: what was done to the tenant, how it ended, and why it failed (R46)."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from ops_admin.reviews.report.charts import Columns, make_columns
from ops_admin.reviews.report.cleaning import clean
from ops_admin.reviews.report.steps import Cut, Step
from ops_admin.reviews.report.tables import Table, open_table
from ops_admin.runs.failures import explain
from ops_admin.runs.labels import label_of
from ops_admin.runs.ledger import Run
from ops_admin.runs.queries import RunFilter, Scope, list_runs
from ops_admin.runs.states import Display
from ops_admin.runs.web.presenter import badge_for, badge_of_run, duration_seconds_of, summary_of

MOST_LISTED = 60
MOST_REASONS = 40
COUNTS = ("total", "processed", "succeeded", "failed", "skipped", "created", "updated", "deleted")
RUN_COLUMNS = (
    "run",
    "operation",
    "type",
    "state",
    "outcome",
    "started_by",
    "created_at",
    "started_at",
    "completed_at",
    "seconds",
)
FAILURE_COLUMNS = ("run", "operation", "at", "code", "meaning", "detail", "times")
TONES = tuple(map(str, (Display.COMPLETED, Display.PARTIAL, Display.FAILED, Display.CANCELLED, Display.RUNNING)))


@dataclass(frozen=True)
class ListedRun:
    """One line of the report's list."""

    id: int
    label: str
    state: str
    tone: str
    started_by: str
    created_at: datetime
    seconds: int | None
    summary: str


@dataclass(frozen=True)
class Reason:
    """A failure code, how often it occurred, and in how many runs."""

    code: str
    meaning: str
    times: int
    runs: int


@dataclass
class RunFigures:
    """The figures of the section."""

    states: Counter[str] = field(default_factory=Counter)
    listed: list[ListedRun] = field(default_factory=list)
    reasons: list[Reason] = field(default_factory=list)
    reason_count: int = 0
    by_day: dict[date, Counter[str]] = field(default_factory=dict)
    columns: Columns | None = None

    @property
    def total(self) -> int:
        """All runs of the period."""
        return self.states.total()

    @property
    def cut(self) -> Cut:
        """How many of the runs the report lists."""
        return Cut(len(self.listed), self.total)

    @property
    def labels(self) -> dict[str, str]:
        """The labels of the states that occur, in the order of the chart."""
        return {tone: badge_for(Display(tone)).label for tone in TONES if self.states[tone]}


def collect_runs(
    tenant_id: int, since: datetime, until: datetime, but_run_id: int, folder: Path, step: Step
) -> RunFigures:
    """Write the section's files and return its figures; the run that makes the report is left out."""
    figures = RunFigures()
    times: Counter[str] = Counter()
    runs: Counter[str] = Counter()
    with (
        open_table(folder, "operations", (*RUN_COLUMNS, *COUNTS)) as table,
        open_table(folder, "failures", FAILURE_COLUMNS) as failures,
    ):
        for batch in _batches(tenant_id, since, until):
            for run in batch:
                if run.id != but_run_id:
                    _add_run(table, failures, figures, run)
                    times.update({failure.code: failure.count for failure in run.failures})
                    runs.update({failure.code for failure in run.failures})
            step(len(batch), 0)
    most_frequent = sorted(times, key=lambda code: (-times[code], code))[:MOST_REASONS]
    figures.reasons = [Reason(code, explain(code), times[code], runs[code]) for code in most_frequent]
    figures.reason_count = len(times)
    figures.columns = make_columns(figures.by_day, since.date(), until.date(), TONES)
    return figures


def _batches(tenant_id: int, since: datetime, until: datetime) -> Iterator[tuple[Run, ...]]:
    scope = Scope(frozenset({tenant_id}), frozenset())
    wanted = RunFilter(tenant_id=tenant_id, since=since, until=until)
    page = list_runs(scope, wanted)
    while page.rows:
        yield page.rows
        if page.next is None:
            return
        page = list_runs(scope, wanted, page.next)


def _add_run(table: Table, failures: Table, figures: RunFigures, run: Run) -> None:
    display = _shown_as(run)
    figures.states[display] += 1
    figures.by_day.setdefault(run.created_at.date(), Counter())[display] += 1
    if len(figures.listed) < MOST_LISTED:
        figures.listed.append(_listed(run))
    table.add(_row(run))
    for failure in run.failures:
        failures.add(
            {
                "run": run.id,
                "operation": label_of(run.type),
                "at": run.completed_at,
                "code": failure.code,
                "meaning": explain(failure.code),
                "detail": failure.message,
                "times": failure.count,
            }
        )


def _shown_as(run: Run) -> str:
    """Return the state in the chart: active counts as running and unknown as cancelled, to save colours."""
    if run.is_active:
        return str(Display.RUNNING)
    return str(Display.CANCELLED if run.display is Display.UNKNOWN else run.display)


def _listed(run: Run) -> ListedRun:
    badge = badge_of_run(run)
    return ListedRun(
        id=run.id,
        label=label_of(run.type),
        state=badge.label,
        tone=_shown_as(run),
        started_by=clean(run.initiator_name),
        created_at=run.created_at,
        seconds=duration_seconds_of(run) if run.is_terminal else None,
        summary=summary_of(run.counts, run.type) or "",
    )


def _row(run: Run) -> dict[str, object]:
    return {
        "run": run.id,
        "operation": label_of(run.type),
        "type": run.type,
        "state": str(run.display),
        "outcome": run.outcome,
        "started_by": run.initiator_name,
        "created_at": run.created_at,
        "started_at": run.started_at,
        "completed_at": run.completed_at,
        "seconds": duration_seconds_of(run) if run.is_terminal else None,
    } | {name: run.counts.get(name) for name in COUNTS}
