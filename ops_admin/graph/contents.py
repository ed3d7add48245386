"""The content of a policy as it is stored: as Graph returns it, without assignments and response annotations."""

from typing import Any

from ops_admin.graph.errors import UNEXPECTED_RESPONSE, GraphError
from ops_admin.graph.transport import JSONObject

_REPLY_ONLY = ("@odata.context", "@odata.nextLink", "@odata.count")
_MAX_DEPTH = 100


def without_assignments(policy: JSONObject) -> JSONObject:
    """Return the policy without its assignments, which are stored separately."""
    return {
        name: value for name, value in policy.items() if name != "assignments" and not name.startswith("assignments@")
    }


def cleaned(policy: JSONObject) -> JSONObject:
    """Return the policy without annotations that belong to the response."""
    return {name: _cleaned(value) for name, value in policy.items() if not _is_response_annotation(name)}


def check_storable(value: object) -> None:
    """Raise graph.unexpected_response for what no database stores: NUL, lone surrogates, excessive nesting."""
    level: list[Any] = [value]
    for _ in range(_MAX_DEPTH):
        if not level:
            return
        level = [inner for outer in level for inner in _checked_parts(outer)]
    raise GraphError(UNEXPECTED_RESPONSE)


def is_storable(value: object) -> bool:
    """Say whether a database can store this; see `check_storable`."""
    try:
        check_storable(value)
    except GraphError:
        return False
    return True


def storable_text(text: str) -> str:
    """Return the text with U+FFFD in place of characters that no database stores."""
    return "".join("\ufffd" if letter == "\0" or _has_surrogate(letter) else letter for letter in text)


def _checked_parts(value: object) -> list[Any]:
    if isinstance(value, dict):
        return [*value.keys(), *value.values()]
    if isinstance(value, str) and ("\0" in value or _has_surrogate(value)):
        raise GraphError(UNEXPECTED_RESPONSE)
    return value if isinstance(value, list) else []


def _has_surrogate(text: str) -> bool:
    """Say whether the text contains a lone surrogate, which a JSON escape can produce."""
    return not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text)


def _cleaned(value: object) -> object:
    if isinstance(value, dict):
        return {name: _cleaned(inner) for name, inner in value.items() if not _is_response_annotation(name)}
    return [_cleaned(item) for item in value] if isinstance(value, list) else value


def _is_response_annotation(name: str) -> bool:
    return name.endswith(_REPLY_ONLY) or name.startswith("@microsoft.graph.")
