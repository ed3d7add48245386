"""`$batch`: up to twenty requests in one, each answered separately and in no particular order."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import Any

from ops_admin.simulator.errors import GraphError
from ops_admin.simulator.messages import Answer, Call, split_target

MOST = 20
Request = dict[str, Any]
Serve = Callable[[Call], Answer]


def answer_batch(call: Call, serve: Serve, chance: random.Random) -> Answer:
    """Serve the inner requests in dependency order. Raises 400 for a malformed batch."""
    requests = _check(call.body)
    done: dict[str, Answer] = {}
    for request in _in_order(requests):
        done[request["id"]] = _serve_one(call, request, done, serve)
    responses = [_response(request_id, answer) for request_id, answer in done.items()]
    chance.shuffle(responses)
    cuts = [answer.cut for answer in done.values() if answer.cut is not None]
    return Answer(200, {"responses": responses}, cut=min(cuts, default=None))


def _check(body: Any) -> list[Request]:
    requests = body.get("requests") if isinstance(body, dict) else None
    if not isinstance(requests, list) or not requests:
        raise GraphError(400, "BadRequest", "Invalid batch payload format.")
    if len(requests) > MOST:
        raise GraphError(400, "BadRequest", f"Number of batch request steps exceeds the maximum value of {MOST}.")
    seen: set[str] = set()
    for request in requests:
        _check_request(request, seen)
        seen.add(request["id"])
    return requests


def _check_request(request: Any, seen: set[str]) -> None:
    well_formed = isinstance(request, dict) and all(isinstance(request.get(k), str) for k in ("id", "method", "url"))
    if not well_formed:
        raise GraphError(400, "BadRequest", "Invalid batch payload format.")
    if request["id"] in seen:
        raise GraphError(400, "BadRequest", f"Request Id {request['id']} has to be unique in a batch.")
    writes = request["method"].upper() in ("POST", "PATCH", "PUT")
    headers = {name.lower() for name in request.get("headers") or {}}
    if writes and ("body" not in request or "content-type" not in headers):
        text = f"Write request id : {request['id']} does not contain Content-Type header or body."
        raise GraphError(400, "BadRequest", text)


def _in_order(requests: list[Request]) -> list[Request]:
    """Return the requests in dependency order."""
    waiting, ordered, placed = list(requests), [], set[str]()
    while waiting:
        ready = next((request for request in waiting if set(request.get("dependsOn") or ()) <= placed), None)
        if ready is None:
            raise GraphError(400, "BadRequest", "Invalid batch payload: dependsOn names an unknown or later request.")
        waiting.remove(ready)
        placed.add(ready["id"])
        ordered.append(ready)
    return ordered


def _serve_one(call: Call, request: Request, done: dict[str, Answer], serve: Serve) -> Answer:
    needed = request.get("dependsOn") or ()
    if any(done[request_id].status >= 400 for request_id in needed):
        error = GraphError(424, "FailedDependency", "One or more dependent requests failed.")
        return Answer(424, error.envelope())
    path, query = split_target(request["url"])
    path = re.sub(r"^/(beta|v1\.0)(?=/)", "", "/" + path.lstrip("/"))
    headers = {"Authorization": call.header("Authorization") or "", **(request.get("headers") or {})}
    inner = Call(
        method=request["method"].upper(),
        path=f"/{call.version}{path}",
        origin=call.origin,
        query=query,
        headers=headers,
        body=request.get("body"),
        inner=True,
    )
    return serve(inner)


def _response(request_id: str, answer: Answer) -> dict[str, Any]:
    body = answer.body if answer.raw is None else answer.raw.decode(errors="replace")
    kind = "application/json" if answer.raw is None else answer.raw_type
    response: dict[str, Any] = {
        "id": request_id,
        "status": answer.status,
        "headers": {"Cache-Control": "no-cache", "Content-Type": kind, **answer.headers},
    }
    if body is not None:
        response["body"] = body
    return response
