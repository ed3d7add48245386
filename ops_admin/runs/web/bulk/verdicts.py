"""The result for each run of a bulk action. Each run passes its own guards and dedupe (R44)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum

from ops_admin.access.guards import NotAllowed, NotVisible
from ops_admin.access.queries import User
from ops_admin.access.rights import Rights
from ops_admin.runs import controls, queries
from ops_admin.runs.catalog import InvalidInputs, UnknownOperation
from ops_admin.runs.dispatch import Answer
from ops_admin.runs.ledger import Run


class Verdict(StrEnum):
    """What happened to one run."""

    CANCELLED = "cancelled"
    ASKED = "asked"
    ASKED_BEFORE = "asked_before"
    ENDED = "ended"
    STARTED = "started"
    UNDER_WAY = "under_way"
    RECENT = "recent"
    NOT_ENDED = "not_ended"
    NOT_QUEUED = "not_queued"
    IMPOSSIBLE = "impossible"
    NOT_YOURS = "not_yours"
    NOT_FOUND = "not_found"


Judge = Callable[[Run, User, Rights], Verdict]

_BY_ANSWER: dict[Answer, Verdict] = {
    "created": Verdict.STARTED,
    "active": Verdict.UNDER_WAY,
    "recent": Verdict.RECENT,
    "failed": Verdict.NOT_QUEUED,
}


def judge_each(judge: Judge, run_ids: Sequence[int], user: User, rights: Rights) -> Iterator[Verdict]:
    """Apply the action to the runs one by one. A run that the user may not see counts as not found (R36)."""
    seen = {run.id: run for run in queries.runs_by_id(queries.scope_of(rights), run_ids)}
    for run_id in run_ids:
        yield judge(seen[run_id], user, rights) if run_id in seen else Verdict.NOT_FOUND


def stop(run: Run, user: User, rights: Rights) -> Verdict:
    """Ask one run to stop. That it has ended is a result, not an error, in a bulk action."""
    try:
        return Verdict.ASKED if controls.stop(run, user, rights, with_others=True).is_active else Verdict.CANCELLED
    except controls.NothingToStop:
        return Verdict.ASKED_BEFORE if queries.get_run(run.id).is_active else Verdict.ENDED
    except (NotVisible, NotAllowed):
        return Verdict.NOT_YOURS


def start_again(run: Run, user: User, _: Rights, context: Mapping[str, object] | None = None) -> Verdict:
    """Start one ended run again. Its guard reads the current rights. `context` is added to that of the new run."""
    try:
        return _BY_ANSWER[controls.start_again(run, user, context).answer]
    except controls.StillActive:
        return Verdict.NOT_ENDED
    except (NotVisible, NotAllowed):
        return Verdict.NOT_YOURS
    except (UnknownOperation, InvalidInputs):
        return Verdict.IMPOSSIBLE
