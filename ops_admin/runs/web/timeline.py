"""A run's history as its page shows it (R4, R33)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from ops_admin.runs.history import EventType, HistoryEvent, Transition
from ops_admin.runs.ledger import RETRY_OF, Run
from ops_admin.runs.states import Display, display_of
from ops_admin.runs.urls import run_url
from ops_admin.runs.web.history_text import reason_of, text_of
from ops_admin.runs.web.presenter import Badge, badge_for, failure_line


@dataclass(frozen=True)
class Step:
    """One state that the run reached: when, by whom, and how long it stayed there (until now if `until` is None).

    `code` is the failure code behind the `reason`, if any. An annotation has no duration: it says what somebody did
    because of the run, and `url` leads to the run that it names.
    """

    badge: Badge
    at: datetime
    until: datetime | None
    actor: str
    reason: str
    code: str
    is_last: bool
    is_annotation: bool = False
    url: str | None = None


@dataclass(frozen=True)
class Relative:
    """A run that is a retry of this one, or that this one is a retry of: a description and its URL."""

    label: str
    url: str


def steps_of(run: Run, transitions: Iterable[Transition]) -> list[Step]:
    """Return the steps of a run, newest first. A run of an earlier system has no history and so no steps."""
    history = list(transitions)
    return [_step(run, history, at) for at in range(len(history))][::-1]


def relatives_of(run: Run, transitions: Iterable[Transition]) -> list[Relative]:
    """Return the runs that are linked to this one as retries, in either direction, oldest first."""
    found: dict[int, HistoryEvent] = {}
    retry_of = run.context.get(RETRY_OF)
    if isinstance(retry_of, int):
        found[retry_of] = HistoryEvent.naming(EventType.RETRY_OF, retry_of)
    for line in transitions:
        if line.event is not None and line.event.run_id is not None:
            found.setdefault(line.event.run_id, line.event)
    return [Relative(text_of(event), run_url(run_id)) for run_id, event in sorted(found.items())]


def _step(run: Run, history: Sequence[Transition], at: int) -> Step:
    line = history[at]
    if line.is_annotation:
        return _annotation(line)
    following = [later for later in history[at + 1 :] if not later.is_annotation]
    end = following[0].at if following else None if run.is_active else run.completed_at
    badge = badge_for(display_of(line.to_status, line.outcome, awaits_decision=line.is_of(EventType.PREPARED)))
    return Step(badge, line.at, end, line.actor, *reason_of(line), not following)


def _annotation(line: Transition) -> Step:
    event = line.event
    if event is None:
        # From before history was data: shown as written.
        badge = Badge(Display.UNKNOWN, line.reason, "secondary")
        return Step(badge, line.at, None, line.actor, "", "", is_last=False, is_annotation=True)
    failure = event.failure
    badge = Badge(Display.UNKNOWN, text_of(event), "yellow" if failure is not None else "secondary")
    reason, code = (failure_line(failure), failure.code) if failure is not None else ("", "")
    url = run_url(event.run_id) if event.run_id is not None else None
    return Step(badge, line.at, None, line.actor, reason, code, is_last=False, is_annotation=True, url=url)
