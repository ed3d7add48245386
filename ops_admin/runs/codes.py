"""The failure codes of the ledger itself, with what they mean to a reader (R7)."""

from flask_babel import lazy_gettext as _

DISPATCH_FAILED = "dispatch.failed"
OPERATION_UNKNOWN = "operation.unknown"
TENANT_MISSING = "tenant.missing"
WORKER_STOPPED = "worker.stopped"

LEDGER_CODES: dict[str, object] = {
    "unexpected_error": _(
        "Something happened that nobody foresaw. The server log has the details under this run's id."
    ),
    "more": _("Further failures that are not listed one by one."),
    DISPATCH_FAILED: _("The operation could not be handed to the queue, so nothing was done. Start it again."),
    OPERATION_UNKNOWN: _("No worker knows how to do this kind of operation. Is the worker older than the console?"),
    TENANT_MISSING: _("The tenant of this run is not under management any more."),
    WORKER_STOPPED: _("The worker was shut down before the operation could finish. Start it again."),
}
