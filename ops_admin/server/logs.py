"""The server's log on standard error: one event a line (as JSON, if wanted), without secrets (R7, R39)."""

import json
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pythonjsonlogger.json import JsonFormatter

from ops_admin.runs.failures import redact
from ops_admin.telemetry import tracing
from ops_admin.telemetry.fields import carried

# What libraries say of every request, task and look into the queue is noise as long as all is well.
# Those of the sockets, left without a level, would also write past this log, unredacted, through handlers of their own.
_QUIET = ("alembic", "engineio.server", "gunicorn", "huey", "opentelemetry", "socketio.server", "werkzeug")
_FIELDS = "telemetry"


def _add_fields(record: logging.LogRecord) -> bool:
    """Note on the record, in the thread that logs it, to which request and run it belongs."""
    trace = tracing.trace_id()
    setattr(record, _FIELDS, {**carried(), **({"trace_id": trace} if trace else {})})
    return True


def _fields_of(record: logging.LogRecord) -> Mapping[str, object]:
    found: Mapping[str, object] = getattr(record, _FIELDS, {})
    return found


class RedactingFormatter(logging.Formatter):
    """Takes secrets and personal data out of whatever is logged, out of tracebacks as well."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # of the library
        """Return the first line, with what it belongs to at its end."""
        said = " ".join(f"{name}={value}" for name, value in _fields_of(record).items())
        line = super().formatMessage(record)
        return f"{line} [{said}]" if said else line

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, redacted."""
        return redact(super().format(record))


class RedactingJSONFormatter(JsonFormatter):
    """One JSON object a line: `time`, `level`, `logger`, `message`, the fields of the work in hand, `exc_info`."""

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        """Take what we know of, and nothing else that a library may have hung on the record."""
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        message = record.getMessage()
        log_data.update(time=time, level=record.levelname, logger=record.name, message=message, **_fields_of(record))
        log_data.update({name: message_dict[name] for name in ("exc_info", "stack_info") if name in message_dict})

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        """Redact each text by itself: what is taken out of a whole line could take its quotes along."""
        return {name: redact(value) if isinstance(value, str) else value for name, value in log_data.items()}


_TEXT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def spoken(text: str, log_format: str, level: str = "INFO") -> str:
    """Return what a process says to whoever started it, as a line in the form of its log.

    It is not redacted: the password of the demo, just made, is meant to be read.
    """
    if log_format != "json":
        return text
    time = datetime.now(UTC).isoformat(timespec="milliseconds")
    return json.dumps({"time": time, "level": level, "logger": "ops_admin", "message": text}, ensure_ascii=False)


def set_up_logging(log_format: str = "text") -> None:
    """Log what an administrator should know of, for a process that keeps running; `log_format` is text or json."""
    handler = logging.StreamHandler()
    handler.addFilter(_add_fields)
    is_json = log_format == "json"
    handler.setFormatter(RedactingJSONFormatter(json_ensure_ascii=False) if is_json else RedactingFormatter(_TEXT))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
