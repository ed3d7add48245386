"""A Graph request and its answer, independent of HTTP, because a `$batch` contains many of each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

QUERY_OPTIONS = frozenset(
    {"count", "expand", "filter", "format", "orderby", "search", "select", "skip", "skiptoken", "top"}
)
KEYED = re.compile(r"([^()]+)\('([^']*)'\)")
# `microsoft.graph.win32LobApp` is a cast; `microsoft.graph.assign` names an action.
CAST = re.compile(
    r"microsoft\.graph\.(\w+(?:Policy|Configuration|App|Profile|Intent|Script|RoleAssignment|Protection))"
)


@dataclass(frozen=True)
class Call:
    """One request. `path` begins with the version; `origin` is the base of absolute links."""

    method: str
    path: str
    origin: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    inner: bool = False

    @cached_property
    def version(self) -> str:
        return self.path.split("/", 2)[1]

    @cached_property
    def segments(self) -> tuple[str, ...]:
        """The path after the version. `x('id')` becomes `x/id`, and type casts are dropped."""
        parts = [unquote(part) for part in self.path.split("/")[2:] if part]
        return tuple(piece for part in parts if CAST.fullmatch(part) is None for piece in _pieces(part))

    @cached_property
    def cast(self) -> str | None:
        """Return the last type named in the path. A derived type's navigations are known only with it."""
        found = [match[1] for part in self.path.split("/") if (match := CAST.fullmatch(part))]
        return found[-1] if found else None

    @property
    def target(self) -> str:
        """Path and query as one string, for fault rules and the request log."""
        return f"{self.path}?{urlencode(self.query, safe='$')}" if self.query else self.path

    def header(self, name: str) -> str | None:
        """Return a header's value, ignoring the case of its name."""
        return next((value for key, value in self.headers.items() if key.lower() == name.lower()), None)

    def link(self, **changes: str) -> str:
        """Return an absolute link to this call's path with a changed query."""
        return self.link_to(self.path, {**self.query, **{f"${key}": value for key, value in changes.items()}})

    def link_to(self, path: str, query: Mapping[str, str]) -> str:
        """Return an absolute link on the requested host. `$` is not escaped, as in Graph's links."""
        return f"{self.origin}{path}?{urlencode(query, safe='$')}"


@dataclass
class Answer:
    """One response. `raw` replaces the JSON body with other bytes; `cut` breaks off the connection."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    raw_type: str = "application/json"
    cut: int | None = None


def with_dollars(query: Mapping[str, str]) -> dict[str, str]:
    """Return a query whose options all start with `$`. Graph also accepts them without (IntuneBackupAndRestore #88)."""
    return {f"${name}" if name.lower() in QUERY_OPTIONS else name: value for name, value in query.items()}


def split_target(url: str) -> tuple[str, dict[str, str]]:
    """Return path and query of a relative or absolute URL."""
    parts = urlsplit(url)
    return parts.path, with_dollars(dict(parse_qsl(parts.query, keep_blank_values=True)))


def _pieces(part: str) -> tuple[str, ...]:
    keyed = KEYED.fullmatch(part)
    return (keyed[1], keyed[2]) if keyed else (part,)
