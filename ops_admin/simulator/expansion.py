"""Parses `$expand` and refuses what Graph refuses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ops_admin.simulator.errors import bad_request
from ops_admin.simulator.shapes import Navigation


def parse_expand(text: str) -> dict[str, Any]:
    """Parse `a,b($expand=c)` into `{"a": {}, "b": {"c": {}}}`. Other options in brackets are ignored."""
    expansion: dict[str, Any] = {}
    for part in split_outside_brackets(text, ","):
        name, _, options = part.strip().partition("(")
        expansion[name.strip()] = _nested(options.removesuffix(")"))
    return expansion


def _nested(options: str) -> dict[str, Any]:
    for option in split_outside_brackets(options, ";"):
        name, _, value = option.strip().partition("=")
        if name.lower() == "$expand":
            return parse_expand(value)
    return {}


def split_outside_brackets(text: str, separator: str) -> list[str]:
    """Return the parts between separators that are outside round brackets."""
    parts, depth, current = [], 0, ""
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if letter == separator and depth == 0:
            parts.append(current)
            current = ""
        else:
            current += letter
    return [part for part in [*parts, current] if part]


def check_expand(
    expansion: Mapping[str, Any], navigations: Mapping[str, Navigation], *, in_list: bool, type_name: str
) -> None:
    """Raise Graph's 400 for a name that cannot be expanded here."""
    for name, inner in expansion.items():
        navigation = navigations.get(name)
        if navigation is None:
            raise bad_request(
                f"Parsing OData Select and Expand failed: Could not find a property named '{name}' on type"
                f" 'microsoft.graph.{type_name}'."
            )
        if not (navigation.in_list if in_list else navigation.in_item):
            raise bad_request(f"Expand of '{name}' is not supported for this request.", intune=True)
        check_expand(inner, navigation.children, in_list=in_list, type_name=name)
