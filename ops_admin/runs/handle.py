"""What a handler works with: its inputs and ways to report. Never a row, a commit or a socket (R18)."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial

from ops_admin.access.queries import Tenant
from ops_admin.infra.database import db, utcnow
from ops_admin.infra.database_retry import DATABASE_AWAY
from ops_admin.runs import service
from ops_admin.runs.failures import FailureLog
from ops_admin.runs.ledger import SLOWED, Failure, Run, Slowdown

# Progress is written and published at most this often (R20).
SECONDS_BETWEEN_WRITES = 0.25
SECONDS_BETWEEN_STOP_CHECKS = 0.5
# Pages show a run as stalled after 30 seconds without news (`liveness`). A heartbeat is therefore published when
# nothing else has been for this long. It is shorter than the ten seconds between heartbeats, since a heartbeat that
# came a moment too early would otherwise be skipped.
SECONDS_BETWEEN_SIGNS_OF_LIFE = 8
# How long to leave a database alone that did not answer.
SECONDS_TO_LEAVE_THE_DATABASE = 2

logger = logging.getLogger(__name__)


class StopRequested(Exception):
    """An operator asked the run to stop. Raised at a checkpoint, caught by the execution."""


class Reschedule(Exception):
    """Raised by a handler to be run again from its beginning in `seconds`.

    The run is queued until then, so no worker waits for it. `why` is kept in the run's history, as JSON values.
    """

    def __init__(self, seconds: float, **why: object) -> None:
        super().__init__(f"continues in {seconds:.0f} s")
        self.seconds = seconds
        self.why = why


class ClaimLost(Exception):
    """The claim is no longer valid: somebody ended the run or claimed it again.

    Nothing more that this handler does is stored.
    """


class ReportedInTransaction(RuntimeError):
    """A handler reported from inside `transaction()`. Report after the commit, once what is reported is true."""


class RunHandle:
    """A handler's interface to one attempt of a run."""

    def __init__(self, run: Run, tenant: Tenant | None, shutting_down: Callable[[], bool] = lambda: False) -> None:
        self._run = run
        self.run_id = run.id
        self.workspace_id = run.workspace_id
        self.tenant = tenant
        self.inputs: Mapping[str, object] = run.inputs
        self.attempt = run.attempt
        self.counts: dict[str, int] = {}
        self.counted_before: Mapping[str, int] = run.counts
        self._failed_before = run.failures
        self.failures = FailureLog()
        self._context = dict(run.context)
        self._shutting_down = shutting_down
        self.cancel_requested = run.cancel_requested_at is not None
        self._lock = threading.RLock()
        self._slowed_times = 0
        self._slowed_seconds = 0.0
        self._dirty = False
        self._context_dirty = False
        self._written_at = float("-inf")
        self._asked_at = float("-inf")
        self._told_at = time.monotonic()  # published by the claim itself
        self._in_peace_until = float("-inf")
        self._abandoned = False

    def progress(self, total: int | None = None, **counts: int) -> None:
        """Report the current counts. Call it as often as you like; `processed` never goes backwards (R20)."""
        with self._lock:
            if total is not None:
                counts["total"] = total
            if "processed" in counts:
                counts["processed"] = max(counts["processed"], self.counts.get("processed", 0))
            self.counts.update(counts)
            self._report()

    def take_up(self, total: int, **counts: int) -> int:
        """Start counting, or resume with the counts of a run that was requeued.

        Returns the `processed` to resume from.
        """
        with self._lock:
            for failure in self._failed_before:
                self.failures.add(failure)
            self.progress(**{**counts, **self.counted_before, "total": total})
            return self.counts.get("processed", 0)

    def count(self, **increments: int) -> None:
        """Increase the counts by `increments`."""
        with self._lock:
            self.progress(**{key: self.counts.get(key, 0) + number for key, number in increments.items()})

    def failure(self, code: str, message: str = "", count: int = 1) -> None:
        """Record why something failed. The run continues (R7)."""
        with self._lock:
            self.failures.add(Failure(code, message, count))
            self._report()

    def update_context(self, **context: object) -> None:
        """Store ids of records that the run made, for the links on its page (R8)."""
        with self._lock:
            self._context.update(context)
            self._write_context()

    def slowed_down(self, seconds: float) -> None:
        """Record that Graph asked for fewer requests and that a wait of `seconds` begins. The run's page shows it."""
        with self._lock:
            self._slowed_times += 1
            self._slowed_seconds += seconds
            until = utcnow() + timedelta(seconds=seconds)
            self._context[SLOWED] = Slowdown(self._slowed_times, round(self._slowed_seconds), until).as_json()
            self._context_dirty = True
            self._report()

    def stop_requested(self) -> bool:
        """Whether the handler should stop soon. Cheap enough to call for every item."""
        self._may_write()
        with self._lock:
            if not self.cancel_requested and time.monotonic() - self._asked_at >= SECONDS_BETWEEN_STOP_CHECKS:
                self._asked_at = time.monotonic()
                self._write(self._beat)
            return self.cancel_requested or self._shutting_down()

    def checkpoint(self) -> None:
        """Raise StopRequested if the handler should stop. Call it where stopping leaves nothing half-written."""
        if self.stop_requested():
            raise StopRequested

    def wait(self, seconds: float) -> None:
        """Sleep for `seconds`, still responding to stop requests. Raises StopRequested."""
        deadline = time.monotonic() + seconds
        self.checkpoint()
        while (left := deadline - time.monotonic()) > 0:
            time.sleep(min(left, SECONDS_BETWEEN_STOP_CHECKS))
            self.checkpoint()

    def beat(self) -> None:
        """Write a heartbeat. Raises ClaimLost, and database errors if the database is unreachable."""
        with self._lock:
            if self._abandoned:
                raise ClaimLost(self.run_id)
            self._learn(self._beat())

    def flush(self) -> None:
        """Write everything that was reported but not yet written."""
        self._may_write()
        with self._lock:
            if self._dirty:
                self._written_at = self._told_at = time.monotonic()
                self._dirty = not self._write(partial(service.advance, self._run, self.counts, self.failures.entries()))
            if self._context_dirty:
                self._write_context()

    def settle(self) -> None:
        """Write record ids that could not be written during a database outage.

        Raises ClaimLost, and database errors.
        """
        with self._lock:
            if self._abandoned:
                raise ClaimLost(self.run_id)
            if self._context_dirty:
                self._learn(service.update_context(self._run, dict(self._context)))
                self._context_dirty = False

    def abandon(self) -> None:
        """Cut off a handler that does not stop: nothing that it reports from now on is written."""
        self._abandoned = True

    def _beat(self) -> Run | None:
        is_due = time.monotonic() - self._told_at >= SECONDS_BETWEEN_SIGNS_OF_LIFE
        if is_due:
            self._told_at = time.monotonic()
        return service.heartbeat(self._run, tell=is_due)

    def _may_write(self) -> None:
        """Refuse to report from inside a transaction: it and the heartbeat's writer would wait for each other."""
        if db.in_transaction():
            raise ReportedInTransaction(self.run_id)

    def _write_context(self) -> None:
        self._context_dirty = not self._write(partial(service.update_context, self._run, dict(self._context)))

    def _write(self, write: Callable[[], Run | None]) -> bool:
        """Write, and update from the returned row.

        False while the database is unreachable; the report is written later.
        """
        if self._abandoned:
            raise ClaimLost(self.run_id)
        if time.monotonic() < self._in_peace_until:
            return False
        try:
            run = write()
        except DATABASE_AWAY as error:
            self._in_peace_until = time.monotonic() + SECONDS_TO_LEAVE_THE_DATABASE
            logger.warning("run %s could not be written, and is later: %s", self.run_id, type(error).__name__)
            return False
        self._learn(run)
        return True

    def _report(self) -> None:
        self._dirty = True
        if time.monotonic() - self._written_at >= SECONDS_BETWEEN_WRITES:
            self.flush()

    def _learn(self, run: Run | None) -> None:
        if run is None:
            raise ClaimLost(self.run_id)
        self.cancel_requested = run.cancel_requested_at is not None
