"""Executes a run from its message in the queue to its end (R18 to R21): claim, heartbeat, handler, finish."""

import contextvars
import logging
import os
import random
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial

from flask import Flask, current_app

from ops_admin.access.queries import Tenant
from ops_admin.infra.database import db, transaction
from ops_admin.infra.database_retry import DATABASE_AWAY, given_up, with_retry
from ops_admin.infra.extensions import huey
from ops_admin.runs import codes, queries, service
from ops_admin.runs.catalog import OperationType, catalog
from ops_admin.runs.claimable import Claimable, find_claimable
from ops_admin.runs.failures import UNEXPECTED, OperationFailed, failure_of
from ops_admin.runs.handle import ClaimLost, Reschedule, RunHandle, StopRequested
from ops_admin.runs.history import EventType, HistoryEvent
from ops_admin.runs.ledger import Actor, Failure, Run
from ops_admin.runs.states import Outcome, Status, outcome_of
from ops_admin.runs.tasks import enqueue
from ops_admin.runs.worker.revocation import end_if_revoked
from ops_admin.telemetry import tracing
from ops_admin.telemetry.fields import lines_carry
from ops_admin.telemetry.origin import continued

SECONDS_BETWEEN_HEARTBEATS = 10
SECONDS_BETWEEN_FLUSHES = 0.5
LONGEST_PAUSE_BETWEEN_ATTEMPTS = 60
SECONDS_BETWEEN_FLUSHES_WITHOUT_DATABASE = 3
MOST_RETURNS_AFTER_OUTAGES = 5

logger = logging.getLogger(__name__)

shutting_down = threading.Event()
_in_hand: dict[int, tuple[Run, RunHandle]] = {}


def execute(run_id: int) -> None:
    """Claim a run and execute it to its end. Does nothing if the claim is lost.

    If the database stays unreachable for too long, all that can be done is to log it; housekeeping then ends the run.
    """
    with lines_carry(run_id=run_id):
        try:
            _execute(run_id)
        except DATABASE_AWAY as error:
            logger.error("run %s is left to housekeeping: the database stayed away (%s)", run_id, type(error).__name__)


def _execute(run_id: int) -> None:
    found = with_retry(partial(find_claimable, run_id))
    run = with_retry(partial(_claim, found)) if found is not None else None
    if found is None or run is None:
        logger.info("run %s is not to be begun: nothing to do", run_id)
        return
    with continued(run.context, f"run {run.type}", run_id=run.id, operation=run.type, tenant_id=run.tenant_id):
        logger.info("run %s begins", run_id)
        try:
            _work(run, found.tenant)
        except ClaimLost:
            logger.warning("run %s was ended by somebody else while its handler worked", run_id)


def _claim(found: Claimable) -> Run | None:
    """Claim a queued run. None also for a run that waits for a decision, whoever wrote its message (R43).

    If its initiator has lost the right to it, it is ended instead (R68).
    """
    run = found.run
    if run.status != Status.QUEUED or run.awaits_decision or end_if_revoked(run, found.rights, this_worker()):
        return None
    return service.claim(run, this_worker())


def this_worker() -> Actor:
    """Name this worker for the history: host and process id."""
    return Actor.worker(f"worker {socket.gethostname()}:{os.getpid()}")


def _work(run: Run, tenant: Tenant | None) -> None:
    again: Run | None = run
    while again is not None:
        with lines_carry(attempt=again.attempt):
            again = _try(again, tenant)


def _try(run: Run, tenant: Tenant | None) -> Run | None:
    """Make one attempt. Returns the run for its next attempt, or None if it has ended."""
    handle, error = _attempt(run, tenant)
    if isinstance(error, Reschedule):
        if not handle.stop_requested():
            with_retry(handle.settle)
            _requeue(run, handle, {"seconds": round(error.seconds), **error.why}, error.seconds)
            return None
        error = StopRequested()
    if error is not None and not isinstance(error, StopRequested):
        _log(run, error)
        with _told_if_unwritten(run, handle, f"failed with {failure_of(error).code} in attempt {run.attempt}"):
            again, error = _begin_again(run, handle, error)
        if again is not None:
            return again
    _finish(run, handle, error)
    return None


@contextmanager
def _told_if_unwritten(run: Run, handle: RunHandle, end: str) -> Iterator[None]:
    """Log a run's result in full if it could not be written anywhere else.

    That is the case if the database stayed unreachable for too long or refused it, or if somebody else ended the run.
    """
    try:
        yield
    except Exception as error:
        logger.log(
            logging.WARNING if isinstance(error, ClaimLost) else logging.CRITICAL,
            "run %s (%s) %s with %s and %s, which could not be written",
            run.id,
            run.type,
            end,
            handle.counts,
            handle.failures.entries(),
        )
        raise


def _attempt(run: Run, tenant: Tenant | None) -> tuple[RunHandle, Exception | None]:
    handle = RunHandle(run, tenant, shutting_down.is_set)
    _in_hand[run.id] = (run, handle)
    try:
        operation = _operation_of(run)
        if run.tenant_id is not None and handle.tenant is None:
            raise OperationFailed(codes.TENANT_MISSING)
        # End the read transaction: a snapshot held through hours of network calls would keep old rows alive.
        db.session.commit()
        with _pulse(handle):
            operation.handler(handle)
    except ClaimLost:
        raise
    except Exception as error:
        # After a failed commit the session is unusable, both for asking what should happen to the run and for ending
        # it.
        db.session.close()
        return handle, error
    finally:
        _in_hand.pop(run.id, None)
    return handle, None


def _operation_of(run: Run) -> OperationType:
    operation = catalog.find(run.type)
    if operation is None:
        raise OperationFailed(codes.OPERATION_UNKNOWN)
    return operation


def _begin_again(run: Run, handle: RunHandle, error: Exception) -> tuple[Run | None, Exception]:
    """Start the next attempt if the type allows one for this error (R21), after a pause that responds to stop requests.

    Returns the run for that attempt, or None, and what ends this attempt: the error or the stop.
    """
    operation = catalog.find(run.type)
    code = failure_of(error).code
    if operation is None or run.attempt >= operation.max_attempts or code not in operation.retry_codes:
        return None, error
    try:
        handle.wait(min(LONGEST_PAUSE_BETWEEN_ATTEMPTS, 2**run.attempt) * random.uniform(0.5, 1))  # noqa: S311  # jitter
    except StopRequested as stop:
        return None, stop
    return with_retry(partial(service.begin_attempt, run, run.attempt + 1, this_worker(), code)), error


def _finish(run: Run, handle: RunHandle, error: Exception | None) -> None:
    """Write the end of a run, waiting for the database if necessary: finished work must not be reported as lost."""
    with _told_if_unwritten(run, handle, "was broken off"):
        if _is_to_go_back(run, handle, error):
            code = codes.DATABASE_AWAY if isinstance(error, DATABASE_AWAY) else codes.WORKER_STOPPED
            _requeue(run, handle, {"code": code})
            return
    outcome, code = _end_of(handle, error)
    write = partial(
        service.finish_claimed,
        run,
        outcome,
        actor=this_worker(),
        counts=handle.counts,
        recorded=handle.failures.entries(),
        event=HistoryEvent.finished(code),
    )
    ended = tracing.span("finish", ops_admin__outcome=outcome)
    with _told_if_unwritten(run, handle, f"ended as {outcome}"), ended as span:
        with_retry(handle.settle)
        done = with_retry(write)
        if outcome is Outcome.FAILED:
            span.fail(code)
        if done is None and not _is_our_end(run):
            raise ClaimLost(run.id)


def _is_to_go_back(run: Run, handle: RunHandle, error: Exception | None) -> bool:
    """Whether a run that could not continue here is to be requeued."""
    operation = catalog.find(run.type)
    if operation is None or operation.resume == "never" or handle.cancel_requested:
        return False
    if isinstance(error, DATABASE_AWAY):
        history = with_retry(partial(queries.transitions_of, run.id))
        returns = [line for line in history if line.is_of(EventType.REQUEUED) and line.code == codes.DATABASE_AWAY]
        return len(returns) < MOST_RETURNS_AFTER_OUTAGES
    return isinstance(error, StopRequested)


def _requeue(run: Run, handle: RunHandle, why: Mapping[str, object], seconds: float = 0) -> None:
    """Requeue a run with a new message, as if nobody had claimed it. Raises ClaimLost if it is no longer ours.

    With `seconds` the message is delivered only after that time. A retry after a commit whose answer was lost finds
    that the claim has already been given back.
    """
    operation = catalog.find(run.type)
    kept = (handle.counts, handle.failures.entries()) if operation is not None and operation.goes_on else ()

    def write() -> Run | None:
        with transaction():
            queued = service.requeue(run, this_worker(), why, *kept)
            if queued is not None:
                enqueue(queued, delay_seconds=seconds)
            return queued

    if with_retry(write) is None:
        raise ClaimLost(run.id)
    level = logging.INFO if seconds > 0 else logging.WARNING
    logger.log(level, "run %s (%s) was queued again: %s", run.id, run.type, dict(why))


def give_up() -> None:
    """Stop waiting, because this process is ending, and requeue every run that can be restarted anywhere.

    A handler that writes to a tenant is not interrupted like this: whoever continued could not know whether its last
    request is still on its way. Its run stalls, and housekeeping finds it.
    """
    given_up.set()
    for run, handle in list(_in_hand.values()):
        operation = catalog.find(run.type)
        if operation is None or operation.resume != "anywhere" or handle.cancel_requested:
            continue
        handle.abandon()
        try:
            with huey.app_context():
                _requeue(run, handle, {"code": codes.WORKER_STOPPED})
            _in_hand.pop(run.id, None)
        except (ClaimLost, *DATABASE_AWAY) as error:
            logger.warning("run %s is left to housekeeping: %s", run.id, type(error).__name__)


def _is_our_end(run: Run) -> bool:
    """Whether the recorded end is the one that we wrote, in a commit whose answer was lost."""
    present, last = queries.find_run(run.id), queries.transitions_of(run.id)[-1:]
    is_ours = [(line.actor, line.to_status) for line in last] == [(this_worker().name, Status.COMPLETED)]
    # The worker's name alone is not enough: other threads of this process share it, and containers may.
    return is_ours and present is not None and present.claim == run.claim


def _end_of(handle: RunHandle, error: Exception | None) -> tuple[Outcome, str]:
    """Return the outcome (R19) and its failure code. Only an operator's cancel makes a run cancelled (R2)."""
    if isinstance(error, StopRequested):
        if handle.cancel_requested:
            return Outcome.CANCELLED, ""
        handle.failures.add(Failure(codes.WORKER_STOPPED))
        return Outcome.FAILED, codes.WORKER_STOPPED
    if isinstance(error, DATABASE_AWAY):
        handle.failures.add(Failure(codes.DATABASE_AWAY))
        return Outcome.FAILED, codes.DATABASE_AWAY
    if error is not None:
        failure = failure_of(error)
        handle.failures.add(failure)
        return Outcome.FAILED, failure.code
    return outcome_of(handle.counts, handle.failures.total), ""


def _log(run: Run, error: Exception) -> None:
    """Log why a run failed. Only unexpected errors need a traceback."""
    code = failure_of(error).code
    if isinstance(error, DATABASE_AWAY):
        logger.warning("run %s (%s) lost its database: %s", run.id, run.type, type(error).__name__)
    elif code == UNEXPECTED:
        logger.error("run %s (%s) failed", run.id, run.type, exc_info=error)
    else:
        logger.warning("run %s (%s) failed with %s: %s", run.id, run.type, code, error)


@contextmanager
def _pulse(handle: RunHandle) -> Iterator[None]:
    """Send heartbeats for the run from a thread, however busy the handler is, and flush its unwritten progress."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # the thread needs the real object
    over = threading.Event()
    # With a copy of this thread's context, so that what the heartbeat thread logs names the run.
    beat = partial(contextvars.copy_context().run, _beat, app, handle, over)
    thread = threading.Thread(target=beat, name=f"pulse-{handle.run_id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _beat(app: Flask, handle: RunHandle, over: threading.Event) -> None:
    ticks_a_beat = round(SECONDS_BETWEEN_HEARTBEATS / SECONDS_BETWEEN_FLUSHES)
    tick = 0
    pause = SECONDS_BETWEEN_FLUSHES
    while not over.wait(pause):
        tick += 1
        try:
            with app.app_context():
                handle.flush()
                if tick % ticks_a_beat == 0:
                    handle.beat()
            pause = SECONDS_BETWEEN_FLUSHES
        except ClaimLost:
            return
        except DATABASE_AWAY as error:
            # An outage must not end the heartbeats, nor be retried without a pause. The first heartbeat after it is
            # sent at once.
            logger.warning("no pulse for run %s: %s", handle.run_id, type(error).__name__)
            pause, tick = SECONDS_BETWEEN_FLUSHES_WITHOUT_DATABASE, -1
        except Exception:
            logger.exception("no pulse for run %s", handle.run_id)
