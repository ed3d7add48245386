"""Metrics and trace spans for requests to Graph."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from ops_admin.graph.errors import GraphError
from ops_admin.telemetry import metrics, tracing

_TOO_MANY = 429
# Ids in a path. They are masked, so that traces of the same request group together and name no policy or person.
_OBJECT_ID = re.compile(r"(?<=/)(?!v1\.0/)[^/]*[\d%@][^/]*|\('[^']*'\)")


@contextmanager
def exchange(method: str, url: str, identity: str) -> Iterator[Callable[[int], None]]:
    """Measure one request. The caller passes the status of the response, if there is one, to the yielded function."""
    path = _OBJECT_ID.sub("{id}", urlsplit(url).path)
    outcome = ["error"]
    started = time.perf_counter()
    with tracing.span(f"Graph {method} {path}", "client", http__request__method=method) as span:
        span.note(url__path=path, graph__client_request_id=identity)

        def note(status: int) -> None:
            outcome[0] = str(status)
            span.note(http__response__status_code=status)
            if status >= 400:
                span.fail(str(status))

        try:
            yield note
        except GraphError as error:
            outcome[0] = error.code
            raise
        finally:
            metrics.graph_calls.labels(method, outcome[0]).inc()
            metrics.graph_seconds.observe(time.perf_counter() - started)
            metrics.graph_throttles.inc(int(outcome[0] == str(_TOO_MANY)))


def count_inner(status: int) -> None:
    """Count the response to one request inside a batch, which may be throttled even if the batch was not."""
    metrics.graph_calls.labels("BATCHED", str(status)).inc()
    metrics.graph_throttles.inc(int(status == _TOO_MANY))
