"""The history of a run as its page draws it (R4, R33)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from ops_admin.runs.annotations import Annotation, annotation_of
from ops_admin.runs.ledger import RETRY_OF, Run, Transition
from ops_admin.runs.service import AWAITING
from ops_admin.runs.states import Display
from ops_admin.runs.urls import run_url
from ops_admin.runs.web.presenter import Badge, annotation_text, awaiting_badge, badge_of, failure_line
from ops_admin.runs.web.reasons import reason_of


@dataclass(frozen=True)
class Step:
    """One state that the run reached: when, by whom, and how long it stayed there (until now if `until` is None).

    `code` is the stable code behind the `reason`, where it has one. Or, without a duration, an `annotation`: what
    did because of the run; `url` is that of the run it names.
    """

    badge: Badge
    at: datetime
    until: datetime | None
    actor: str
    reason: str
    code: str
    is_last: bool
    annotation: Annotation | None = None
    url: str | None = None


@dataclass(frozen=True)
class Relative:
    """A run that was started because of this one, or because of which this one was; in words, and its address."""

    label: str
    url: str


def steps_of(run: Run, transitions: Iterable[Transition]) -> list[Step]:
    """Return the steps of a run, newest first; a run of an earlier system that has no history has none."""
    history = list(transitions)
    return [_step(run, history, at) for at in range(len(history))][::-1]


def relatives_of(run: Run, transitions: Iterable[Transition]) -> list[Relative]:
    """Return the runs with which this one belongs together because one is started again as the other, oldest first."""
    found: dict[int, Annotation] = {}
    retry_of = run.context.get(RETRY_OF)
    if isinstance(retry_of, int):
        found[retry_of] = Annotation("start_again_of", retry_of)
    for annotation in map(annotation_of, transitions):
        if annotation is not None and annotation.run_id is not None:
            found.setdefault(annotation.run_id, annotation)
    return [Relative(annotation_text(annotation), run_url(run_id)) for run_id, annotation in sorted(found.items())]


def _step(run: Run, history: Sequence[Transition], at: int) -> Step:
    line = history[at]
    if (annotation := annotation_of(line)) is not None:
        return _annotation_step(line, annotation)
    following = [later for later in history[at + 1 :] if annotation_of(later) is None]
    end = following[0].at if following else None if run.is_active else run.completed_at
    return Step(_badge_of(line), line.at, end, line.actor, *reason_of(line), not following)


def _annotation_step(line: Transition, annotation: Annotation) -> Step:
    url = run_url(annotation.run_id) if annotation.run_id is not None else None
    reason = (line.reason if annotation.kind == "other" else "", "")
    if annotation.failure is not None:
        reason = (failure_line(annotation.failure), annotation.failure.code)
    badge = Badge(
        Display.UNKNOWN, annotation_text(annotation), "yellow" if annotation.failure is not None else "secondary"
    )
    return Step(badge, line.at, None, line.actor, *reason, False, annotation, url)


def _badge_of(step: Transition) -> Badge:
    return awaiting_badge() if step.reason == AWAITING else badge_of(step.to_status, step.outcome)
