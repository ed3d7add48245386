"""The policy as it is kept: Graph-shaped, whole, without assignments and without the noise of the reply."""

from typing import Any

from ops_admin.graph.errors import UNEXPECTED_RESPONSE, GraphError
from ops_admin.graph.transport import JSONObject

_REPLY_ONLY = ("@odata.context", "@odata.nextLink", "@odata.count")
_MAX_DEPTH = 100


def without_assignments(policy: JSONObject) -> JSONObject:
    """Return the policy without its assignments, which are kept apart."""
    return {
        name: value for name, value in policy.items() if name != "assignments" and not name.startswith("assignments@")
    }


def cleaned(policy: JSONObject) -> JSONObject:
    """Return the policy without annotations about the reply that it came in."""
    return {name: _cleaned(value) for name, value in policy.items() if not _is_of_reply(name)}


def check_storable(value: object) -> None:
    """Raise graph.unexpected_response for what no database takes: NUL or half characters, nests without a bottom."""
    level: list[Any] = [value]
    for _ in range(_MAX_DEPTH):
        if not level:
            return
        level = [inner for outer in level for inner in _parts_of(outer)]
    raise GraphError(UNEXPECTED_RESPONSE)


def storable_text(text: str) -> str:
    """Return the text with a replacement character for each that no database takes."""
    return "".join("\ufffd" if letter == "\0" or not _is_whole(letter) else letter for letter in text)


def _parts_of(value: object) -> list[Any]:
    if isinstance(value, dict):
        return [*value.keys(), *value.values()]
    if isinstance(value, str) and ("\0" in value or not _is_whole(value)):
        raise GraphError(UNEXPECTED_RESPONSE)
    return value if isinstance(value, list) else []


def _is_whole(text: str) -> bool:
    """A JSON escape can spell one half of a surrogate pair, which is no character."""
    return text.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in text)


def _cleaned(value: object) -> object:
    if isinstance(value, dict):
        return {name: _cleaned(inner) for name, inner in value.items() if not _is_of_reply(name)}
    return [_cleaned(item) for item in value] if isinstance(value, list) else value


def _is_of_reply(name: str) -> bool:
    return name.endswith(_REPLY_ONLY) or name.startswith("@microsoft.graph.")
