"""The answer to Prometheus, for requests with the configured token."""

import hmac
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import Protocol

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest
from prometheus_client.metrics_core import Metric
from werkzeug.wrappers import Response

OFF = "Metrics are off: set OPS_ADMIN_METRICS_TOKEN, and send it as a bearer token.\n"
_REFUSED = "Send the token of OPS_ADMIN_METRICS_TOKEN: Authorization: Bearer …\n"


class Source(Protocol):
    """Anything with metrics."""

    def collect(self) -> Iterable[Metric]:
        """Return the metrics."""


class _All:
    def __init__(self, sources: Iterable[Source]) -> None:
        self._sources = sources

    def collect(self) -> Iterator[Metric]:
        for source in self._sources:
            yield from source.collect()


def answer(token: str | None, authorization: str | None, *more: Source) -> Response:
    """Return the metrics of this process and of `more` to whoever sends the token.

    Without a token in the settings the answer is 404, so that an installation without metrics reveals nothing.
    """
    if token is None:
        return Response(OFF, HTTPStatus.NOT_FOUND)
    if not hmac.compare_digest(f"Bearer {token}".encode(), (authorization or "").encode()):
        return Response(_REFUSED, HTTPStatus.UNAUTHORIZED, {"WWW-Authenticate": 'Bearer realm="metrics"'})
    text = generate_latest(_All([REGISTRY, *more]))
    return Response(text, content_type=CONTENT_TYPE_LATEST)
