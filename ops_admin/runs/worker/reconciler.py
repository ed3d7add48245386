"""Repairs what a crash left behind (R48): through the service, one guarded statement a repair, each one explained.

A repair names the revision it saw, so it can never overwrite a run that has moved on since. Even a heartbeat is enough
to make the repair lose.
"""

import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask_babel import lazy_gettext as _

from ops_admin.access.capabilities import Capability
from ops_admin.access.guards import NotAllowed
from ops_admin.infra.database import db, transaction, utcnow
from ops_admin.infra.database_retry import DATABASE_AWAY
from ops_admin.infra.extensions import huey
from ops_admin.runs import codes, queries, service
from ops_admin.runs.actors import BY_HAND
from ops_admin.runs.catalog import CountWords, OperationType, catalog
from ops_admin.runs.dispatch import Started, start
from ops_admin.runs.events import housekeeping_checked
from ops_admin.runs.failures import failure_of
from ops_admin.runs.handle import Reschedule, RunHandle
from ops_admin.runs.history import EventType, HistoryEvent
from ops_admin.runs.labels import label_of
from ops_admin.runs.ledger import RETRY_OF, Actor, Failure, Run
from ops_admin.runs.states import Outcome, Status
from ops_admin.runs.tasks import enqueue
from ops_admin.runs.worker import execution
from ops_admin.runs.worker.repairs import REPAIRS, Repair, kept_of
from ops_admin.runs.worker.stalled import STALLED_RUNS, StalledRuns

RECONCILE = "ops.reconcile_adapter_runs"
DISPATCH = "dispatch"
MOST_DISPATCHES = 3
# Longer than the interval between heartbeats: how long a stalled run has to show that it is alive. No worker
# waits for this; the housekeeping run is queued meanwhile.
SECONDS_TO_SPEAK_UP = 15
RESTARTS = "restarts"
# How often `work_off` repeats before it leaves the rest to the workers.
MOST_ROUNDS = 4

logger = logging.getLogger(__name__)


def reconcile_when_needed() -> None:
    """Every minute, start a reconcile run in each workspace that has something to repair, and in no other.

    Failed repairs are tried again at growing intervals. A workspace that cannot be checked does not hold up the others.
    Once all workspaces were checked, subscribers are told, because a check that finds nothing leaves no run behind.
    """
    checked_all = True
    for workspace_id in queries.workspaces_to_check(_mirroring(), utcnow()):
        try:
            if _due(findings(workspace_id)):
                start_reconcile(workspace_id)
        except DATABASE_AWAY:
            raise
        except Exception:
            db.session.rollback()
            checked_all = False
            logger.exception("workspace %s cannot be looked at", workspace_id)
    if checked_all:
        housekeeping_checked.send()


def start_reconcile(workspace_id: int, actor: Actor | None = None, *, by_hand: bool = False) -> Started:
    """Start a workspace's reconcile run, or return the active one: it never overlaps itself (R5).

    A reconcile run that died is ended here, because it would block the only thing that could repair it. `by_hand` marks
    a request by somebody with access to the server: it also retries repairs that have failed often. Raises what the
    guards raise.
    """
    context = {BY_HAND: True} if by_hand or actor is not None else {}
    actor = actor or Actor.system()
    started = start(RECONCILE, actor=actor, workspace_id=workspace_id, context=context)
    if started.answer != "active" or not _cleared_away(started.run):
        return started
    return start(RECONCILE, actor=actor, workspace_id=workspace_id, context=context)


def _cleared_away(run: Run) -> bool:
    """End a housekeeping run that died. False if it is alive or might be: like any other run, it is checked twice."""
    finding = _try_to_diagnose(run, _ids_in_queue())
    if not finding or (finding.code == codes.WORKER_LOST and not _stalled_before(run)):
        return False
    return _try_to_repair(finding) is not None


def _stalled_before(run: Run) -> bool:
    """Whether the run was recorded as stalled long enough ago and has not changed since.

    Records it on the first call.
    """
    stalled = HistoryEvent(EventType.STALLED, {"revision": run.revision})
    noted = [line.at for line in queries.transitions_of(run.id) if line.event == stalled]
    if not noted:
        service.annotate(run.id, Actor.system(), stalled)
    since = noted[0] if noted else utcnow()
    return abs(utcnow() - since) >= timedelta(seconds=SECONDS_TO_SPEAK_UP)


def reconcile(handle: RunHandle) -> None:
    """Check each run of the workspace that may need a repair, and repair what is wrong with it.

    `processed` counts the runs checked, `updated` those repaired, `skipped` those that were fine or moved on by
    themselves, `failed` those that could not be checked or repaired. A failure does not hold up the other runs. The
    context lists the repairs (`repairs`).
    """
    handle.progress(total=0, processed=0, updated=0, skipped=0)
    context = queries.get_run(handle.run_id).context
    found = list(findings(handle.workspace_id, but_not=handle.run_id))
    if context.get(BY_HAND) is not True:
        found = _due(found, also_fine=True)
    stalled = _confirm_stalled(handle, StalledRuns.noted_in(context), found)
    repairs: list[Repair] = []
    for finding in found:
        if finding.code == codes.WORKER_LOST and not stalled.holds(finding.run):
            # It became stalled after the others were recorded, or has sent a heartbeat since.
            continue
        repair = _try_to_repair(finding)
        repairs += [repair] if repair is not None else []
        _count(handle, finding.run, repair)
        handle.update_context(**{REPAIRS: kept_of(repairs)})
        handle.checkpoint()


def _confirm_stalled(handle: RunHandle, noted: StalledRuns | None, found: "Sequence[Finding]") -> StalledRuns:
    """Return the runs that had time to show that they are alive. Raises Reschedule until that time is up.

    Clocks differ between machines and get adjusted, so only the revision counts: a heartbeat during the pause changes
    it.
    """
    stalled = [finding.run for finding in found if finding.code == codes.WORKER_LOST]
    if noted is None or noted.seconds_ago() is None:
        noted = StalledRuns.note(stalled)
        handle.update_context(**{STALLED_RUNS: noted.as_json()})
    left = SECONDS_TO_SPEAK_UP - (noted.seconds_ago() or 0)
    if left > 0 and any(noted.holds(run) for run in stalled):
        raise Reschedule(left, stalled_runs=len(stalled))
    return noted


def _count(handle: RunHandle, run: Run, repair: Repair | None) -> None:
    handle.progress(total=handle.counts["total"] + 1)
    if repair is not None and repair.done == "failed":
        handle.failure(codes.REPAIR_FAILED, f"#{run.id} {label_of(run.type)}, {repair.message or repair.code}")
        handle.count(processed=1, failed=1)
    else:
        handle.count(processed=1, succeeded=1, updated=int(repair is not None), skipped=int(repair is None))


def work_off(workspace_ids: Iterable[int]) -> dict[int, Run]:
    """Execute the workspaces' reconcile runs in this process, pausing once for all. Returns each one's last run.

    For callers that cannot count on a worker. A worker that takes a message later finds nothing left to claim.
    """
    done: dict[int, Run] = {}
    left = list(workspace_ids)
    for round_ in range(MOST_ROUNDS):
        if round_:
            time.sleep(SECONDS_TO_SPEAK_UP)
        for workspace_id in left:
            run_id = start_reconcile(workspace_id, by_hand=True).run.id
            execution.execute(run_id)
            db.session.rollback()
            done[workspace_id] = queries.get_run(run_id)
        db.session.rollback()
        left = [workspace_id for workspace_id in left if done[workspace_id].is_active]
        if not left:
            break
    return done


def _due(found: "Iterable[Finding]", *, also_fine: bool = False) -> "list[Finding]":
    """Drop runs whose repair failed a short while ago and, unless `also_fine`, runs that need no repair."""
    wanted = [finding for finding in found if also_fine or finding or finding.error is not None]
    failed = queries.failed_repairs([finding.run.id for finding in wanted])
    now = utcnow()
    return [finding for finding in wanted if finding.run.id not in failed or failed[finding.run.id].is_due(now)]


def _try_to_repair(finding: "Finding") -> Repair | None:
    """Repair what is wrong.

    None if nothing is, or if the run has moved on. An error is recorded in the run's history.
    """
    error = finding.error
    try:
        if error is None:
            return repair(finding) if finding else None
    except DATABASE_AWAY:
        raise
    except Exception as raised:
        db.session.rollback()
        logger.exception("run %s could not be repaired", finding.run.id)
        error = raised
    failure = failure_of(error)
    _say_that_it_failed(finding.run, failure)
    return Repair.failed(finding.run.id, failure)


def _say_that_it_failed(run: Run, failure: Failure) -> None:
    try:
        why = {"code": failure.code, "message": failure.message}
        service.annotate(run.id, Actor.system(), HistoryEvent(EventType.REPAIR_FAILED, why))
    except DATABASE_AWAY:
        raise
    except Exception:
        db.session.rollback()
        logger.exception("run %s could not be told that its repair failed", run.id)


@dataclass(frozen=True)
class Finding:
    """What is wrong with a run: a failure code, DISPATCH if its message is missing, or None if nothing is.

    `error` is set if the run could not be checked.
    """

    run: Run
    code: str | None
    outcome: Outcome = Outcome.FAILED
    error: Exception | None = None

    def __bool__(self) -> bool:
        return self.code is not None


def findings(workspace_id: int, but_not: int | None = None) -> Iterator[Finding]:
    """Check the runs of a workspace that may need a repair, one by one."""
    to_check = [run for run in queries.runs_to_check(workspace_id, _mirroring(), utcnow()) if run.id != but_not]
    waiting = _ids_in_queue() if to_check else frozenset()
    for run in to_check:
        yield _try_to_diagnose(run, waiting)


def _mirroring() -> list[str]:
    return [operation.key for operation in catalog if operation.mirror is not None]


def _try_to_diagnose(run: Run, in_queue: frozenset[int]) -> Finding:
    try:
        return diagnose(run, in_queue)
    except DATABASE_AWAY:
        raise
    except Exception as error:
        # One unreadable record must not keep the other runs from being repaired.
        db.session.rollback()
        logger.exception("run %s (%s) cannot be judged", run.id, run.type)
        return Finding(run, None, error=error)


def diagnose(run: Run, in_queue: frozenset[int]) -> Finding:
    """Return what is wrong with an active run. If it mirrors a domain record, that record is the truth (R23, R43)."""
    operation = catalog.find(run.type)
    record = operation.mirror(run) if operation is not None and operation.mirror is not None else None
    if record is not None and record.state == "missing":
        return Finding(run, codes.RECORD_MISSING)
    if record is not None and record.state == "ended":
        return Finding(run, codes.STATUS_DRIFT, record.outcome or Outcome.FAILED)
    if run.status == Status.RUNNING:
        lost = abs(utcnow() - (run.heartbeat_at or run.created_at)) > queries.LOST_AFTER
        # A run that somebody asked to stop has stopped; it is not started again (R44).
        outcome = Outcome.FAILED if run.cancel_requested_at is None else Outcome.CANCELLED
        return Finding(run, codes.WORKER_LOST if lost else None, outcome)
    # A run waiting for a decision is queued without a message on purpose (R43).
    waits = run.id in in_queue or (record is not None and record.state == "waiting")
    if waits or abs(utcnow() - run.updated_at) < queries.STUCK_AFTER:
        return Finding(run, None)
    tries = sum(line.is_of(EventType.DISPATCHED_AGAIN) for line in queries.transitions_of(run.id))
    return Finding(run, DISPATCH if tries < MOST_DISPATCHES else codes.STUCK_QUEUED)


def repair(finding: Finding) -> Repair | None:
    """Carry out the repair and record it in the run's history. None if the run has moved on."""
    if finding.code == DISPATCH:
        return Repair(finding.run.id, "dispatched") if _dispatch_again(finding.run) else None
    return _end(finding)


def _dispatch_again(run: Run) -> bool:
    with transaction():
        taken = service.dispatch_again(run, Actor.system())
        if taken is not None:
            enqueue(run)
    return taken is not None


def _end(finding: Finding) -> Repair | None:
    """End a run.

    If it was lost with its worker, it is started again in the same transaction, before anybody is told.
    """
    run, code = finding.run, str(finding.code)
    followed_by: list[HistoryEvent] = []

    def follow(_: Run) -> HistoryEvent | None:
        is_wanted = code == codes.WORKER_LOST and finding.outcome is Outcome.FAILED
        event = _start_again(run) if is_wanted else None
        followed_by.extend([event] if event is not None else [])
        return event

    ended = service.finish(
        run.id,
        finding.outcome,
        actor=Actor.system(),
        recorded=[*run.failures, Failure(code)],
        event=HistoryEvent.finished(code),
        expect=[Status(run.status)],
        revision=run.revision,
        follow=follow,
    )
    if ended is None:
        return None
    logger.warning("run %s (%s) was ended by housekeeping: %s", run.id, run.type, code)
    return Repair.ended(run.id, code, followed_by[0] if followed_by else None)


def _start_again(run: Run) -> HistoryEvent | None:
    """Start a lost run again for its initiator if its type allows it, a bounded number of times.

    Both histories record it. Nothing is started that the initiator is no longer allowed to start.
    """
    operation = catalog.find(run.type)
    so_far = run.context.get(RESTARTS, 0)
    if operation is None or not isinstance(so_far, int) or so_far >= operation.restarts:
        return None
    try:
        started = start(
            run.type,
            actor=Actor.starter_of(run),
            tenant_id=run.tenant_id,
            workspace_id=run.workspace_id,
            inputs=run.inputs,
            context={RETRY_OF: run.id, RESTARTS: so_far + 1},
        )
    except (ValueError, LookupError, NotAllowed) as error:
        # The tenant or the right to it is gone, or the inputs no longer fit. The run stays ended and nothing is
        # started.
        logger.warning("run %s cannot be started again: %s", run.id, error)
        return None
    event = HistoryEvent.naming(EventType.STARTED_AGAIN if started.created else EventType.DONE_BY, started.run.id)
    service.annotate(run.id, Actor.system(), event)
    if started.created:
        service.annotate(started.run.id, Actor.system(), HistoryEvent.naming(EventType.RETRY_OF, run.id))
    return event


def _ids_in_queue() -> frozenset[int]:
    """Return the ids of the runs with a waiting message.

    Read outside the snapshot in which the runs were read, so that a message written since is seen.
    """
    db.session.commit()
    return huey.waiting_run_ids()


RECONCILE_ADAPTER_RUNS = OperationType(
    key=RECONCILE,
    label=_("Housekeeping"),
    capability=Capability.RUNS_RECONCILE,
    handler=reconcile,
    scope="workspace",
    urgent=True,
    skipped=_("runs that were in order, or moved on by themselves meanwhile"),
    failure_codes={codes.REPAIR_FAILED: codes.LEDGER_CODES[codes.REPAIR_FAILED]},
    resume="anywhere",
    count_words={
        "updated": CountWords(_("Repaired"), _("%(number)s repaired")),
        "skipped": CountWords(_("Needed nothing"), _("%(number)s needed nothing")),
        "failed": CountWords(_("Not repaired"), _("%(number)s not repaired")),
        "succeeded": CountWords(_("Done with"), ""),
    },
)
