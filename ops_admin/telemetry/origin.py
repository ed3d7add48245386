"""Where a run comes from: what it keeps of the request that started it, so that a click can be followed to its end."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from ops_admin.telemetry import tracing
from ops_admin.telemetry.fields import REQUEST_ID, carried, lines_carry

ORIGIN = "origin"
"""Where the context of a run keeps it."""

_TRACE_HEADERS = ("traceparent", "tracestate")


def origin() -> dict[str, object]:
    """Return what a run that is started now keeps in its context: nothing where nobody asked for anything."""
    request_id = carried().get(REQUEST_ID)
    kept = {**tracing.carrier(), **({REQUEST_ID: request_id} if request_id else {})}
    return {ORIGIN: kept} if kept else {}


@contextmanager
def continued(context: Mapping[str, object], name: str, **fields: str | int | None) -> Iterator[None]:
    """Continue the trace and the log of the request that started a run, in whatever process and however much later."""
    kept = context.get(ORIGIN)
    said: Mapping[object, object] = kept if isinstance(kept, dict) else {}
    parent = {name: value for name in _TRACE_HEADERS if isinstance(value := said.get(name), str)}
    attributes = {f"ops_admin.{name}": value for name, value in fields.items() if value is not None}
    with (
        tracing.span(name, "consumer", parent=parent or None, **attributes),
        lines_carry(**{REQUEST_ID: said.get(REQUEST_ID), **fields}),
    ):
        yield
