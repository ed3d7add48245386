"""The only writer of the ledger (R3).

Every change is one guarded statement (compare-and-set on the current status), so of any number of racing writers
exactly one wins and the others get None. Its history line and the rows of subscribers are committed with it. A worker
names its claim in every write. Once the run has been requeued or claimed by another worker, nothing more that it writes
is stored (R86).
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ops_admin import redaction
from ops_admin.access.models import DbWorkspace
from ops_admin.access.queries import list_display_names
from ops_admin.infra.database import after_commit, db, single_statement, transaction, utcnow
from ops_admin.runs import events, legacy, statements
from ops_admin.runs.catalog import Follower, catalog
from ops_admin.runs.column_values import Note, ending, first_values, foreseen, history_entry, results
from ops_admin.runs.companions import Companion, Found
from ops_admin.runs.events import RunBeat, RunCompleted, RunEnqueued, RunEvent, RunProgressed
from ops_admin.runs.history import EventType, HistoryEvent
from ops_admin.runs.ledger import AWAITS_DECISION, Actor, Failure, NewRun, Run
from ops_admin.runs.legacy import LegacyRun
from ops_admin.runs.rows import run_from
from ops_admin.runs.statements import runs
from ops_admin.runs.states import ACTIVE, Outcome, Status

EMPTY: Found = MappingProxyType({})

# Of two identical starts, the loser reads the winner's run. It has to retry only if that run ends in between.
_CREATE_TRIES = 10


class RunContended(RuntimeError):
    """Runs of the same identity were created and ended so fast that no answer could be given."""


def create(new: NewRun, companions: Sequence[Companion] = ()) -> tuple[Run, bool]:
    """Insert a queued run, or find the active run of the same identity (R5). The flag says whether it was inserted.

    `companions`, such as its message (R11), are written only together with it. Joins an open transaction.
    """
    waits = new.context.get(AWAITS_DECISION) is True
    event = HistoryEvent(EventType.PREPARED if waits else EventType.CREATED)
    entry = history_entry(None, None, Note(Actor(new.user_id, new.initiator_name), event))
    for _ in range(_CREATE_TRIES):
        with single_statement() as session:
            written = statements.insert_run(session, first_values(new), entry, companions)
            if written is not None:
                _announce(RunEnqueued(written.run), companions, written.found)
                return written.run, True
        active = _active_of_identity(new)
        if active is not None:
            return active, False
    raise RunContended(new.type)


def import_legacy(old: LegacyRun, actor: Actor) -> Run | None:
    """Store a run of an earlier system with the status and the outcome that it had there (R9).

    Nobody is told, and nothing follows from it. None when it was stored before.
    """
    entry = history_entry(None, None, Note(actor, HistoryEvent(EventType.IMPORTED, {"reference": old.reference})))
    with transaction() as session:
        # Two imports of one file take turns, so that both do not find the run missing.
        session.execute(select(DbWorkspace.id).where(DbWorkspace.id == old.workspace_id).with_for_update())
        known = select(runs.c.id).where(runs.c.run_identity_hash == old.identity_hash, runs.c.is_legacy)
        if session.scalar(known) is not None:
            return None
        written = statements.insert_run(session, legacy.columns_of(old, list_display_names()), None)
        if written is None:
            return None
        statements.add_entry(session, vars(written.run), entry, at=utcnow())
        return written.run


def update_run(
    run_id: int,
    *,
    expect: Sequence[Status],
    changes: Mapping[str, Any],
    tell: Callable[[Run], RunEvent] | None,
    note: Note | None = None,
    revision: int | None = None,
    claim: int | None = None,
) -> Run | None:
    """Change a run whose status is one of `expect`. None if it was not, because somebody else was first.

    `tell` creates the event to send after the commit; the record that follows the run (`OperationType.follow`) receives
    it within the transaction. With `revision` the run must not have changed since it was read, not even by a heartbeat.
    With `claim` nobody may have claimed or requeued it since. Raises ImpossibleMove for a status that cannot follow one
    of `expect`.
    """
    with transaction() as session:
        entry = None if note is None else history_entry(run_id, _status_before(session, run_id, expect), note)
        values = {**changes, "updated_at": utcnow()}
        written = statements.change_run(session, run_id, expect, values, revision=revision, claim=claim, entry=entry)
        if written is None:
            return None
        if tell is None:
            return written.run
        event = tell(written.run)
        follower = _follower_of(written.run.type)
        if follower is not None and "status" in changes:
            follower(event)
        companions = _companions_of(event)
        found = [companion.write(session, event.run) for companion in companions]
        _announce(event, companions, {name: value for each in found for name, value in each.items()})
        return written.run


def claim(run: Run, worker: Actor) -> Run | None:
    """Claim a queued run (R18). None if it is no longer queued; the caller must then do nothing.

    The returned run holds the `claim` that the worker must name from now on. `started_at` is set by the first claim
    only.
    """
    now = utcnow()
    changes = {"status": Status.RUNNING, "started_at": now, "heartbeat_at": now, "claim": None}
    note = Note(worker, HistoryEvent(EventType.CLAIMED))
    if _follower_of(run.type) is not None:
        return update_run(run.id, expect=[Status.QUEUED], changes=changes, tell=RunProgressed, note=note)
    operation = catalog.find(run.type)
    # What may never be started over must not be found queued again after a crash of the server.
    durable = operation is not None and operation.resume == "never"
    return _write_alone(run.id, Status.QUEUED, changes, RunProgressed, note, durable=durable)


def advance(run: Run, counts: Mapping[str, int], recorded: Iterable[Failure] = ()) -> Run | None:
    """Write the counts and failures of a claimed run so far (R20). None if the claim is no longer valid."""
    changes = results(run.id, counts, recorded) | {"heartbeat_at": utcnow()}
    return _write_claimed(run, changes, RunProgressed)


def heartbeat(run: Run, *, tell: bool = False) -> Run | None:
    """Write a heartbeat for a claimed run, and publish it if `tell` is set. None as in `advance`."""
    return _write_claimed(run, {"heartbeat_at": utcnow()}, RunBeat if tell else None)


def update_context(run: Run, context: Mapping[str, object]) -> Run | None:
    """Replace the context of a claimed run (R8): ids of records, and slow-downs. None as in `advance`."""
    return _write_claimed(run, {"context": redaction.scrub_context(context)}, RunProgressed)


def begin_attempt(run: Run, attempt: int, worker: Actor, code: str) -> Run | None:
    """Start another attempt of a claimed run after the failure `code` (R21), resetting its counts.

    None as in `advance`.
    """
    changes = results(run.id, {}, ()) | {"attempt": attempt, "heartbeat_at": utcnow()}
    note = Note(worker, HistoryEvent(EventType.ATTEMPT_BEGUN, {"attempt": attempt, "code": code}))
    return _write_claimed(run, changes, RunProgressed, note)


def requeue(
    run: Run,
    worker: Actor,
    why: Mapping[str, object],
    counts: Mapping[str, int] | None = None,
    recorded: Iterable[Failure] = (),
) -> Run | None:
    """Requeue a claimed run for another worker: the only way back (`states.MOVES`). None as in `advance`.

    `why` is the data of its history line. Its counts are reset, because it starts over; if `counts` is given, it
    resumes with those. Requeueing does not count as an attempt, and `started_at` stays.
    """
    changes = results(run.id, counts or {}, recorded) | {"status": Status.QUEUED, "heartbeat_at": None, "claim": None}
    return _write_claimed(run, changes, RunProgressed, Note(worker, HistoryEvent(EventType.REQUEUED, why)))


def reassign(run_id: int, actor: Actor) -> Run | None:
    """Make somebody else the initiator of a run that waits for a decision (R43): whoever decided to start it.

    None if it is no longer queued.
    """
    with transaction() as session:
        context = _locked_context(session, run_id)
        context.pop(AWAITS_DECISION, None)
        return update_run(
            run_id,
            expect=[Status.QUEUED],
            changes={"user_id": actor.user_id, "initiator_name": actor.name, "context": context},
            tell=RunProgressed,
            note=Note(actor, HistoryEvent(EventType.REASSIGNED)),
        )


def add_to_context(run_id: int, **values: object) -> Run | None:
    """Add to the context of a queued run while it is being started (R8), such as the id of the record it mirrors.

    None if it is no longer queued.
    """
    with transaction() as session:
        context = redaction.scrub_context({**_locked_context(session, run_id), **values})
        return update_run(run_id, expect=[Status.QUEUED], changes={"context": context}, tell=RunProgressed)


def finish(
    run_id: int,
    outcome: Outcome,
    *,
    actor: Actor,
    counts: Mapping[str, int] | None = None,
    recorded: Iterable[Failure] = (),
    event: HistoryEvent | None = None,
    expect: Sequence[Status] = (Status.RUNNING,),
    revision: int | None = None,
    claim: int | None = None,
    follow: Callable[[Run], HistoryEvent | None] = lambda _: None,
) -> Run | None:
    """End a run, once. None if somebody else has ended it, changed it since `revision`, or claimed it since `claim`.

    Without `counts`, those written before are kept. `follow` starts, in this transaction and before anybody is told,
    what results from the end, and returns the event that describes it.
    """
    return update_run(
        run_id,
        expect=expect,
        changes=ending(run_id, outcome, counts, recorded),
        tell=lambda run: RunCompleted(run, follow(run)),
        note=Note(actor, event or HistoryEvent.finished()),
        revision=revision,
        claim=claim,
    )


def finish_claimed(
    run: Run,
    outcome: Outcome,
    *,
    actor: Actor,
    counts: Mapping[str, int],
    recorded: Iterable[Failure] = (),
    event: HistoryEvent | None = None,
) -> Run | None:
    """End a claimed run as its worker. None as in `advance`.

    If no record follows the run, everything to write is known beforehand, and PostgreSQL gets it in one statement.
    """
    recorded, event = list(recorded), event or HistoryEvent.finished()
    if _follower_of(run.type) is not None:
        return finish(run.id, outcome, actor=actor, counts=counts, recorded=recorded, event=event, claim=run.claim)
    changes = ending(run.id, outcome, counts, recorded)
    companions = _companions_of(RunCompleted(foreseen(run, changes)))
    entry = history_entry(run.id, Status.RUNNING, Note(actor, event))
    values = {**changes, "updated_at": utcnow()}
    with single_statement() as session:
        written = statements.change_run(
            session, run.id, [Status.RUNNING], values, claim=run.claim, entry=entry, companions=companions
        )
        if written is None:
            return None
        _announce(RunCompleted(written.run), companions, written.found)
        return written.run


def dispatch_again(run: Run, actor: Actor) -> Run | None:
    """Record that a queued run is handed to the queue again (R48). None if it has changed since it was read."""
    note = Note(actor, HistoryEvent(EventType.DISPATCHED_AGAIN))
    return update_run(run.id, expect=[Status.QUEUED], changes={}, tell=None, note=note, revision=run.revision)


def request_cancel(run_id: int, actor: Actor, *, with_others: bool = False) -> Run | None:
    """Ask an active run to stop (R44). A queued one ends at once, a running one at its next checkpoint.

    None if it has ended or was asked before. `with_others` is recorded in the history.
    """
    data = {"with_others": True} if with_others else {}
    unbegun = HistoryEvent(EventType.CANCELLED_BEFORE_START, data)
    with transaction() as session:
        ended = finish(run_id, Outcome.CANCELLED, actor=actor, event=unbegun, expect=[Status.QUEUED])
        if ended is not None:
            return ended
        # Locked, so that of two simultaneous requests the second sees the first.
        asked = select(runs.c.cancel_requested_at).where(runs.c.id == run_id).with_for_update()
        if session.execute(asked).scalar_one_or_none() is not None:
            return None
        return update_run(
            run_id,
            expect=[Status.RUNNING],
            changes={"cancel_requested_at": utcnow()},
            tell=RunProgressed,
            note=Note(actor, HistoryEvent(EventType.CANCEL_REQUESTED, data)),
        )


def hold(run_id: int) -> None:
    """Lock the run until this transaction ends.

    For a record that mirrors a run: whoever changes both locks the run first, in the same order as the end of a run.
    """
    with transaction() as session:
        session.execute(select(runs.c.id).where(runs.c.id == run_id).with_for_update())


def annotate(run_id: int, actor: Actor, event: HistoryEvent) -> None:
    """Add a line to a run's history without changing the run: what somebody did because of it (R44)."""
    with transaction() as session:
        row = session.execute(select(runs).where(runs.c.id == run_id)).one_or_none()
        if row is not None:
            statements.add_entry(session, row._mapping, history_entry(run_id, row.status, Note(actor, event)), utcnow())


def prune(workspace_id: int, run_ids: Collection[int], before: datetime) -> list[int]:
    """Delete those of `run_ids` that ended before `before`, with their history and notifications (R48).

    Returns the deleted ids. It is one guarded statement, so it never deletes an active run, whatever was known when it
    was chosen. How far the ledger was pruned is recorded with it.
    """
    with transaction() as session:
        gone = statements.delete_ended(session, workspace_id, run_ids, before)
        if gone:
            statements.note_pruning(session, workspace_id, max(gone), before)
        return gone


def _write_claimed(
    run: Run, changes: Mapping[str, Any], tell: Callable[[Run], RunEvent] | None, note: Note | None = None
) -> Run | None:
    """Change a run that is still running under the claim with which it was read."""
    if "status" in changes and _follower_of(run.type) is not None:
        return update_run(run.id, expect=[Status.RUNNING], changes=changes, tell=tell, note=note, claim=run.claim)
    return _write_alone(run.id, Status.RUNNING, changes, tell, note, claim=run.claim)


def _write_alone(
    run_id: int,
    expect: Status,
    changes: Mapping[str, Any],
    tell: Callable[[Run], RunEvent] | None,
    note: Note | None = None,
    *,
    claim: int | None = None,
    durable: bool = False,
) -> Run | None:
    """Change a run that no record follows, in a single statement.

    Unless it is to be `durable`, it does not wait for PostgreSQL's disk. If a crash of the server loses a claim or a
    report, housekeeping repairs that as if the worker had died. Inside a transaction it is as durable as its rest.
    """
    durable = durable or db.in_transaction()
    entry = None if note is None else history_entry(run_id, expect, note)
    values = {**changes, "updated_at": utcnow()}
    with single_statement() as session:
        written = statements.change_run(session, run_id, [expect], values, claim=claim, entry=entry, durable=durable)
        if written is None:
            return None
        if tell is not None:
            _announce(tell(written.run))
        return written.run


def _locked_context(session: Session, run_id: int) -> dict[str, object]:
    stored = select(runs.c.context).where(runs.c.id == run_id).with_for_update()
    return dict(session.execute(stored).scalar_one_or_none() or {})


def _active_of_identity(new: NewRun) -> Run | None:
    scope = runs.c.tenant_id == new.tenant_id
    if new.tenant_id is None:
        scope = runs.c.tenant_id.is_(None) & (runs.c.workspace_id == new.workspace_id)
    query = select(runs).where(scope, runs.c.run_identity_hash == new.run_identity_hash, runs.c.status.in_(ACTIVE))
    row = db.session.execute(query).one_or_none()
    return run_from(row) if row is not None else None


def _status_before(session: Session, run_id: int, expect: Sequence[Status]) -> str | None:
    if len(expect) == 1:
        return expect[0]
    # Locked, so that the history names the status that the guarded update actually found.
    query = select(runs.c.status).where(runs.c.id == run_id).with_for_update()
    return session.execute(query).scalar_one_or_none()


def _follower_of(type_key: str) -> Follower | None:
    operation = catalog.find(type_key)
    return operation.follow if operation is not None else None


def _companions_of(event: RunEvent) -> list[Companion]:
    """What subscribers write along with the end of a run."""
    if not isinstance(event, RunCompleted):
        return []
    companions: list[Companion] = events.companions.ask(event)
    return companions


def _announce(event: RunEvent, companions: Sequence[Companion] = (), found: Found = EMPTY) -> None:
    """Send the event once the change is committed."""
    after_commit(lambda: events.after_commit[type(event)].send(event))
    for companion in companions:
        after_commit(partial(companion.told, found))
