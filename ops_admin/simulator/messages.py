"""A Graph request and its answer, apart from HTTP: `$batch` carries many of each in one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit


@dataclass(frozen=True)
class Call:
    """One request: `path` begins with the version, `origin` is what absolute links are built on."""

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
        """The path after the version; `x('id')` reads as `x/id`, and type casts are left out."""
        plain = self.path.replace("('", "/").replace("')", "")
        parts = [unquote(part) for part in plain.split("/")[2:] if part]
        return tuple(part for part in parts if not _is_cast(part))

    @property
    def target(self) -> str:
        """Path and query as one text, for fault rules and the request log."""
        return f"{self.path}?{urlencode(self.query, safe='$')}" if self.query else self.path

    def header(self, name: str) -> str | None:
        """A header's value whatever the case of its name."""
        return next((value for key, value in self.headers.items() if key.lower() == name.lower()), None)

    def link(self, **changes: str) -> str:
        """An absolute link to this call's path with its query changed."""
        return self.link_to(self.path, {**self.query, **{f"${key}": value for key, value in changes.items()}})

    def link_to(self, path: str, query: Mapping[str, str]) -> str:
        """An absolute link on the host that was asked; `$` stays readable, as Graph leaves it."""
        return f"{self.origin}{path}?{urlencode(query, safe='$')}"


@dataclass
class Answer:
    """One response. `raw` replaces the JSON body by bytes of another kind; `cut` breaks the connection off."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    raw_type: str = "application/json"
    cut: int | None = None


def _is_cast(part: str) -> bool:
    """`microsoft.graph.win32LobApp` is a cast; `microsoft.graph.assign` names an action."""
    name = part.removeprefix("microsoft.graph.")
    return name != part and name.endswith(("Policy", "Configuration", "App", "Profile", "Intent", "Script"))


def split_target(url: str) -> tuple[str, dict[str, str]]:
    """Path and query of a relative or absolute URL."""
    parts = urlsplit(url)
    return parts.path, dict(parse_qsl(parts.query, keep_blank_values=True))
