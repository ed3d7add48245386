"""What Graph refuses in the body of a write."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ops_admin.simulator.errors import bad_request, model_failure
from ops_admin.simulator.messages import Call
from ops_admin.simulator.shapes import OF_A_PART, READ_ONLY, Document, Navigation, Resource

MOST_LEVELS = 100
"""How deep a body may be nested. OData's reader gives up beyond that."""


def body_of(call: Call) -> Document:
    """Return the body of a write. Raises 400 if it is not an object or nested too deeply."""
    if not isinstance(call.body, dict):
        raise bad_request("Empty Payload. JSON content expected.")
    _check_depth(call.body)
    return call.body


def check_create(resource: Resource, body: Document) -> None:
    """Raise 400 for a new document that Graph would refuse."""
    _check_properties(resource, body, resource.passed_over)
    if not isinstance(body.get(resource.name_field), str) or not body[resource.name_field].strip():
        raise bad_request(f"{resource.name_field} is a required property and cannot be empty.", intune=True)
    for name in sorted(resource.required - body.keys()):
        raise bad_request(f"A value is required for property '{name}' of resource '{resource.key}'.")
    if resource.polymorphic:
        _check_type(body)
    _check_collections(resource.navigations, body)
    check_parts(resource.navigations, body)
    _refuse(body.keys() & (resource.navigations.keys() - resource.deep_insert - {"assignments"}), "created inline")
    if resource.key == "deviceCompliancePolicies":
        _check_block_action(body)


def check_update(resource: Resource, current: Document, body: Document) -> None:
    """Raise 400 for a PATCH that Graph would refuse."""
    _check_properties(resource, body, frozenset())
    _refuse(body.keys() & resource.navigations.keys(), "updated through its owner")
    if resource.writable is not None and "PUT" in resource.update_methods:
        _refuse(body.keys() - {"@odata.type", "name", "description", "roleScopeTagIds"}, "updated by PATCH")
    if resource.polymorphic:
        _check_type(body)
        if body["@odata.type"] != current.get("@odata.type"):
            raise bad_request("The type of an existing policy cannot be changed.", intune=True)


def _check_properties(resource: Resource, body: Document, passed_over: frozenset[str]) -> None:
    read_only = [name for name in body if name in (READ_ONLY | resource.refused) - passed_over - resource.allowed]
    if read_only:
        text = f"Property '{read_only[0]}' is read-only and cannot be set."
        raise model_failure(text)
    for name in body:
        if _is_refused_annotation(name):
            text = f"An unexpected instance annotation name '{name}' was found when reading from the JSON reader."
            raise bad_request(text)
    if resource.writable is not None:
        unknown = body.keys() - resource.writable - {"@odata.type", "assignments"}
        _refuse({name for name in unknown if not name.endswith("@odata.type")}, "set on this type")


def _is_refused_annotation(name: str) -> bool:
    _, at, annotation = name.partition("@odata.")
    return bool(at) and annotation not in ("type", "bind")


def _check_type(body: Document) -> None:
    kind = body.get("@odata.type")
    if not isinstance(kind, str) or not kind.startswith("#microsoft.graph."):
        raise bad_request("Cannot create an abstract class: '@odata.type' must name a derived type.")


def _check_collections(navigations: Mapping[str, Navigation], body: Document) -> None:
    for name in [name for name in navigations.keys() & body.keys() if not navigations[name].single]:
        rows = body[name]
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise bad_request(f"When trying to read '{name}', an unexpected value was found: a collection is expected.")
        for row in rows:
            _check_collections(navigations[name].children, row)


def check_parts(navigations: Mapping[str, Navigation], body: Document) -> None:
    """Raise 400 for parts of a policy that bring properties the service assigns itself, such as ids."""
    for name in sorted(navigations.keys() & body.keys() - {"assignments"}):
        for row in [row for row in _parts_of(navigations[name], body[name]) if isinstance(row, dict)]:
            read_only = sorted(row.keys() & OF_A_PART)
            if read_only:
                text = f"Property '{read_only[0]}' of '{name}' is read-only and cannot be set."
                raise model_failure(text)
            check_parts(navigations[name].children, row)


def _parts_of(navigation: Navigation, value: Any) -> list[Any]:
    return value if isinstance(value, list) and not navigation.single else []


def _check_block_action(body: Document) -> None:
    rules: list[Document] = body.get("scheduledActionsForRule") or []
    actions: list[Any] = [a for rule in rules for a in rule.get("scheduledActionConfigurations") or []]
    if not any(action.get("actionType") == "block" for action in actions):
        raise bad_request("A compliance policy must have exactly one block action scheduled.", intune=True)


def _check_depth(content: object) -> None:
    level: list[Any] = [content]
    for _ in range(MOST_LEVELS):
        if not level:
            return
        level = [inner for outer in level for inner in _inside(outer)]
    raise bad_request("The depth limit for entries in nested expanded navigation links was reached.")


def _inside(value: object) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _refuse(names: Iterable[str], what: str) -> None:
    for name in sorted(names):
        raise bad_request(f"Property '{name}' cannot be {what}.", intune=True)
