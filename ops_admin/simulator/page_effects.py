"""Effects on the shape of an answer: misleading links, pages without rows, rows without names."""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Callable
from typing import Any

from ops_admin.simulator.messages import Answer, Call

Options = dict[str, Any]
Proceed = Callable[[], Answer]
NEXT = "@odata.nextLink"
PIECE = 64 * 1024
_numbers = itertools.count(1)


def misshape(_call: Call, options: Options, proceed: Proceed) -> Answer:
    """JSON of another shape: `shape` is `list`, `text`, `null`, `no_value`, `value_object`, `value_null` or
    `rows_of_text`.
    """
    answer = proceed()
    if not isinstance(answer.body, dict):
        return answer
    answer.body = SHAPES[options.get("shape", "no_value")](answer.body)
    if answer.body is None:
        answer.raw = b"null"
    return answer


def link_elsewhere(call: Call, options: Options, proceed: Proceed) -> Answer:
    """A next link to another `host` (an origin), which would receive the token."""
    answer = proceed()
    if _is_page(answer):
        host = options.get("host", "https://graph.microsoft.example")
        answer.body = _with_next(answer.body, call.link(skiptoken=_token(0)).replace(call.origin, host, 1))
    return answer


def link_endlessly(call: Call, options: Options, proceed: Proceed) -> Answer:
    """Always one more page: the same rows again, or none with `empty`. Each link is new."""
    answer = proceed()
    if _is_page(answer):
        rows = [] if options.get("empty") else answer.body["value"]
        answer.body = _with_next({**answer.body, "value": rows}, call.link(skiptoken=_token(0)))
    return answer


def empty_page(call: Call, _options: Options, proceed: Proceed) -> Answer:
    """Put a page without rows before each page, linking to it."""
    answer = proceed()
    state = _read_token(call.query.get("$skiptoken")) if _is_page(answer) else {"after_empty": True}
    if state.get("after_empty"):
        return answer
    link = call.link(skiptoken=_token(state.get("o", 0), after_empty=True))
    answer.body = _with_next({**answer.body, "value": []}, link)
    return answer


def lose_name(_call: Call, options: Options, proceed: Proceed) -> Answer:
    """Remove the name of the row at `index` (0) or of the item, or replace it with `value`."""
    answer = proceed()
    row = _row(answer.body, int(options.get("index", 0)))
    for name in ("displayName", "name"):
        if row is not None and name in row:
            row.pop(name)
            if "value" in options:
                row[name] = options["value"]
    return answer


def swell(call: Call, options: Options, proceed: Proceed) -> Answer:
    """A page whose settings take up `megabytes` (10)."""
    answer = proceed()
    if not _is_page(answer):
        return answer
    count = int(float(options.get("megabytes", 10)) * 1024 * 1024 / PIECE)
    answer.body = {**answer.body, "value": [_heavy_setting(number) for number in range(count)]}
    answer.body.pop(NEXT, None)
    return answer


def _heavy_setting(number: int) -> dict[str, Any]:
    kind = "#microsoft.graph.deviceManagementConfigurationSimpleSettingInstance"
    value = {"@odata.type": "#microsoft.graph.deviceManagementConfigurationStringSettingValue", "value": "x" * PIECE}
    instance = {"@odata.type": kind, "settingDefinitionId": f"heavy_{number}", "simpleSettingValue": value}
    return {"id": str(number), "settingInstance": instance}


def _is_page(answer: Answer) -> bool:
    return answer.status == 200 and isinstance(answer.body, dict) and isinstance(answer.body.get("value"), list)


def _with_next(body: dict[str, Any], link: str) -> dict[str, Any]:
    return {**body, NEXT: link}


def _row(body: Any, index: int) -> dict[str, Any] | None:
    rows = body.get("value") if isinstance(body, dict) else None
    if isinstance(rows, list):
        return rows[index] if index < len(rows) else None
    return body if isinstance(body, dict) else None


def _token(offset: int, **extra: Any) -> str:
    state = {"o": offset, "n": next(_numbers), **extra}
    return base64.urlsafe_b64encode(json.dumps(state).encode()).rstrip(b"=").decode()


def _read_token(token: str | None) -> dict[str, Any]:
    if not token:
        return {}
    state: dict[str, Any] = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    return state


SHAPES: dict[str, Callable[[Any], Any]] = {
    "list": lambda body: body.get("value", [body]),
    "text": lambda body: "not an object",
    "null": lambda body: None,
    "no_value": lambda body: {name: value for name, value in body.items() if name != "value"},
    "value_object": lambda body: {**body, "value": {"items": body.get("value")}},
    "value_null": lambda body: {**body, "value": None},
    "rows_of_text": lambda body: {**body, "value": ["not", "objects", None, 7]},
}
PAGE_EFFECTS: dict[str, Callable[[Call, Options, Proceed], Answer]] = {
    "wrong_shape": misshape,
    "foreign_next": link_elsewhere,
    "endless_next": link_endlessly,
    "empty_page": empty_page,
    "nameless": lose_name,
    "heavy_settings": swell,
}
