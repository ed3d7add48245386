"""Pages: an opaque `$skiptoken` in an absolute `@odata.nextLink` on the requested host."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any

from ops_admin.simulator.errors import GraphError
from ops_admin.simulator.messages import Call


@dataclass(frozen=True)
class Page:
    """A slice of rows, and where the next one begins (None at the end)."""

    rows: list[Any]
    next_offset: int | None


def cut_page(rows: list[Any], call: Call, *, default: int, most: int) -> Page:
    """Return the page that `$skiptoken` and `$top` ask for. Raises 400 if either is invalid."""
    size = _page_size(call, default, most)
    start = _offset(call)
    end = start + size
    return Page(rows[start:end], end if end < len(rows) else None)


def next_link(call: Call, offset: int) -> str:
    """Return the URL of the page that begins at `offset`, keeping the other query options."""
    return call.link(skiptoken=skip_token(offset))


def skip_token(offset: int) -> str:
    """Return an opaque token for the offset."""
    return base64.urlsafe_b64encode(json.dumps({"v": 1, "o": offset}).encode()).rstrip(b"=").decode()


def _page_size(call: Call, default: int, most: int) -> int:
    text = call.query.get("$top")
    if text is None:
        return default
    if not text.isdigit() or not 0 < int(text) <= most:
        raise GraphError(
            400,
            "Request_UnsupportedQuery",
            f"Invalid page size specified: '{text}'. Must be between 1 and {most} inclusive.",
        )
    return int(text)


def _offset(call: Call) -> int:
    token = call.query.get("$skiptoken")
    if token is None:
        return _skip(call)
    try:
        return int(json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))["o"])
    except (binascii.Error, ValueError, KeyError, TypeError) as error:
        raise GraphError(400, "BadRequest", "Skip token is invalid or has expired.") from error


def _skip(call: Call) -> int:
    text = call.query.get("$skip", "0")
    if not text.isdigit():
        raise GraphError(400, "BadRequest", f"Invalid value '{text}' for $skip query option found.")
    return int(text)
