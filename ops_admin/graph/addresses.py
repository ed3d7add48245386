"""Addresses in Graph, put together so that no id or search text can change their meaning."""

from collections.abc import Mapping
from urllib.parse import quote

BETA = "beta"
V1 = "v1.0"


def path_of(*segments: str) -> str:
    """Join segments, each quoted as one: an id with a slash in it stays an id."""
    return "/".join(quote(segment, safe="") for segment in segments)


def relative_url(path: str, params: Mapping[str, str] | None = None) -> str:
    """Return a path with its query, without origin and version. `path` is taken as already quoted."""
    address = f"/{path.strip('/')}"
    if not params:
        return address
    query = "&".join(f"{quote(name, safe='$')}={quote(value, safe='$(),')}" for name, value in params.items())
    return f"{address}?{query}"
