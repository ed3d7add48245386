"""The history of a run as its page draws it (R4, R33)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ops_admin.database import utcnow
from ops_admin.runs.ledger import Run, Transition
from ops_admin.runs.presenter import Badge, awaiting_badge, badge_of
from ops_admin.runs.queries import LOST_AFTER
from ops_admin.runs.reasons import reason_of
from ops_admin.runs.service import AWAITING

# The heartbeat of a worker at work is a few seconds old; after half a minute something is amiss.
LATE_AFTER = timedelta(seconds=30)


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


def heartbeat_of(run: Run, now: datetime | None = None) -> str | None:
    """Say whether the worker of a running run is "late" or "gone", by its heartbeat; None when all is well."""
    if run.status != "running" or not run.is_active or run.heartbeat_at is None:
        return None
    silent = (now or utcnow()) - run.heartbeat_at
    if silent < LATE_AFTER:
        return None
    return "gone" if silent > LOST_AFTER else "late"
