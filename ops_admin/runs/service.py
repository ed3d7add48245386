"""The only writer of the ledger (R3).

Every change is one guarded statement (compare-and-set on the present status), so of any number of racing writers
exactly one wins and the others get None. Its history row and whatever subscribers write along are committed with it.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ops_admin import redaction
from ops_admin.infra.database import after_commit, transaction, utcnow
from ops_admin.runs import counts as count_rules
from ops_admin.runs import events, failures, statements
from ops_admin.runs.annotations import Annotation
from ops_admin.runs.events import RunBeat, RunCompleted, RunEnqueued, RunEvent, RunProgressed
from ops_admin.runs.ledger import AWAITS_DECISION, HANDED_BACK, WITH_OTHERS, Failure, NewRun, Run
from ops_admin.runs.rows import run_from
from ops_admin.runs.statements import Note, runs
from ops_admin.runs.states import ACTIVE, Outcome, Status

DISPATCHED_AGAIN = "handed to the queue again"
AWAITING = "waits for a decision"

# Of two identical starts the loser reads the winner's run; only if that run ends in between must it try again.
_CREATE_TRIES = 10


class RunContended(RuntimeError):
    """Runs of one identity came and went so fast that no answer could be given."""


def create(new: NewRun, reason: str = "") -> tuple[Run, bool]:
    """Write a queued run, or find the active run of the same identity (R5); the flag says whether it was written.

    Inside an open transaction the row is part of that one, so that its message can be written along (R11).
    """
    with transaction() as session:
        for _ in range(_CREATE_TRIES):
            row = statements.insert_run(session, _first_values(new), _note(None, new.initiator_name, reason))
            if row is not None:
                run = run_from(row)
                _announce(RunEnqueued(run))
                return run, True
            active = _active_of_identity(session, new)
            if active is not None:
                return active, False
    raise RunContended(new.type)


def update_run(
    run_id: int,
    *,
    expect: Sequence[Status],
    changes: Mapping[str, Any],
    event: Callable[[Run], RunEvent] | None,
    actor: str | None = None,
    reason: str = "",
    revision: int | None = None,
) -> Run | None:
    """Change a run whose status is one of `expect`; None when it was not (somebody else was first).

    With `actor` the change leaves a history row. `event` makes what is told of the run: in this transaction, and after
    the commit. With `revision` the run must not
    have changed since that was read: not even by a heartbeat.
    """
    with transaction() as session:
        note = None if actor is None else _note(_status_before(session, run_id, expect), actor, reason)
        values = {**changes, "updated_at": utcnow()}
        row = statements.change_run(session, run_id, expect, values, revision=revision, note=note)
        if row is None:
            return None
        run = run_from(row)
        if event is not None:
            _announce(event(run))
        return run


def claim(run_id: int, worker: str) -> Run | None:
    """Take a queued run to work on it (R18); None when it is not queued: the caller must do nothing.

    Its `started_at` is that of the first claim, also when it was handed back since.
    """
    now = utcnow()
    changes = {"status": Status.RUNNING, "started_at": now, "heartbeat_at": now}
    return update_run(run_id, expect=[Status.QUEUED], changes=changes, event=RunProgressed, actor=worker)


def advance(run_id: int, counts: Mapping[str, int], recorded: Iterable[Failure] = ()) -> Run | None:
    """Write the counts and failures so far of a running run (R20); None when it is not running any more."""
    changes = _results(counts, recorded) | {"heartbeat_at": utcnow()}
    return update_run(run_id, expect=[Status.RUNNING], changes=changes, event=RunProgressed)


def heartbeat(run_id: int, *, tell: bool = False) -> Run | None:
    """Say that somebody still works on the run, to whoever watches it, too, if `tell`; None when it is not running."""
    event = RunBeat if tell else None
    return update_run(run_id, expect=[Status.RUNNING], changes={"heartbeat_at": utcnow()}, event=event)


def requeue(
    run_id: int, worker: str, reason: str, counts: Mapping[str, int] | None = None, recorded: Iterable[Failure] = ()
) -> Run | None:
    """Queue a running run again for another worker; None when it is not running any more.

    What it had counted is forgotten, for it begins again, unless it is given: then it goes on. Its attempt does not
    count, and its clock goes on.
    """
    with transaction() as session:
        stored = select(runs.c.context).where(runs.c.id == run_id).with_for_update()
        context = session.execute(stored).scalar_one_or_none() or {}
        times = context.get(HANDED_BACK)
        context = {**context, HANDED_BACK: times + 1 if isinstance(times, int) else 1}
        changes = _results(counts or {}, recorded) | {"status": Status.QUEUED, "heartbeat_at": None, "context": context}
        return update_run(
            run_id, expect=[Status.RUNNING], changes=changes, event=RunProgressed, actor=worker, reason=reason
        )


def begin_attempt(run_id: int, attempt: int, worker: str, reason: str) -> Run | None:
    """Begin another attempt of a running run (R21): its counts start again, its status stays."""
    changes = _results({}, ()) | {"attempt": attempt, "heartbeat_at": utcnow()}
    return update_run(
        run_id, expect=[Status.RUNNING], changes=changes, event=RunProgressed, actor=worker, reason=reason
    )


def reassign(run_id: int, user_id: int | None, name: str) -> Run | None:
    """Make somebody else the initiator of a run that waits for a decision (R43): whoever took it.

    None when it is not queued any more.
    """
    with transaction() as session:
        context = session.execute(select(runs.c.context).where(runs.c.id == run_id)).scalar_one_or_none() or {}
        decided = {key: value for key, value in context.items() if key != AWAITS_DECISION}
        return update_run(
            run_id,
            expect=[Status.QUEUED],
            changes={"user_id": user_id, "initiator_name": name, "context": decided},
            event=RunProgressed,
            actor=name,
            reason="handed to the queue",
        )


def update_context(run_id: int, context: Mapping[str, object]) -> Run | None:
    """Replace the context of an active run (R8): the ids of records that it made, and what slows it down."""
    return update_run(run_id, expect=ACTIVE, changes={"context": redaction.scrub_context(context)}, event=RunProgressed)


def finish(
    run_id: int,
    outcome: Outcome,
    *,
    actor: str,
    counts: Mapping[str, int] | None = None,
    recorded: Iterable[Failure] = (),
    reason: str = "",
    expect: Sequence[Status] = (Status.RUNNING,),
    revision: int | None = None,
    follow: Callable[[Run], Annotation | None] = lambda _: None,
) -> Run | None:
    """End a run, once: None when somebody else has ended it already, or has changed it since `revision`.

    `counts` None keeps those that were written before. `follow` starts in this transaction what follows from the end,
    before anybody is told of it, and returns what is to be told of that.
    """
    if outcome is Outcome.PENDING:
        raise ValueError("a run cannot end as pending")
    changes = {"status": Status.COMPLETED, "outcome": outcome, "completed_at": utcnow()}
    changes |= _failures(recorded) if counts is None else _results(counts, recorded)
    return update_run(
        run_id,
        expect=expect,
        changes=changes,
        event=lambda run: RunCompleted(run, follow(run)),
        actor=actor,
        reason=reason,
        revision=revision,
    )


def dispatch_again(run: Run, actor: str) -> Run | None:
    """Note that a queued run is handed to the queue again (R48); None when it has changed since it was read."""
    return update_run(
        run.id,
        expect=[Status.QUEUED],
        changes={},
        event=None,
        actor=actor,
        reason=DISPATCHED_AGAIN,
        revision=run.revision,
    )


def request_cancel(run_id: int, actor: str, *, with_others: bool = False) -> Run | None:
    """Ask an active run to stop (R44): a queued one ends at once, a running one at its next checkpoint.

    None when there is nothing to stop any more, or when it was asked before. Its history says whether it was one
    `with_others`.
    """
    more = WITH_OTHERS if with_others else ""
    unbegun = f"cancelled before it began{more}"
    with transaction():
        ended = finish(run_id, Outcome.CANCELLED, actor=actor, reason=unbegun, expect=[Status.QUEUED])
        return ended or _ask_to_stop(run_id, actor, f"asked to stop{more}")


def hold(run_id: int) -> None:
    """Let nobody change the run before this transaction ends.

    For a record that a run mirrors: whoever changes both locks the run first, as the end of a run does.
    """
    with transaction() as session:
        session.execute(select(runs.c.id).where(runs.c.id == run_id).with_for_update())


def annotate(run_id: int, actor: str, reason: str) -> None:
    """Add a line to a run's history that changes nothing of the run: what somebody did because of it (R44)."""
    with transaction() as session:
        row = session.execute(select(runs).where(runs.c.id == run_id)).one_or_none()
        if row is not None:
            statements.add_note(session, row._mapping, _note(row.status, actor, reason), utcnow())


def prune(workspace_id: int, run_ids: Collection[int], before: datetime) -> list[int]:
    """Delete those of `run_ids` that ended before that moment, with their history and notifications (R48).

    Returns the ids that went. One guarded statement: never an active run, whatever was known when it was chosen. How
    far the ledger was pruned is remembered with it.
    """
    with transaction() as session:
        gone = statements.delete_ended(session, workspace_id, run_ids, before)
        if gone:
            statements.note_pruning(session, workspace_id, max(gone), before)
        return gone


def _ask_to_stop(run_id: int, actor: str, reason: str) -> Run | None:
    with transaction() as session:
        # Locked: of two who ask at once the second sees that the first did.
        asked = select(runs.c.cancel_requested_at).where(runs.c.id == run_id).with_for_update()
        if session.execute(asked).scalar_one_or_none() is not None:
            return None
        changes = {"cancel_requested_at": utcnow()}
        return update_run(
            run_id,
            expect=[Status.RUNNING],
            changes=changes,
            event=RunProgressed,
            actor=actor,
            reason=reason,
        )


def _first_values(new: NewRun) -> dict[str, object]:
    now = utcnow()
    return {
        "workspace_id": new.workspace_id,
        "tenant_id": new.tenant_id,
        "user_id": new.user_id,
        "initiator_name": new.initiator_name,
        "type": new.type,
        "status": Status.QUEUED,
        "outcome": Outcome.PENDING,
        "run_identity_hash": new.run_identity_hash,
        "context": redaction.scrub_context(new.context),
        "summary_counts": {},
        "failure_summary": [],
        "revision": 1,
        "attempt": 1,
        "created_at": now,
        "updated_at": now,
    }


def _active_of_identity(session: Session, new: NewRun) -> Run | None:
    scope = runs.c.tenant_id == new.tenant_id
    if new.tenant_id is None:
        scope = runs.c.tenant_id.is_(None) & (runs.c.workspace_id == new.workspace_id)
    query = select(runs).where(scope, runs.c.run_identity_hash == new.run_identity_hash, runs.c.status.in_(ACTIVE))
    row = session.execute(query).one_or_none()
    return run_from(row) if row is not None else None


def _status_before(session: Session, run_id: int, expect: Sequence[Status]) -> str | None:
    if len(expect) == 1:
        return expect[0]
    # Locked, so that the history names the status that the guarded update really found.
    query = select(runs.c.status).where(runs.c.id == run_id).with_for_update()
    return session.execute(query).scalar_one_or_none()


def _note(before: str | None, actor: str, reason: str) -> Note:
    return Note(before, actor[:200], failures.sanitise(reason))


def _results(counts: Mapping[str, int], recorded: Iterable[Failure]) -> dict[str, Any]:
    return {"summary_counts": count_rules.normalise(counts)} | _failures(recorded)


def _failures(recorded: Iterable[Failure]) -> dict[str, Any]:
    entries = failures.normalise(recorded)
    return {"failure_summary": [{"code": e.code, "message": e.message, "count": e.count} for e in entries]}


def _announce(event: RunEvent) -> None:
    events.in_transaction[type(event)].send(event)
    after_commit(lambda: events.after_commit[type(event)].send(event))
