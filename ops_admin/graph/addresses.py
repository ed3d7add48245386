"""Builds Graph URLs; ids and search texts are escaped."""

from collections.abc import Mapping
from urllib.parse import quote

BETA = "beta"
V1 = "v1.0"


def path_of(*segments: str) -> str:
    """Join path segments, escaping each one: an id may contain a slash."""
    return "/".join(quote(segment, safe="") for segment in segments)


def relative_url(path: str, params: Mapping[str, str] | None = None) -> str:
    """Return path and query, without origin and version. `path` must already be escaped."""
    address = f"/{path.lstrip('/')}"
    if not params:
        return address
    query = "&".join(f"{quote(name, safe='$')}={quote(value, safe='$(),')}" for name, value in params.items())
    return f"{address}?{query}"
