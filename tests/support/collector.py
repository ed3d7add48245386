"""A small OpenTelemetry collector: stores the spans that processes send by OTLP over HTTP."""

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response


@dataclass(frozen=True)
class Sent:
    """A span, and the process that sent it (named in OTEL_RESOURCE_ATTRIBUTES)."""

    process: str
    trace_id: str
    name: str


@dataclass
class Collector:
    """The spans received so far."""

    url: str = ""
    spans: list[Sent] = field(default_factory=list)

    def trace_with(self, name: str) -> list[Sent]:
        """All spans of the trace that contains a span of this name. Empty if there is none yet."""
        traces = {span.trace_id for span in self.spans if span.name == name}
        return [span for span in self.spans if span.trace_id in traces]

    def take(self, request: Request) -> Response:
        """Store the spans of one export."""
        sent = ExportTraceServiceRequest.FromString(request.get_data())
        for resource in sent.resource_spans:
            said = {each.key: each.value.string_value for each in resource.resource.attributes}
            for scope in resource.scope_spans:
                for span in scope.spans:
                    self.spans.append(Sent(said.get("process", ""), span.trace_id.hex(), span.name))
        return Response(content_type="application/x-protobuf")


@contextlib.contextmanager
def running_collector() -> Iterator[Collector]:
    """Run a collector in a thread of this process."""
    collector = Collector()
    server = make_server("127.0.0.1", 0, Request.application(collector.take), threaded=True)
    collector.url = f"http://127.0.0.1:{server.port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield collector
    server.shutdown()
    thread.join()
    server.server_close()
