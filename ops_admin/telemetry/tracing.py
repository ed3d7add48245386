"""Traces work if a tracer is in use (see `exporting.py`); otherwise it does nothing, at no cost."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Literal, Protocol

Kind = Literal["server", "client", "producer", "consumer", "internal"]
Carrier = Mapping[str, str]


class Span(Protocol):
    """A traced piece of work."""

    def note(self, **attributes: str | int) -> None:
        """Add attributes, never personal data."""

    def fail(self, reason: str) -> None:
        """Mark it as failed; the reason is a code or a class name, so it may be shown."""


class Tracer(Protocol):
    """Creates spans; see `spans.py`."""

    def span(
        self, name: str, kind: Kind, parent: Carrier | None, attributes: Mapping[str, str | int]
    ) -> AbstractContextManager[Span]:
        """Open a span; `parent` replaces the current span as its parent."""

    def carrier(self) -> dict[str, str]:
        """Return headers with which another process continues the current trace (W3C `traceparent`)."""

    def trace_id(self) -> str | None:
        """Return the id of the current trace, for the log."""

    def shut_down(self) -> None:
        """Send the remaining spans."""


class _NoSpan:
    def note(self, **attributes: str | int) -> None:
        pass

    def fail(self, reason: str) -> None:
        pass


_NO_SPAN = _NoSpan()
_tracers: list[Tracer] = []


def use(tracer: Tracer | None) -> None:
    """Trace with `tracer` from now on; None stops tracing."""
    _tracers[:] = [] if tracer is None else [tracer]


def shut_down() -> None:
    """Send the remaining spans before the process ends."""
    for tracer in _tracers:
        tracer.shut_down()
    use(None)


@contextmanager
def span(
    name: str, kind: Kind = "internal", *, parent: Carrier | None = None, **attributes: str | int
) -> Iterator[Span]:
    """Trace the block; an exception marks the span as failed, by its class name only (R39)."""
    if not _tracers:
        yield _NO_SPAN
        return
    with _tracers[0].span(name, kind, parent, attributes) as opened:
        try:
            yield opened
        except Exception as error:
            opened.fail(type(error).__name__)
            raise


def carrier() -> dict[str, str]:
    """Return headers with which another process continues the current trace; empty without a tracer."""
    return _tracers[0].carrier() if _tracers else {}


def trace_id() -> str | None:
    """Return the id of the current trace, or None."""
    return _tracers[0].trace_id() if _tracers else None
