"""Follows `@odata.nextLink` to the last page, and stops when the chain does not end."""

import json
from collections.abc import Callable, Iterator
from hashlib import sha256
from urllib.parse import urlsplit

from ops_admin.graph.errors import UNEXPECTED_RESPONSE, GraphError
from ops_admin.graph.settings import Limits, origin_of
from ops_admin.graph.transport import JSONObject

NEXT_LINK = "@odata.nextLink"

Fetch = Callable[[str], JSONObject]


def follow(first: JSONObject, fetch: Fetch, *, origin_url: str, limits: Limits) -> Iterator[list[JSONObject]]:
    """Yield the rows of `first` and of every page after it; `fetch` takes the absolute URL of a page.

    See `Chain` for the errors.
    """
    chain = Chain(origin_url, limits)
    yield chain.take(first)
    while (url := chain.next_url()) is not None:
        yield chain.take(fetch(url))


class Chain:
    """The pages of one collection. Keeps only hashes of earlier pages, never their rows.

    Both methods raise graph.unexpected_response: for a malformed page, a link to another host, and a chain that repeats
    itself or is too long.
    """

    def __init__(self, origin_url: str, limits: Limits) -> None:
        self._origin = origin_url
        self._watch = _ChainWatch(limits)
        self._link: object = None

    def take(self, page: JSONObject) -> list[JSONObject]:
        """Return the rows of a page."""
        rows = rows_of(page)
        self._watch.page(rows)
        self._link = page.get(NEXT_LINK)
        return rows

    def next_url(self) -> str | None:
        """Return the absolute URL of the page after the one taken last, None at the end."""
        if self._link is None:
            return None
        self._watch.link(self._link)
        return rebase(self._link, self._origin)


def rows_of(page: JSONObject) -> list[JSONObject]:
    """Return the page's `value`, a list of objects; raises graph.unexpected_response."""
    rows = page.get("value")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise GraphError(UNEXPECTED_RESPONSE)
    return rows


def rebase(link: object, origin_url: str) -> str:
    """Return the link's path and query on our own origin; raises graph.unexpected_response for another host.

    The URL is built anew: parsers may read the original differently, and the token must go to our host.
    """
    try:
        if not isinstance(link, str) or origin_of(link) != origin_of(origin_url):
            raise GraphError(UNEXPECTED_RESPONSE)
    except ValueError as unreadable:
        raise GraphError(UNEXPECTED_RESPONSE) from unreadable
    parts = urlsplit(link)
    return f"{origin_url.rstrip('/')}{parts.path or '/'}?{parts.query}"


class _ChainWatch:
    """Raises graph.unexpected_response for a chain of pages that does not end."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._seen: set[bytes] = set()
        self._pages = 0
        self._empty_in_a_row = 0

    def page(self, rows: list[JSONObject]) -> None:
        self._pages += 1
        self._empty_in_a_row = 0 if rows else self._empty_in_a_row + 1
        if self._pages > self._limits.max_pages or self._empty_in_a_row > self._limits.max_empty_pages:
            raise GraphError(UNEXPECTED_RESPONSE)
        if rows:
            self._once(b"page", json.dumps(rows))

    def link(self, link: object) -> None:
        self._once(b"link", str(link))

    def _once(self, kind: bytes, text: str) -> None:
        fingerprint = sha256(kind + text.encode("utf-8", "surrogatepass")).digest()
        if fingerprint in self._seen:
            raise GraphError(UNEXPECTED_RESPONSE)
        self._seen.add(fingerprint)
