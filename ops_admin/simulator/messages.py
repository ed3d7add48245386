"""A Graph request and its answer, independent of HTTP, because a `$batch` contains many of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit


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

    @property
    def version(self) -> str:
        return self.path.split("/")[1]

    @property
    def segments(self) -> tuple[str, ...]:
        """The path after the version. `x('id')` becomes `x/id`, and type casts are dropped."""
        plain = self.path.replace("('", "/").replace("')", "")
        parts = [unquote(part) for part in plain.split("/")[2:] if part]
        return tuple(part for part in parts if not _is_cast(part))

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


def _is_cast(part: str) -> bool:
    """Whether a segment is a type cast, like `microsoft.graph.win32LobApp`; `microsoft.graph.assign` is an action."""
    name = part.removeprefix("microsoft.graph.")
    return name != part and name.endswith(("Policy", "Configuration", "App", "Profile", "Intent", "Script"))


def split_target(url: str) -> tuple[str, dict[str, str]]:
    """Return path and query of a relative or absolute URL."""
    parts = urlsplit(url)
    return parts.path, dict(parse_qsl(parts.query, keep_blank_values=True))
