"""`$filter`, `$search`, `$orderby` and `$select`, as far as Graph supports them on these types."""

from __future__ import annotations

import re
from typing import Any

from ops_admin.simulator.errors import GraphError
from ops_admin.simulator.filtering import parse_filter
from ops_admin.simulator.messages import Call
from ops_admin.simulator.shapes import Document, Resource

ADVANCED = "ConsistencyLevel"
SEARCH_TERM = re.compile(r'"(\w+):((?:[^"\\]|\\.)*)"')


def choose(rows: list[Document], call: Call, resource: Resource) -> list[Document]:
    """Return the rows that match the call's filter and search, in the requested order."""
    if "$filter" in call.query:
        matches = parse_filter(call.query["$filter"], directory=resource.directory)
        rows = [row for row in rows if matches(row)]
    if "$search" in call.query:
        rows = _search(rows, call, resource)
    if "$orderby" in call.query:
        rows = _ordered(rows, call.query["$orderby"])
    return rows


def check_advanced(call: Call, option: str) -> None:
    """Raise 400 unless the call accepts eventual consistency (`ConsistencyLevel`)."""
    if (call.header(ADVANCED) or "").lower() != "eventual":
        raise GraphError(
            400,
            "Request_UnsupportedQuery",
            f"Request with {option} query parameter only works through MSGraph with a special request header:"
            " 'ConsistencyLevel: eventual'",
        )


def select(served: Document, call: Call) -> Document:
    """Return only the properties in `$select`, plus the id and the annotations that Graph always sends."""
    text = call.query.get("$select")
    if not text or text == "*":
        return served
    wanted = {name.strip() for name in text.split(",")}
    return {name: value for name, value in served.items() if name in wanted or name == "id" or "@odata" in name}


def _search(rows: list[Document], call: Call, resource: Resource) -> list[Document]:
    if not resource.directory:
        raise GraphError(400, "BadRequest", "The query option '$search' is not supported.")
    check_advanced(call, "$search")
    terms = SEARCH_TERM.findall(call.query["$search"])
    if not terms:
        raise GraphError(
            400, "Request_UnsupportedQuery", f"Syntax error: '{call.query['$search']}' is not a valid $search clause."
        )
    either = " OR " in call.query["$search"]
    test = any if either else all
    return [row for row in rows if test(_found(row, name, words) for name, words in terms)]


def _found(row: Document, name: str, words: str) -> bool:
    """Whether the words match as in Entra: by prefix, ignoring case."""
    text = re.sub(r"\\(.)", r"\1", words).lower()
    present = _words(str(row.get(name) or ""))
    return all(any(word.startswith(part) for word in present) for part in _words(text))


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def _ordered(rows: list[Document], text: str) -> list[Document]:
    for part in reversed(text.split(",")):
        name, _, direction = part.strip().partition(" ")
        rows = sorted(rows, key=lambda row: _sortable(row.get(name)), reverse=direction.strip() == "desc")
    return rows


def _sortable(value: Any) -> tuple[bool, str]:
    return (value is not None, str(value).lower())
