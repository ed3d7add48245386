"""Takes secret values out of a policy and puts them back (R56). Pure; no argument is changed.

What is taken out leaves a mark behind, which names a keyed digest of the value: a changed secret changes the content
and its hash, while equal secrets stay equal in every tenant of an installation.
"""

import base64
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from ops_admin.redaction.secret_places import (
    ENCRYPTED,
    MARK,
    NOT_KNOWN,
    PLAIN_STATE,
    REFERENCE,
    VALUE_STATE,
    Path,
    Place,
    State,
    is_base64,
    secret_places,
    value_at,
)

Digest = Callable[[object], str]
"""Returns 32 hexadecimal digits for a value. Without the key, nobody can tell the value from them, nor guess it."""
Secrets = Mapping[str, Any]
"""Plain values by digest."""
_NONE: Secrets = {}


@dataclass(frozen=True)
class Masked:
    """A policy with marks in place of its secrets, and their plain values."""

    content: dict[str, Any]
    secrets: Secrets = field(default_factory=dict, repr=False)


def mask(content: dict[str, Any], digest: Digest) -> Masked:
    """Take every plain secret out of a policy."""
    values = {place.path: value_at(content, place.path) for place in secret_places(content) if _is_plain(place)}
    return _put_marks(content, values, digest)


def fill_in(content: dict[str, Any], given: Mapping[str, str], digest: Digest) -> Masked:
    """Put values that somebody typed, by JSON pointer, in place of unknown ones. As marks, like all secrets.

    A document may be typed as it is, or as the base64 that Graph takes.
    """
    places = [place for place in secret_places(content) if not _is_plain(place) and given.get(place.pointer)]
    return _put_marks(content, {place.path: _as_sent(content, place, given[place.pointer]) for place in places}, digest)


def put_back(content: dict[str, Any], secrets: Secrets) -> dict[str, Any]:
    """Return the policy with its secrets in plain, as far as they are known, in the form that Graph accepts.

    Only at places of secrets: a name that somebody made look like a mark reveals nothing.
    """
    values = {}
    for place in secret_places(content):
        found = MARK.fullmatch(str(value_at(content, place.path))) if place.state is State.SEALED else None
        if found and found[1] in secrets:
            values[place.path] = secrets[found[1]]
    return _with_values(content, values)


def unknown_places(content: Mapping[str, Any], secrets: Secrets = _NONE) -> list[Place]:
    """Return the places whose value neither the policy nor `secrets` knows. What stands there must not be sent."""
    return [place for place in secret_places(content) if _is_unknown(content, place, secrets)]


def forget_tokens(content: dict[str, Any]) -> dict[str, Any]:
    """Replace what Graph shows instead of a secret. It differs in every tenant, even if the secret is the same."""
    withheld = [place for place in secret_places(content) if place.state is State.WITHHELD]
    return _with_values(content, {p.path: NOT_KNOWN for p in withheld if value_at(content, p.path) is not None})


def marks_in(content: Mapping[str, Any]) -> Collection[str]:
    """Return the digests of all sealed secrets in a policy."""
    found = (MARK.fullmatch(str(value_at(content, p.path))) for p in secret_places(content) if p.state is State.SEALED)
    return frozenset(match[1] for match in found if match)


def _as_sent(content: Mapping[str, Any], place: Place, typed: str) -> str:
    if place.path[-1] == "valueJson":
        return json.dumps(typed, ensure_ascii=False)
    is_readable = typed.lstrip("\ufeff \t\r\n").startswith(("<", "{"))
    return base64.b64encode(typed.encode()).decode() if is_readable and is_base64(content, place.path) else typed


def _is_plain(place: Place) -> bool:
    return place.state is State.PLAIN


def _is_unknown(content: Mapping[str, Any], place: Place, secrets: Secrets) -> bool:
    found = MARK.fullmatch(str(value_at(content, place.path))) if place.state is State.SEALED else None
    return place.state is State.WITHHELD or (found is not None and found[1] not in secrets)


def _put_marks(content: dict[str, Any], values: Mapping[Path, Any], digest: Digest) -> Masked:
    digests = {path: digest(value) for path, value in values.items()}
    marks = {path: f"[sealed secret {number}]" for path, number in digests.items()}
    return Masked(_with_values(content, marks), {digests[path]: value for path, value in values.items()})


def _with_values(content: dict[str, Any], values: Mapping[Path, Any]) -> dict[str, Any]:
    """Return a copy with these values; only what lies on a path is copied."""
    changed: dict[str, Any] = dict(content) if values else content
    for path, value in values.items():
        owner: Any = changed
        for part in path[:-1]:
            owner[part] = owner[part].copy()
            owner = owner[part]
        _set(owner, path[-1], value)
    return changed


def _set(owner: dict[str | int, Any], name: str | int, value: Any) -> None:
    owner[name] = value
    # What Graph adds to an encrypted custom setting: it differs in every tenant, and no write may contain it.
    owner.pop(ENCRYPTED, None)
    owner.pop(REFERENCE, None)
    if VALUE_STATE in owner and value != NOT_KNOWN:
        owner[VALUE_STATE] = PLAIN_STATE
