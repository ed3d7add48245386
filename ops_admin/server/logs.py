"""The log on standard error: one event per line (as JSON, if configured), without secrets (R7, R39)."""

import json
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pythonjsonlogger.json import JsonFormatter

from ops_admin.redaction import redact
from ops_admin.telemetry import tracing
from ops_admin.telemetry.fields import carried

# Libraries log every request, task and look into the queue, which is noise.
# Without a level, the socket libraries would also write past this log, unredacted, through handlers of their own.
_QUIET = ("alembic", "engineio.server", "gunicorn", "huey", "opentelemetry", "socketio.server", "werkzeug")
_FIELDS = "telemetry"


def _add_fields(record: logging.LogRecord) -> bool:
    """Add the fields of the current request and run to the record, in the thread that logs it."""
    trace = tracing.trace_id()
    setattr(record, _FIELDS, {**carried(), **({"trace_id": trace} if trace else {})})
    return True


def _fields_of(record: logging.LogRecord) -> Mapping[str, object]:
    found: Mapping[str, object] = getattr(record, _FIELDS, {})
    return found


class RedactingFormatter(logging.Formatter):
    """Removes secrets and personal data from log lines and tracebacks."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # of the library
        """Return the first line, followed by the fields of the current work."""
        fields = " ".join(f"{name}={value}" for name, value in _fields_of(record).items())
        line = super().formatMessage(record)
        return f"{line} [{fields}]" if fields else line

    def format(self, record: logging.LogRecord) -> str:
        """Return the redacted line."""
        return redact(super().format(record))


class RedactingJSONFormatter(JsonFormatter):
    """One JSON object per line: `time`, `level`, `logger`, `message`, the fields of the current work, `exc_info`."""

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        """Add the fields that we know, and nothing else that a library may have attached to the record."""
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        message = record.getMessage()
        log_data.update(time=time, level=record.levelname, logger=record.name, message=message, **_fields_of(record))
        log_data.update({name: message_dict[name] for name in ("exc_info", "stack_info") if name in message_dict})

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        """Redact each text separately: in a whole line, redaction could remove quotes as well."""
        return {name: redact(value) if isinstance(value, str) else value for name, value in log_data.items()}


_TEXT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def spoken(text: str, log_format: str, level: str = "INFO") -> str:
    """Return a message to whoever started the process, as a line in the format of its log.

    It is not redacted, because people must be able to read the demo's new password.
    """
    if log_format != "json":
        return text
    time = datetime.now(UTC).isoformat(timespec="milliseconds")
    return json.dumps({"time": time, "level": level, "logger": "ops_admin", "message": text}, ensure_ascii=False)


def set_up_logging(log_format: str = "text") -> None:
    """Set up logging for a process that keeps running; `log_format` is text or json."""
    handler = logging.StreamHandler()
    handler.addFilter(_add_fields)
    is_json = log_format == "json"
    handler.setFormatter(RedactingJSONFormatter(json_ensure_ascii=False) if is_json else RedactingFormatter(_TEXT))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
