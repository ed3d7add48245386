"""`$filter`: a small recursive-descent parser for the operators that Graph supports on these types."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from ops_admin.simulator.errors import GraphError
from ops_admin.simulator.shapes import Document

Test = Callable[[Document], bool]
TOKEN = re.compile(r"\s*('(?:[^']|'')*'|[(),]|[^\s(),']+)")
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda left, right: bool(left == right),
    "ne": lambda left, right: bool(left != right),
    "ge": lambda left, right: left is not None and str(left) >= str(right),
    "gt": lambda left, right: left is not None and str(left) > str(right),
    "le": lambda left, right: left is not None and str(left) <= str(right),
    "lt": lambda left, right: left is not None and str(left) < str(right),
}
FUNCTIONS: dict[str, Callable[[str, str], bool]] = {
    "startswith": str.startswith,
    "endswith": str.endswith,
    "contains": str.__contains__,
}
WORDS = {"true": True, "false": False, "null": None}


def parse_filter(text: str, *, directory: bool = False) -> Test:
    """Return a predicate for rows. Raises 400 for bad syntax and for what the directory does not support."""
    parser = _Parser(TOKEN.findall(text), text, directory)
    test = parser.alternatives()
    if parser.tokens:
        raise parser.error()
    return test


class _Parser:
    def __init__(self, tokens: list[str], text: str, directory: bool) -> None:
        self.tokens = tokens
        self.text = text
        self.directory = directory

    def error(self) -> GraphError:
        return GraphError(400, "BadRequest", f"Invalid filter clause: Syntax error in '{self.text}'.")

    def take(self, expected: str | None = None) -> str:
        if not self.tokens or (expected is not None and self.tokens[0] != expected):
            raise self.error()
        return self.tokens.pop(0)

    def skip(self, word: str) -> bool:
        if self.tokens and self.tokens[0].lower() == word:
            self.tokens.pop(0)
            return True
        return False

    def alternatives(self) -> Test:
        tests = [self.conjunction()]
        while self.skip("or"):
            tests.append(self.conjunction())
        return lambda row: any(test(row) for test in tests)

    def conjunction(self) -> Test:
        tests = [self.negation()]
        while self.skip("and"):
            tests.append(self.negation())
        return lambda row: all(test(row) for test in tests)

    def negation(self) -> Test:
        if self.skip("not"):
            test = self.negation()
            return lambda row: not test(row)
        if self.skip("("):
            test = self.alternatives()
            self.take(")")
            return test
        return self.term()

    def term(self) -> Test:
        name = self.take()
        if self.tokens and self.tokens[0] == "(":
            return self.function(name.lower())
        operator = self.take().lower()
        if operator == "in":
            values = self.values()
            return lambda row: _property(row, name) in values
        if operator not in COMPARISONS:
            raise self.error()
        compare, value = COMPARISONS[operator], self.value()
        return lambda row: compare(_property(row, name), value)

    def function(self, name: str) -> Test:
        self.take("(")
        if name == "isof":
            kind = str(self.value())
            self.take(")")
            return lambda row: row.get("@odata.type") == f"#{kind}"
        if name not in FUNCTIONS:
            raise self.error()
        self.refuse_in_directory(name)
        field = self.take()
        self.take(",")
        value = str(self.value()).lower()
        self.take(")")
        return lambda row: FUNCTIONS[name](str(_property(row, field) or "").lower(), value)

    def refuse_in_directory(self, name: str) -> None:
        if self.directory and name == "contains":
            text = "Unsupported or invalid query filter clause specified: function 'contains' is not supported."
            raise GraphError(400, "Request_UnsupportedQuery", text)

    def values(self) -> list[Any]:
        self.take("(")
        values = [self.value()]
        while self.skip(","):
            values.append(self.value())
        self.take(")")
        return values

    def value(self) -> Any:
        token = self.take()
        if token.startswith("'"):
            return token[1:-1].replace("''", "'")
        if token.lower() in WORDS:
            return WORDS[token.lower()]
        return int(token) if token.lstrip("-").isdigit() else token


def _property(row: Document, name: str) -> Any:
    value: Any = row
    for part in name.split("/"):
        value = value.get(part) if isinstance(value, dict) else None
    return value
