"""What a handler gets in its hand: its inputs, and ways to report; never a row, a commit or a socket (R18)."""

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

# At most this often is progress written and told (R20).
SECONDS_BETWEEN_WRITES = 0.25
SECONDS_BETWEEN_STOP_CHECKS = 0.5
# A page takes a worker for late of which it hears nothing for half a minute (`liveness`): a heartbeat is told if
# nothing else was for so long. Less than the ten seconds between two beats, or one might come a moment too soon.
SECONDS_BETWEEN_SIGNS_OF_LIFE = 8
# A database that did not answer is left in peace for so long.
SECONDS_TO_LEAVE_THE_DATABASE = 2

logger = logging.getLogger(__name__)


class StopRequested(Exception):
    """An operator asked the run to stop; raised at a checkpoint and caught by the execution."""


class Reschedule(Exception):
    """The handler goes on in `seconds`, from its beginning; the run is queued until then, and no worker waits.

    `why` is what the run's history keeps of the reason, as JSON values.
    """

    def __init__(self, seconds: float, **why: object) -> None:
        super().__init__(f"continues in {seconds:.0f} s")
        self.seconds = seconds
        self.why = why


class ClaimLost(Exception):
    """The claim does not count any more: somebody ended the run or took it. What the handler still does is lost."""


class ReportedInTransaction(RuntimeError):
    """A handler reported from inside `transaction()`: report after it, when what is reported is true."""


class RunHandle:
    """The handler's side of one attempt of a run."""

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
        self._told_at = time.monotonic()  # of the claim, just now
        self._in_peace_until = float("-inf")
        self._abandoned = False

    def progress(self, total: int | None = None, **counts: int) -> None:
        """Report counts as they stand now, as often as you like; `processed` never goes back (R20)."""
        with self._lock:
            if total is not None:
                counts["total"] = total
            if "processed" in counts:
                counts["processed"] = max(counts["processed"], self.counts.get("processed", 0))
            self.counts.update(counts)
            self._report()

    def take_up(self, total: int, **counts: int) -> int:
        """Begin to count or, in a run that was handed back, go on with what it had counted; returns its `processed`."""
        with self._lock:
            for failure in self._failed_before:
                self.failures.add(failure)
            self.progress(**{**counts, **self.counted_before, "total": total})
            return self.counts.get("processed", 0)

    def count(self, **increments: int) -> None:
        """Add to the counts."""
        with self._lock:
            self.progress(**{key: self.counts.get(key, 0) + number for key, number in increments.items()})

    def failure(self, code: str, message: str = "", count: int = 1) -> None:
        """Record why something did not work; the run goes on (R7)."""
        with self._lock:
            self.failures.add(Failure(code, message, count))
            self._report()

    def update_context(self, **context: object) -> None:
        """Note the ids of records that the run made, for the links on its page (R8)."""
        with self._lock:
            self._context.update(context)
            self._write_context()

    def slowed_down(self, seconds: float) -> None:
        """Note that the other side asked to slow down and that a wait of `seconds` begins; the run's page shows it."""
        with self._lock:
            self._slowed_times += 1
            self._slowed_seconds += seconds
            until = utcnow() + timedelta(seconds=seconds)
            self._context[SLOWED] = Slowdown(self._slowed_times, round(self._slowed_seconds), until).as_json()
            self._context_dirty = True
            self._report()

    def stop_requested(self) -> bool:
        """Whether the handler should stop soon; cheap enough to ask for each item."""
        self._may_write()
        with self._lock:
            if not self.cancel_requested and time.monotonic() - self._asked_at >= SECONDS_BETWEEN_STOP_CHECKS:
                self._asked_at = time.monotonic()
                self._write(self._beat)
            return self.cancel_requested or self._shutting_down()

    def checkpoint(self) -> None:
        """Raise StopRequested if the handler should stop; put it where stopping leaves nothing half-written."""
        if self.stop_requested():
            raise StopRequested

    def wait(self, seconds: float) -> None:
        """Sleep, while a request to stop is heard; raises StopRequested."""
        deadline = time.monotonic() + seconds
        self.checkpoint()
        while (left := deadline - time.monotonic()) > 0:
            time.sleep(min(left, SECONDS_BETWEEN_STOP_CHECKS))
            self.checkpoint()

    def beat(self) -> None:
        """Give a sign of life; raises RunLost, and what an absent database raises."""
        with self._lock:
            if self._abandoned:
                raise ClaimLost(self.run_id)
            self._learn(self._beat())

    def flush(self) -> None:
        """Write what was reported and not yet written."""
        self._may_write()
        with self._lock:
            if self._dirty:
                self._written_at = self._told_at = time.monotonic()
                self._dirty = not self._write(partial(service.advance, self._run, self.counts, self.failures.entries()))
            if self._context_dirty:
                self._write_context()

    def settle(self) -> None:
        """Write the ids of records that an absent database has kept unwritten; raises what it raises, and RunLost."""
        with self._lock:
            if self._abandoned:
                raise ClaimLost(self.run_id)
            if self._context_dirty:
                self._learn(service.update_context(self._run, dict(self._context)))
                self._context_dirty = False

    def abandon(self) -> None:
        """Take the run away from a handler that does not stop: whatever it reports from now on is not written."""
        self._abandoned = True

    def _beat(self) -> Run | None:
        is_due = time.monotonic() - self._told_at >= SECONDS_BETWEEN_SIGNS_OF_LIFE
        if is_due:
            self._told_at = time.monotonic()
        return service.heartbeat(self._run, tell=is_due)

    def _may_write(self) -> None:
        """Refuse to report from inside a transaction: its writer and the pulse would wait for each other."""
        if db.in_transaction():
            raise ReportedInTransaction(self.run_id)

    def _write_context(self) -> None:
        self._context_dirty = not self._write(partial(service.update_context, self._run, dict(self._context)))

    def _write(self, write: Callable[[], Run | None]) -> bool:
        """Write, and learn from the row; False while the database is away: what was reported is written later."""
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
