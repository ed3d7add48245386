"""Documents as they are stored (whole) and as they are served (without what Graph keeps apart)."""

from __future__ import annotations

import copy
import uuid
from collections.abc import Mapping
from typing import Any

from ops_admin.simulator.clock import timestamp
from ops_admin.simulator.shapes import Document, Navigation, Resource

Expansion = Mapping[str, Any]
"""What `$expand` asks for: names, each with what is to be expanded inside it."""


def prepare(resource: Resource, document: Document) -> Document:
    """A document ready to be stored: id, times and computed properties added where they are missing."""
    moment = timestamp()
    stored: Document = {"id": str(uuid.uuid4()), **copy.deepcopy(document)}
    for name in resource.timestamps:
        stored.setdefault(name, moment)
    for name, value in resource.computed.items():
        stored.setdefault(name, value)
    for name, navigation in resource.navigations.items():
        stored[name] = _prepare_children(name, navigation, stored.get(name), stored["id"])
    count_parts(stored)
    return stored


def count_parts(stored: Document) -> None:
    """Bring `settingCount` and `isAssigned` in line with what the document holds."""
    if "settingCount" in stored:
        stored["settingCount"] = len(stored.get("settings", []))
    if "isAssigned" in stored and stored.get("assignments"):
        stored["isAssigned"] = True


def touch(resource: Resource, document: Document) -> None:
    """A change was made: the time moves on, and so does the version where the type has one."""
    if resource.timestamps:
        document[resource.timestamps[-1]] = timestamp()
    version = document.get("version")
    if isinstance(version, int):
        document["version"] = version + 1
    elif isinstance(version, str) and version.isdigit():
        document["version"] = str(int(version) + 1)


def project(document: Document, navigations: Mapping[str, Navigation], expansion: Expansion) -> Document:
    """The document as Graph sends it: navigations only where expanded, each in its turn projected."""
    served: Document = {}
    for name, value in document.items():
        navigation = navigations.get(name)
        if navigation is None:
            served[name] = value
        elif name in expansion:
            served[name] = _project_value(value, navigation, expansion[name])
    return served


def _project_value(value: Any, navigation: Navigation, expansion: Expansion) -> Any:
    if isinstance(value, list):
        return [project(child, navigation.children, expansion) for child in value]
    return value if value is None else project(value, navigation.children, expansion)


def _prepare_children(name: str, navigation: Navigation, value: Any, owner_id: str) -> Any:
    """Sub-resources are lists of objects with ids; a single one stands for a list of one."""
    if name in _SINGLE:
        return value
    children = [] if value is None else value if isinstance(value, list) else [value]
    for number, child in enumerate(children):
        _prepare_child(name, navigation, child, f"{owner_id}/{name}/{number}", number)
    return children


def _prepare_child(name: str, navigation: Navigation, child: Document, place: str, number: int) -> None:
    is_setting = name == "settings" and "settingInstance" in child
    child.setdefault("id", str(number) if is_setting else str(uuid.uuid5(uuid.NAMESPACE_URL, place)))
    for inner, inner_navigation in navigation.children.items():
        if inner in child or inner in _REQUIRED:
            child[inner] = _prepare_children(inner, inner_navigation, child.get(inner), place)


_SINGLE = frozenset({"definition", "presentation", "definitionValue", "roleDefinition"})
_REQUIRED = frozenset({"presentationValues", "scheduledActionConfigurations"})
