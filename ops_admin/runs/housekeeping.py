"""Repairing what a crash left behind (R48): through the service, one guarded statement a repair, each one explained.

A repair names the revision that it has seen, so it can never overwrite a run that moved on meanwhile: a heartbeat is
enough to make it lose.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass

from flask_babel import lazy_gettext as _
from huey import crontab

from ops_admin.access.capabilities import Capability
from ops_admin.database import db, transaction, utcnow
from ops_admin.extensions import huey
from ops_admin.queue import URGENT
from ops_admin.runs import codes, execution, queries, service
from ops_admin.runs.actors import SYSTEM, Actor
from ops_admin.runs.catalog import OperationType, catalog
from ops_admin.runs.dispatch import Started, start
from ops_admin.runs.handle import RunHandle
from ops_admin.runs.ledger import RETRY_OF, Failure, Run
from ops_admin.runs.states import Outcome, Status

RECONCILE = "ops.reconcile_adapter_runs"
DISPATCH = "dispatch"
MOST_DISPATCHES = 3
# Longer than the pause between two heartbeats: so long has a run that looks lost to show that it is not.
SECONDS_TO_SPEAK_UP = 15
RESTARTS = "restarts"

logger = logging.getLogger(__name__)


@huey.periodic_task(crontab(minute="*"), name="reconcile", priority=URGENT)  # type: ignore[untyped-decorator]  # huey carries no types
def reconcile_when_needed() -> None:
    """Every minute start a reconcile run in each workspace that has something to repair, and in no other."""
    with execution.app_context():
        for workspace_id in queries.workspaces_with_doubtful_runs(_mirroring(), utcnow()):
            if any(findings(workspace_id)):
                start_reconcile(workspace_id)


def start_reconcile(workspace_id: int, actor: Actor | None = None) -> Started:
    """Start the reconcile run of a workspace, or find the one that is active: it never overlaps itself (R5).

    One that died is repaired here and now: nobody else could, for as long as it stands in the way.
    """
    for finding in findings(workspace_id):
        if finding and finding.run.type == RECONCILE:
            repair(finding)
    return start(RECONCILE, actor=actor or Actor.system(), workspace_id=workspace_id)


def reconcile(handle: RunHandle) -> None:
    """Look at each doubtful run of the workspace and repair what is wrong with it.

    `processed` counts the runs looked at, `updated` those that were repaired, `skipped` those that were fine, or moved
    on by themselves, `failed` those that could not be judged or repaired: one of these holds up no other.
    """
    handle.progress(total=0, processed=0, updated=0, skipped=0)
    found = list(findings(handle.workspace_id, but_not=handle.run_id))
    if any(finding.code == codes.WORKER_LOST for finding in found):
        # Clocks differ between machines and are set; a heartbeat in this pause changes the revision, and nothing else
        # counts for a repair.
        handle.wait(SECONDS_TO_SPEAK_UP)
    for finding in found:
        repaired = _try_to_repair(finding)
        handle.progress(total=handle.counts["total"] + 1)
        if repaired is None:
            handle.failure(codes.REPAIR_FAILED, f"run {finding.run.id}")
            handle.count(processed=1, failed=1)
        else:
            handle.count(processed=1, succeeded=1, updated=int(repaired), skipped=int(not repaired))
        handle.checkpoint()


def _try_to_repair(finding: "Finding") -> bool | None:
    """Repair what is wrong; None when that did not work."""
    if finding.error is not None:
        return None
    try:
        return bool(finding) and repair(finding)
    except Exception:
        logger.exception("run %s could not be repaired", finding.run.id)
        return None


@dataclass(frozen=True)
class Finding:
    """What is wrong with one run: a failure code, or DISPATCH for a message that is missing; None: nothing.

    `error` is why that could not be said.
    """

    run: Run
    code: str | None
    outcome: Outcome = Outcome.FAILED
    error: Exception | None = None

    def __bool__(self) -> bool:
        return self.code is not None


def findings(workspace_id: int, but_not: int | None = None) -> Iterator[Finding]:
    """Look at the doubtful runs of a workspace, one after the other."""
    doubtful = [run for run in queries.doubtful_runs(workspace_id, _mirroring(), utcnow()) if run.id != but_not]
    waiting = _ids_in_queue() if doubtful else frozenset()
    for run in doubtful:
        yield _try_to_diagnose(run, waiting)


def _mirroring() -> list[str]:
    return [operation.key for operation in catalog if operation.mirror is not None]


def _try_to_diagnose(run: Run, in_queue: frozenset[int]) -> Finding:
    try:
        return diagnose(run, in_queue)
    except Exception as error:
        # A record that cannot be read must not keep the other runs from their repair.
        logger.exception("run %s (%s) cannot be judged", run.id, run.type)
        return Finding(run, None, error=error)


def diagnose(run: Run, in_queue: frozenset[int]) -> Finding:
    """Say what is wrong with an active run; a domain record that it mirrors is the truth (R23, R43)."""
    operation = catalog.find(run.type)
    record = operation.mirror(run) if operation is not None and operation.mirror is not None else None
    if record is not None and record.state == "missing":
        return Finding(run, codes.RECORD_MISSING)
    if record is not None and record.state == "ended":
        return Finding(run, codes.STATUS_DRIFT, record.outcome or Outcome.FAILED)
    if run.status == Status.RUNNING:
        lost = abs(utcnow() - (run.heartbeat_at or run.created_at)) > queries.LOST_AFTER
        return Finding(run, codes.WORKER_LOST if lost else None)
    # What waits for a decision is queued by intention, without a message (R43).
    waits = run.id in in_queue or (record is not None and record.state == "waiting")
    if waits or abs(utcnow() - run.updated_at) < queries.STUCK_AFTER:
        return Finding(run, None)
    tries = sum(line.reason == service.DISPATCHED_AGAIN for line in queries.transitions_of(run.id))
    return Finding(run, DISPATCH if tries < MOST_DISPATCHES else codes.STUCK_QUEUED)


def repair(finding: Finding) -> bool:
    """Do what a finding calls for, explained in the run's history; False when the run has moved on meanwhile."""
    with transaction():
        if finding.code == DISPATCH:
            return _dispatch_again(finding.run)
        ended = _end(finding)
        if ended and finding.code == codes.WORKER_LOST:
            _restart(finding.run)
        return ended


def _dispatch_again(run: Run) -> bool:
    taken = service.dispatch_again(run, SYSTEM)
    if taken is not None:
        execution.run_operation(run.id, priority=execution.priority_of(run.type))
    return taken is not None


def _end(finding: Finding) -> bool:
    run, code = finding.run, str(finding.code)
    ended = service.finish(
        run.id,
        finding.outcome,
        actor=SYSTEM,
        recorded=[*run.failures, Failure(code)],
        reason=code,
        expect=[Status(run.status)],
        revision=run.revision,
    )
    if ended is not None:
        logger.warning("run %s (%s) was ended by housekeeping: %s", run.id, run.type, code)
    return ended is not None


def _restart(run: Run) -> None:
    """Start a lost run again where its type asks for that, a bounded number of times."""
    operation = catalog.find(run.type)
    so_far = run.context.get(RESTARTS, 0)
    if operation is None or not isinstance(so_far, int) or so_far >= operation.restarts:
        return
    context = {RETRY_OF: run.id, RESTARTS: so_far + 1}
    try:
        started = start(
            run.type,
            actor=Actor.system(),
            tenant_id=run.tenant_id,
            workspace_id=run.workspace_id,
            inputs=run.inputs,
            context=context,
        )
    except (ValueError, LookupError) as error:
        # The tenant is gone, or the inputs fit no more: the end stands, nothing is started.
        logger.warning("run %s cannot be started again: %s", run.id, error)
        return
    done = "started again as" if started.created else "the same is done by"
    service.remark(run.id, SYSTEM, f"{done} run {started.run.id}")


def _ids_in_queue() -> frozenset[int]:
    """Return the ids of the runs whose messages wait in the queue: as it is now, not in the snapshot of the runs."""
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
)
