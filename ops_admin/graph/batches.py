"""Sends requests with `$batch`, twenty at a time.

Each inner request succeeds or fails by itself, even if the batch is answered with 200. Those that were throttled
(429, 503) are sent again, together with those that depend on them. The caller sees all other failures in the
responses.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from ops_admin.graph.accounting import count_inner
from ops_admin.graph.addresses import relative_url
from ops_admin.graph.errors import (
    BAD_REQUEST,
    THROTTLED,
    UNEXPECTED_RESPONSE,
    GraphError,
    Repeat,
    error_of_status,
)
from ops_admin.graph.retries import parse_retry_after
from ops_admin.graph.transport import JSONObject

BATCH_SIZE = 20
"""Graph's maximum."""

TOO_MANY = 429
_SENT_AGAIN = frozenset({TOO_MANY, 503})
_FAILED_DEPENDENCY = 424


@dataclass(frozen=True)
class BatchRequest:
    """One request of a batch. `id` is unique; `depends_on` lists earlier requests that must succeed first.

    `params` are added to the path, which must already be escaped; the path of a next link brings its own query along.
    """

    id: str
    path: str
    method: str = "GET"
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: object = None
    depends_on: tuple[str, ...] = ()


@dataclass(frozen=True)
class BatchResponse:
    """The response to the request `id`. `error` is None when it succeeded."""

    id: str
    status: int
    headers: Mapping[str, str]
    body: object
    error: GraphError | None

    def page(self) -> JSONObject | GraphError:
        """Return the body, or why there is none."""
        try:
            return self.json_object()
        except GraphError as error:
            return error

    def json_object(self) -> JSONObject:
        """Return the body, which must be a JSON object; raises the error if the request failed."""
        if self.error:
            raise self.error
        if not isinstance(self.body, dict):
            raise GraphError(UNEXPECTED_RESPONSE, status=self.status)
        return self.body


class InnerThrottled(GraphError):
    """Some inner requests were throttled and have to be sent again."""


Send = Callable[[list[JSONObject]], JSONObject]
"""Sends up to twenty requests in Graph's JSON form and returns the response to the batch."""
Persist = Callable[[Callable[[], None]], None]
"""Repeats an attempt that raises InnerThrottled; raises it in the end when the limits are reached."""


def run_batches(requests: Iterable[BatchRequest], send: Send, persist: Persist) -> Iterator[BatchResponse]:
    """Yield the responses in the order of the requests. Requests are read lazily, one batch at a time.

    Raises GraphError when a whole batch fails, ValueError for a repeated id or an unknown dependency.
    """
    succeeded: dict[str, bool] = {}
    remaining = iter(requests)
    while chunk := list(islice(remaining, BATCH_SIZE)):
        yield from _Chunk(chunk, succeeded, send).run(persist)


def refusals(answer: JSONObject) -> list[float]:
    """Return for each inner request that Graph refused as too many how many seconds to wait, 0 if it did not say."""
    given = answer.get("responses")
    responses = [each for each in given if isinstance(each, dict)] if isinstance(given, list) else []
    refused = [each for each in responses if each.get("status") == TOO_MANY]
    return [parse_retry_after(_headers_of(each)) or 0.0 for each in refused]


def may_repeat_inner(error: BaseException) -> bool:
    """Say whether inner requests were throttled. The request for the whole batch has its own retries."""
    return isinstance(error, InnerThrottled)


class _Chunk:
    """Up to twenty requests. `succeeded` says of every earlier request, by id, whether it succeeded."""

    def __init__(self, requests: list[BatchRequest], succeeded: dict[str, bool], send: Send) -> None:
        self._requests = requests
        self._succeeded = succeeded
        self._send = send
        self._responses: dict[str, BatchResponse] = {}
        self._pending = self._admit()

    def run(self, persist: Persist) -> list[BatchResponse]:
        if self._pending:
            with suppress(InnerThrottled):  # each response has the error itself
                persist(self._attempt)
        responses = [self._responses[request.id] for request in self._requests]
        self._succeeded.update({response.id: response.error is None for response in responses})
        return responses

    def _admit(self) -> list[BatchRequest]:
        """Return the requests to send. Those whose dependency failed in an earlier batch get their response here."""
        known = dict.fromkeys(self._succeeded)
        pending = []
        for request in self._requests:
            if request.id in known or not set(request.depends_on) <= known.keys():
                raise ValueError(f"batch request {request.id!r}: its id repeats, or a dependency is not before it")
            known[request.id] = None
            if all(self._succeeded.get(needed, needed not in self._responses) for needed in request.depends_on):
                pending.append(request)
            else:
                self._responses[request.id] = _response(request.id, {"status": _FAILED_DEPENDENCY})
        return pending

    def _attempt(self) -> None:
        responses = self._send([self._wire(request) for request in self._pending]).get("responses")
        if not isinstance(responses, list):
            raise GraphError(UNEXPECTED_RESPONSE)
        answers = {str(answer.get("id")): answer for answer in responses if isinstance(answer, dict)}
        for request in self._pending:
            self._responses[request.id] = _response(request.id, answers.get(request.id, {}))
        self._pending = self._to_send_again()
        if self._pending:
            waits = [parse_retry_after(self._responses[request.id].headers) for request in self._pending]
            longest = max((seconds for seconds in waits if seconds is not None), default=None)
            raise InnerThrottled(THROTTLED, repeat=Repeat.ALWAYS, retry_after=longest)

    def _to_send_again(self) -> list[BatchRequest]:
        """Return the throttled requests, and those that did not run because they depend on one."""
        again: dict[str, BatchRequest] = {}
        for request in self._pending:
            status = self._responses[request.id].status
            waits = status == _FAILED_DEPENDENCY and not again.keys().isdisjoint(request.depends_on)
            if status in _SENT_AGAIN or waits:
                again[request.id] = request
        return list(again.values())

    def _wire(self, request: BatchRequest) -> JSONObject:
        wire: JSONObject = {
            "id": request.id,
            "method": request.method,
            "url": relative_url(request.path, request.params),
        }
        headers = dict(request.headers)
        if request.body is not None:
            wire["body"] = request.body
            headers["Content-Type"] = "application/json"
        if headers:
            wire["headers"] = headers
        present = {other.id for other in self._pending}
        depends_on = [needed for needed in request.depends_on if needed in present]
        return {**wire, "dependsOn": depends_on} if depends_on else wire


def _response(request_id: str, answer: Mapping[str, Any]) -> BatchResponse:
    status = answer.get("status")
    body = answer.get("body")
    if not isinstance(status, int):
        return BatchResponse(request_id, 0, {}, None, GraphError(UNEXPECTED_RESPONSE))
    count_inner(status)
    headers = _headers_of(answer)
    return BatchResponse(request_id, status, headers, body, _error_of(status, body, headers))


def _headers_of(answer: Mapping[str, Any]) -> Mapping[str, str]:
    given = answer.get("headers")
    return {str(name).lower(): str(value) for name, value in given.items()} if isinstance(given, dict) else {}


def _error_of(status: int, body: object, headers: Mapping[str, str]) -> GraphError | None:
    if 200 <= status < 300:
        return None
    if status == _FAILED_DEPENDENCY:
        return GraphError(BAD_REQUEST, status=status)
    return error_of_status(status, json.dumps(body).encode(), body, parse_retry_after(headers))
