"""Fault effects: each wraps the real answer and may change, replace or delay it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

from ops_admin.simulator.errors import GraphError, intune_message
from ops_admin.simulator.messages import Answer, Call
from ops_admin.simulator.page_effects import PAGE_EFFECTS
from ops_admin.simulator.throttle import retry_headers
from ops_admin.simulator.tokens import refused_token

Options = dict[str, Any]
Proceed = Callable[[], Answer]
Effect = Callable[[Call, Options, Proceed], Answer]

CODES = {
    400: "BadRequest",
    401: "InvalidAuthenticationToken",
    403: "Forbidden",
    404: "ResourceNotFound",
    409: "Conflict",
    412: "PreconditionFailed",
    429: "TooManyRequests",
    500: "InternalServerError",
    502: "BadGateway",
    503: "ServiceUnavailable",
    504: "GatewayTimeout",
}
HTML = (
    b"<!DOCTYPE html><html><head><title>%d</title></head>"
    b"<body><h1>Our services aren't available right now</h1></body></html>"
)
_released = threading.Event()


def release_hanging() -> None:
    """Release every request that an effect is holding back."""
    _released.set()
    _released.clear()


def fail(call: Call, options: Options, proceed: Proceed) -> Answer:
    """An error with `status`, `code` and `message`.

    `nested` is for Intune's JSON string (1, or 2 if wrapped once more), `retry_after` in seconds, `retry_after_style`
    one of `seconds`, `date` and `none`, `performed` whether the work is done anyway, `inner_key` for example
    `innererror`.
    """
    if options.get("performed"):
        proceed()
    status = int(options.get("status", 500))
    message = str(options.get("message", "An error has occurred"))
    wait = options.get("retry_after")
    headers = {} if wait is None else retry_headers(float(wait), options.get("retry_after_style", "seconds"))
    depth = int(options.get("nested", 0))
    if depth:
        message = intune_message(message, retry_after=headers.get("Retry-After"), depth=depth)
    code = options.get("code") or CODES.get(status, "UnknownError")
    inner_key = options.get("inner_key", "innerError")
    error = GraphError(status, code, message, headers=headers, inner_key=inner_key)
    return Answer(status, error.envelope(call.header("client-request-id")), headers)


def demand_approval(call: Call, options: Options, proceed: Proceed) -> Answer:
    """Multi-admin approval: writes are refused (`status` 400 or 403) without a justification; reads pass."""
    if call.method == "GET" or call.header("x-msft-approval-justification"):
        return proceed()
    text = "Header 'x-msft-approval-justification' is required to request approval for this operation."
    return fail(call, {"status": options.get("status", 403), "message": text, "nested": 1}, proceed)


def reject_token(call: Call, _options: Options, _proceed: Proceed) -> Answer:
    """401, as for an expired or revoked token."""
    error = refused_token("Lifetime validation failed, the token is expired.")
    return Answer(error.status, error.envelope(call.header("client-request-id")), dict(error.headers))


def html(_call: Call, options: Options, _proceed: Proceed) -> Answer:
    """An HTML page from a gateway instead of JSON, by default with status 200."""
    status = int(options.get("status", 200))
    return Answer(status, raw=HTML % status, raw_type="text/html; charset=utf-8")


def truncate(_call: Call, options: Options, proceed: Proceed) -> Answer:
    """Send only the first `part` (0.5) of the JSON, as if it were complete."""
    answer = proceed()
    whole = json.dumps(answer.body).encode() if answer.raw is None else answer.raw
    answer.raw = whole[: int(len(whole) * float(options.get("part", 0.5)))]
    return answer


def hang(_call: Call, options: Options, proceed: Proceed) -> Answer:
    """Stay silent for `seconds` (60), then answer."""
    _released.wait(float(options.get("seconds", 60)))
    return proceed()


def drop(_call: Call, options: Options, proceed: Proceed) -> Answer:
    """Break the connection, at once or after `sent` bytes of the body. With `performed` the work is done."""
    sent = int(options.get("sent", 0))
    answer = proceed() if sent or options.get("performed") else Answer(500)
    answer.cut = sent
    return answer


EFFECTS: dict[str, Effect] = {
    "status": fail,
    "approval": demand_approval,
    "reject_token": reject_token,
    "html": html,
    "truncated": truncate,
    "hang": hang,
    "drop": drop,
    **PAGE_EFFECTS,
}
