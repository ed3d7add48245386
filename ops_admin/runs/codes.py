"""The ledger's own failure codes, with explanations for readers (R7)."""

from flask_babel import lazy_gettext as _

DISPATCH_FAILED = "dispatch.failed"
OPERATION_UNKNOWN = "operation.unknown"
TENANT_MISSING = "tenant.missing"
WORKER_STOPPED = "worker.stopped"
WORKER_LOST = "worker.lost"
DATABASE_AWAY = "database.away"
STUCK_QUEUED = "run.stuck_queued"
STATUS_DRIFT = "adapter.status_drift"
ACCESS_REVOKED = "access.revoked"
RECORD_MISSING = "adapter.record_missing"
REPAIR_FAILED = "housekeeping.repair_failed"
SWEEP_FAILED = "housekeeping.sweep_failed"

LEDGER_CODES: dict[str, object] = {
    "unexpected_error": _(
        "Something happened that nobody foresaw. The server log has the details under this run's id."
    ),
    "more": _("Further failures that are not listed one by one."),
    DISPATCH_FAILED: _("The operation could not be handed to the queue, so nothing was done. Start it again."),
    OPERATION_UNKNOWN: _("No worker knows how to do this kind of operation. Is the worker older than the console?"),
    TENANT_MISSING: _("The tenant of this run is not under management any more."),
    WORKER_LOST: _(
        "The worker stopped reporting: it crashed, its machine did, or it could not reach the database for "
        "long. What it had stored stays."
    ),
    STUCK_QUEUED: _("No worker took the run although it was handed to the queue again and again. Is a worker alive?"),
    STATUS_DRIFT: _("The record that this run mirrors had another end; the run was brought in line with it."),
    ACCESS_REVOKED: _(
        "Whoever started this no longer has the access that it needs, so it was not carried out. Somebody who has can "
        "start it."
    ),
    RECORD_MISSING: _("The record that this run mirrors does not exist any more."),
    REPAIR_FAILED: _(
        "A run could not be judged or repaired; the server log says why. It is tried again, less and less often."
    ),
    SWEEP_FAILED: _(
        "Some of what has grown old could not be deleted; the server log says why. It is tried again the next time."
    ),
    DATABASE_AWAY: _("The database could not be read or written for a while: it was away, or its disk was full."),
    WORKER_STOPPED: _("The worker was shut down before the operation could finish. Start it again."),
}
