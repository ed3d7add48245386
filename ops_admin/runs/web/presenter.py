"""The one place that turns a run into words and numbers (R29, R31): toast, widget row, notification, badge."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Literal

from flask_babel import gettext, lazy_gettext, ngettext

from ops_admin.infra.database import utcnow
from ops_admin.runs import failures
from ops_admin.runs.catalog import CountWords, catalog
from ops_admin.runs.dispatch import Answer
from ops_admin.runs.history import HistoryEvent
from ops_admin.runs.labels import label_of
from ops_admin.runs.ledger import Failure, Run
from ops_admin.runs.states import Display, Outcome, display_of
from ops_admin.runs.urls import run_url
from ops_admin.runs.web.history_text import text_of

Level = Literal["info", "success", "warning", "danger"]

# With less data than this, an estimate of the time left would be a guess (R26).
ETA_AFTER_SECONDS = 5
ETA_AFTER_PERCENT = 3

DISPLAY_LABELS: dict[Display, object] = {
    Display.QUEUED: lazy_gettext("Queued"),
    Display.RUNNING: lazy_gettext("Running"),
    Display.AWAITING: lazy_gettext("Waiting for a decision"),
    Display.COMPLETED: lazy_gettext("Completed"),
    Display.PARTIAL: lazy_gettext("Partial"),
    Display.FAILED: lazy_gettext("Failed"),
    Display.CANCELLED: lazy_gettext("Cancelled"),
    Display.UNKNOWN: lazy_gettext("Unknown"),
}
OUTCOME_LABELS: dict[str, object] = {
    Outcome.PENDING: lazy_gettext("Pending"),
    Outcome.SUCCEEDED: lazy_gettext("Succeeded"),
    Outcome.PARTIALLY_SUCCEEDED: lazy_gettext("Partially succeeded"),
    Outcome.FAILED: lazy_gettext("Failed"),
    Outcome.CANCELLED: lazy_gettext("Cancelled"),
}
_TONES = {
    Display.QUEUED: "secondary",
    Display.RUNNING: "blue",
    Display.AWAITING: "yellow",
    Display.COMPLETED: "green",
    Display.PARTIAL: "yellow",
    Display.FAILED: "red",
    Display.CANCELLED: "secondary",
    Display.UNKNOWN: "secondary",
}
_LEVELS: dict[Display, Level] = {
    Display.COMPLETED: "success",
    Display.PARTIAL: "warning",
    Display.CANCELLED: "warning",
    Display.FAILED: "danger",
}


_CARRIED_IF_SO = ("awaits_decision", "heartbeat_at")


@dataclass(frozen=True)
class Badge:
    """A badge's label and the name of its Tabler colour."""

    display: Display
    label: str
    tone: str


@dataclass(frozen=True)
class Toast:
    """The ephemeral answer to a start (R13, R14)."""

    title: str
    message: str
    level: Level
    url: str
    link_label: str


@dataclass(frozen=True)
class NotificationText:
    """The text of the terminal notification (R28)."""

    title: str
    body: str
    level: Level


@dataclass(frozen=True)
class WidgetRow:
    """One run in the widget, as pages render it and events carry it (R24).

    `status` is "queued" even while the run waits for a decision (R43). `awaits_decision` is included only if true:
    nothing moves and no clock runs then. `heartbeat_at` is included only while the run is running; pages use it to
    detect a stalled run (`liveness`).
    """

    run_id: int
    revision: int
    tenant_id: int | None
    workspace_id: int
    label: str
    type: str
    status: Display
    percent: int | None
    counts: dict[str, int]
    initiator: str
    started_at: datetime | None
    created_at: datetime
    completed_at: datetime | None
    eta_seconds: int | None
    url: str
    awaits_decision: bool = False
    heartbeat_at: datetime | None = None

    @property
    def display(self) -> Display:
        """The state that its badge shows."""
        return Display.AWAITING if self.awaits_decision else self.status

    @property
    def is_under_way(self) -> bool:
        """Whether a worker has the run, or will."""
        return self.display in (Display.QUEUED, Display.RUNNING)

    def payload(self) -> dict[str, object]:
        """Return the row as JSON values. Times are ISO 8601 with their offset."""
        values = {key: value for key, value in vars(self).items() if key not in _CARRIED_IF_SO or value}
        return {key: value.isoformat() if isinstance(value, datetime) else value for key, value in values.items()}


def why_skipped(run: Run) -> str:
    """Return what kind of items the run counts as skipped; empty if it counts none, or the type is unknown."""
    operation = catalog.find(run.type)
    return str(operation.skipped) if operation is not None and run.counts.get("skipped") else ""


def types_matching(text: str) -> list[str]:
    """Return the keys of the operations whose label or key contains `text`, ignoring case (R32)."""
    wanted = text.casefold()
    return [op.key for op in catalog if wanted in str(op.label).casefold() or wanted in op.key]


def badge_of(status: str, outcome: str) -> Badge:
    """Return the badge for any stored pair of status and outcome (R9)."""
    return badge_for(display_of(status, outcome))


def badge_for(display: Display) -> Badge:
    """Return the badge of a state, for lists of all states."""
    return Badge(display, str(DISPLAY_LABELS[display]), _TONES[display])


def badge_of_run(run: Run) -> Badge:
    """Return the badge of a run."""
    return badge_for(run.display)


def result_of(run: Run) -> str:
    """Return the word for a run's state or result, the same in badges, notifications and terminals (R31)."""
    return badge_of_run(run).label


def outcome_label(outcome: str) -> str:
    """Return the stored outcome's label, for use beside the word "Outcome". "Unknown" for an old value (R9)."""
    return str(OUTCOME_LABELS.get(outcome, DISPLAY_LABELS[Display.UNKNOWN]))


def percent_of(counts: dict[str, int]) -> int | None:
    """Return the progress from 0 to 100, or None if it cannot be known: never a guess (R26)."""
    total, processed = counts.get("total", 0), counts.get("processed")
    if processed is None or total <= 0:
        return None
    return min(100, processed * 100 // total)


def eta_seconds_of(run: Run, now: datetime | None = None) -> int | None:
    """Estimate the seconds left from the pace so far, or None while there is too little data (R26).

    After a restart the pace is unknown, because the clock counts from the first start and the counts from the last.
    """
    percent = percent_of(run.counts)
    if run.display is not Display.RUNNING or run.started_at is None or run.times_begun > 1 or percent is None:
        return None
    elapsed = ((now or utcnow()) - run.started_at).total_seconds()
    if elapsed < ETA_AFTER_SECONDS or not ETA_AFTER_PERCENT <= percent < 100:
        return None
    processed, total = run.counts["processed"], run.counts["total"]
    return round(elapsed * (total - processed) / processed)


def widget_row(run: Run) -> WidgetRow:
    """Return what the widget shows of a run and events carry: never its context or failures (R24)."""
    return WidgetRow(
        run_id=run.id,
        revision=run.revision,
        tenant_id=run.tenant_id,
        workspace_id=run.workspace_id,
        label=label_of(run.type),
        type=run.type,
        status=display_of(run.status, run.outcome),
        percent=percent_of(run.counts),
        counts=run.counts,
        initiator=run.initiator_name,
        started_at=run.started_at,
        created_at=run.created_at,
        completed_at=run.completed_at,
        eta_seconds=eta_seconds_of(run),
        url=run_url(run.id),
        awaits_decision=run.awaits_decision,
        heartbeat_at=run.heartbeat_at if run.display is Display.RUNNING else None,
    )


def count_labels(type_key: str) -> dict[str, str]:
    """Return the labels of an operation's counts that differ from the usual ones."""
    operation = catalog.find(type_key)
    return {key: str(words.label) for key, words in operation.count_words.items()} if operation is not None else {}


def summary_of(counts: dict[str, int], type_key: str = "") -> str | None:
    """Return a run's counts as one line in the words of its type, or None if there are none (R6)."""
    operation = catalog.find(type_key)
    if not counts:
        return None
    words = operation.count_words if operation is not None else {}
    texts = [_count_text(key, counts[key], words.get(key)) for key in counts if counts[key]]
    parts = [_progress_text(counts), *texts]
    return ", ".join(part for part in parts if part) or gettext("Nothing to do")


def toast_of(run: Run, answer: Answer) -> Toast:
    """Return the toast that answers a start, with the same wording on every start surface (R13, R14, R22)."""
    messages: dict[Answer, tuple[str, Level]] = {
        "created": (gettext("Queued"), "info"),
        "active": (_already_queued(run), "info"),
        "recent": (_already_done(run), "info"),
        "failed": (gettext("Could not be queued: nothing was done"), "danger"),
    }
    message, level = messages[answer]
    return Toast(label_of(run.type), message, level, run_url(run.id), gettext("View run"))


def failure_detail(failure: Failure) -> str:
    """Return what a failure's message adds to the explanation of its code, next to which it is shown."""
    explanation = failures.explain(failure.code)
    sentence = explanation.split(". ")[0].rstrip(".")
    if not sentence or explanation.startswith(failure.message):
        return "" if sentence else failure.message
    return failure.message.replace(sentence, "").strip(" .:()") if sentence in failure.message else failure.message


def failure_line(failure: Failure) -> str:
    """Return a failure as one line: what its code means, and what its message adds."""
    sentence = failures.explain(failure.code).split(". ")[0].rstrip(".")
    detail = failure_detail(failure)
    return ": ".join(part for part in (sentence, detail) if part) or failure.code


def _already_queued(run: Run) -> str:
    """Say that the same operation was started before (R14), and its present state."""
    text = str(gettext("Already queued"))
    if run.display is Display.RUNNING:
        now = gettext("it is stopping, as was asked") if run.cancel_requested_at else gettext("it is running")
    else:
        now = gettext("it waits for a decision") if run.awaits_decision else ""
    return f"{text}: {now}" if now else text


def _already_done(run: Run) -> str:
    """Say for how much longer the same start is answered with a run that succeeded (R22)."""
    operation = catalog.find(run.type)
    minutes = 0
    if operation and operation.cooldown and run.completed_at:
        minutes = ceil((run.completed_at + operation.cooldown - utcnow()) / timedelta(minutes=1))
    if minutes < 1:
        return str(gettext("Already done a short while ago, so it was not started again"))
    text = ngettext(
        "Already done a short while ago. It can be started again in %(num)s minute",
        "Already done a short while ago. It can be started again in %(num)s minutes",
        minutes,
    )
    return str(text)


def stop_toast_of(run: Run, *, asked: bool) -> Toast:
    """Return the toast that answers a stop request (R44)."""
    if not asked:
        message = gettext("Nothing to stop: it has ended, or was asked to stop before")
    elif run.is_active:
        message = gettext("Asked to stop; it ends at its next safe point")
    else:
        message = gettext("Cancelled before it began")
    return Toast(label_of(run.type), message, "info" if asked else "warning", run_url(run.id), gettext("View run"))


def notification_text(run: Run, followed_by: HistoryEvent | None = None) -> NotificationText:
    """Return the text of the terminal notification. Only a failed run's body ends with a failure's text (R31).

    `followed_by` describes what was started as a result of the end.
    """
    parts = [summary_of(run.counts, run.type), text_of(followed_by) if followed_by is not None else None]
    if run.display is Display.FAILED and run.failures:
        first = run.failures[0]
        parts.append(first.message or failures.explain(first.code) or first.code)
    return NotificationText(
        title=gettext("%(label)s: %(result)s", label=label_of(run.type), result=result_of(run)),
        body=". ".join(part.rstrip(".") for part in parts if part),
        level=_LEVELS.get(run.display, "warning"),
    )


def duration_seconds_of(run: Run, now: datetime | None = None) -> int | None:
    """Return the seconds from a run's first start to its end, or to now. None if it never started."""
    if run.started_at is None:
        return None
    end = run.completed_at if run.is_terminal else (now or utcnow())
    return max(0, round(((end or run.started_at) - run.started_at).total_seconds()))


def _progress_text(counts: dict[str, int]) -> str | None:
    processed, total = counts.get("processed"), counts.get("total", 0)
    if processed is not None and total > 0:
        return str(gettext("%(processed)s of %(total)s processed", processed=processed, total=total))
    return str(gettext("%(number)s processed", number=processed)) if processed else None


def _count_text(key: str, number: int, words: CountWords | None) -> str | None:
    if words is not None:
        return str(words.sentence) % {"number": number}
    texts: dict[str, Callable[[], str]] = {
        "succeeded": lambda: gettext("%(number)s succeeded", number=number),
        "failed": lambda: gettext("%(number)s failed", number=number),
        "skipped": lambda: gettext("%(number)s skipped", number=number),
        "created": lambda: gettext("%(number)s created", number=number),
        "updated": lambda: gettext("%(number)s updated", number=number),
        "deleted": lambda: gettext("%(number)s deleted", number=number),
        "items": lambda: ngettext("%(num)s item", "%(num)s items", number),
        "tenants": lambda: ngettext("%(num)s tenant", "%(num)s tenants", number),
    }
    return str(texts[key]()) if key in texts else None
