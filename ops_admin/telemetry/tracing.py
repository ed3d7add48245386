"""Traces what is done, where a tracer is in use (see `exporting.py`); otherwise nothing, at no cost."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Literal, Protocol

Kind = Literal["server", "client", "producer", "consumer", "internal"]
Carrier = Mapping[str, str]


class Span(Protocol):
    """A piece of work on a trace."""

    def note(self, **attributes: str | int) -> None:
        """Add what became known of it; never anything personal."""

    def fail(self, reason: str) -> None:
        """Mark it as failed, for a reason that may be shown: a code or a class name."""


class Tracer(Protocol):
    """What makes spans; see `spans.py`."""

    def span(
        self, name: str, kind: Kind, parent: Carrier | None, attributes: Mapping[str, str | int]
    ) -> AbstractContextManager[Span]:
        """Open a span; `parent` is where it hangs instead of the present one."""

    def carrier(self) -> dict[str, str]:
        """Return what lets another process continue the present trace (W3C `traceparent`)."""

    def trace_id(self) -> str | None:
        """Return the id of the present trace, for the log."""

    def shut_down(self) -> None:
        """Send what is left."""


class _NoSpan:
    def note(self, **attributes: str | int) -> None:
        pass

    def fail(self, reason: str) -> None:
        pass


_NO_SPAN = _NoSpan()
_tracers: list[Tracer] = []


def use(tracer: Tracer | None) -> None:
    """Trace with `tracer` from now on; None ends it."""
    _tracers[:] = [] if tracer is None else [tracer]


def shut_down() -> None:
    """Send what is left, before the process ends."""
    for tracer in _tracers:
        tracer.shut_down()
    use(None)


@contextmanager
def span(
    name: str, kind: Kind = "internal", *, parent: Carrier | None = None, **attributes: str | int
) -> Iterator[Span]:
    """Trace what is done inside; an exception marks the span as failed, by its class name alone (R39)."""
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
    """Return what lets another process continue the present trace; empty when nothing is traced."""
    return _tracers[0].carrier() if _tracers else {}


def trace_id() -> str | None:
    """Return the id of the present trace, or None."""
    return _tracers[0].trace_id() if _tracers else None
