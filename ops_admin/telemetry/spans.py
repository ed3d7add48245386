"""The OpenTelemetry tracer; imported only if its packages are installed (`ops_admin[telemetry]`)."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from ops_admin.telemetry.tracing import Carrier, Kind

_NAME = "ops_admin"
_KINDS: Mapping[Kind, SpanKind] = {
    "server": SpanKind.SERVER,
    "client": SpanKind.CLIENT,
    "producer": SpanKind.PRODUCER,
    "consumer": SpanKind.CONSUMER,
    "internal": SpanKind.INTERNAL,
}
# Only the two headers of the standard, because baggage could hold anything.
_propagator = TraceContextTextMapPropagator()


class OpenSpan:
    """A span that attributes can be added to."""

    def __init__(self, inner: trace.Span) -> None:
        self._inner = inner

    def note(self, **attributes: str | int) -> None:
        """Add attributes."""
        self._inner.set_attributes(_named(attributes))

    def fail(self, reason: str) -> None:
        """Mark the span as failed."""
        self._inner.set_status(Status(StatusCode.ERROR, reason))


class OpenTelemetryTracer:
    """Creates spans and passes them to `processor`."""

    def __init__(self, processor: SpanProcessor) -> None:
        self._provider = TracerProvider(resource=_resource())
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer(_NAME, version("ops_admin"))

    @contextmanager
    def span(
        self, name: str, kind: Kind, parent: Carrier | None, attributes: Mapping[str, str | int]
    ) -> Iterator[OpenSpan]:
        """Open a span. The library records no exceptions, because their texts may hold anything (R39)."""
        with self._tracer.start_as_current_span(
            name,
            context=_propagator.extract(parent) if parent else None,
            kind=_KINDS[kind],
            attributes=_named(attributes),
            record_exception=False,
            set_status_on_exception=False,
        ) as inner:
            yield OpenSpan(inner)

    def carrier(self) -> dict[str, str]:
        """Return the current span as W3C headers."""
        headers: dict[str, str] = {}
        _propagator.inject(headers)
        return headers

    def trace_id(self) -> str | None:
        """Return the id of the current trace."""
        context = trace.get_current_span().get_span_context()
        return format(context.trace_id, "032x") if context.is_valid else None

    def shut_down(self) -> None:
        """Send the remaining spans."""
        self._provider.shutdown()


def exporting_tracer() -> OpenTelemetryTracer:
    """Return a tracer that sends its spans by OTLP over HTTP, as the `OTEL_…` variables configure."""
    return OpenTelemetryTracer(BatchSpanProcessor(OTLPSpanExporter()))


def _resource() -> Resource:
    """Name the service, unless OTEL_SERVICE_NAME or OTEL_RESOURCE_ATTRIBUTES does."""
    configured = Resource.create()
    is_named = not str(configured.attributes[SERVICE_NAME]).startswith("unknown_service")
    name = {} if is_named else {SERVICE_NAME: _NAME}
    return configured.merge(Resource({SERVICE_VERSION: version("ops_admin"), **name}))


def _named(attributes: Mapping[str, str | int]) -> dict[str, str | int]:
    # Python's keyword arguments cannot have dots, so "__" stands for the dots of OpenTelemetry's names.
    return {name.replace("__", "."): value for name, value in attributes.items()}
