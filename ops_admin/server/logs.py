"""The server's log on standard error: one line an event, without secrets (R7, R39)."""

import logging

from ops_admin.runs.failures import redact

# What libraries say of every request, task and look into the queue is noise as long as all is well.
# Those of the sockets, left without a level, would also write past this log, unredacted, through handlers of their own.
_QUIET = ("alembic", "engineio.server", "gunicorn", "huey", "socketio.server", "werkzeug")


class RedactingFormatter(logging.Formatter):
    """Takes secrets and personal data out of whatever is logged, out of tracebacks as well."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, redacted."""
        return redact(super().format(record))


def set_up_logging() -> None:
    """Log what an administrator should know of, for a process that keeps running."""
    handler = logging.StreamHandler()
    handler.setFormatter(RedactingFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
