"""The origin of a run: what it keeps of the request that started it, so that a click can be followed to its end."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from ops_admin.telemetry import tracing
from ops_admin.telemetry.fields import REQUEST_ID, carried, lines_carry

ORIGIN = "origin"
"""Its key in the context of a run."""

_TRACE_HEADERS = ("traceparent", "tracestate")


def origin() -> dict[str, object]:
    """Return what a new run keeps of the current request in its context; empty if there is no request."""
    request_id = carried().get(REQUEST_ID)
    kept = {**tracing.carrier(), **({REQUEST_ID: request_id} if request_id else {})}
    return {ORIGIN: kept} if kept else {}


@contextmanager
def continued(context: Mapping[str, object], name: str, **fields: str | int | None) -> Iterator[None]:
    """Continue the trace and the log fields of the request that started a run, in another process, maybe much later."""
    kept = context.get(ORIGIN)
    stored: Mapping[object, object] = kept if isinstance(kept, dict) else {}
    parent = {name: value for name in _TRACE_HEADERS if isinstance(value := stored.get(name), str)}
    attributes = {f"ops_admin.{name}": value for name, value in fields.items() if value is not None}
    with (
        tracing.span(name, "consumer", parent=parent or None, **attributes),
        lines_carry(**{REQUEST_ID: stored.get(REQUEST_ID), **fields}),
    ):
        yield
