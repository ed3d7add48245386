"""The history of a run as its page draws it (R4, R33)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ops_admin.runs.ledger import Run, Transition
from ops_admin.runs.presenter import Badge, awaiting_badge, badge_of
from ops_admin.runs.reasons import reason_of
from ops_admin.runs.service import AWAITING


@dataclass(frozen=True)
class Step:
    """One state that the run reached: when, by whom, and how long it stayed there (until now if `until` is None).

    `code` is the stable code behind the `reason`, where it has one.
    """

    badge: Badge
    at: datetime
    until: datetime | None
    actor: str
    reason: str
    code: str
    is_last: bool


def steps_of(run: Run, transitions: Iterable[Transition]) -> list[Step]:
    """Return the steps of a run, newest first; a run of an earlier system that has no history has none."""
    history = list(transitions)
    ends = [following.at for following in history[1:]]
    untils = [*ends, None if run.is_active else run.completed_at]
    steps = [
        Step(_badge_of(each), each.at, until, each.actor, *reason_of(each), each is history[-1])
        for each, until in zip(history, untils, strict=False)
    ]
    return steps[::-1]


def _badge_of(step: Transition) -> Badge:
    return awaiting_badge() if step.reason == AWAITING else badge_of(step.to_status, step.outcome)
