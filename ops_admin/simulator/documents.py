"""Documents as stored (complete) and as served (without navigation properties)."""

from __future__ import annotations

import copy
import uuid
from collections.abc import Mapping
from typing import Any

from ops_admin.simulator.admx import NONE, resolve_bindings
from ops_admin.simulator.clock import timestamp
from ops_admin.simulator.shapes import Document, Navigation, Resource

Expansion = Mapping[str, Any]
"""A parsed `$expand`: names, each with what is to be expanded inside it."""

REQUIRED_PARTS = frozenset({"presentationValues", "scheduledActionConfigurations"})


def prepare(resource: Resource, document: Document, definitions: Mapping[str, Document] = NONE) -> Document:
    """Return a document ready to be stored, with id, times and computed properties added where missing.

    `definitions` are the administrative templates that its links may name. Raises ValueError if a link names none.
    """
    stored: Document = {"id": f"{resource.id_prefix}{uuid.uuid4()}", **copy.deepcopy(document)}
    moment = timestamp()
    for name, value in {**dict.fromkeys(resource.timestamps, moment), **resource.computed}.items():
        stored.setdefault(name, value)
    for name, navigation in resource.navigations.items():
        stored[name] = _prepare_part(name, navigation, stored.get(name), stored["id"], definitions)
    return with_counts(stored)


def with_counts(document: Document) -> Document:
    """Return the document with `settingCount` and `isAssigned` recomputed."""
    counted = dict(document)
    if "settingCount" in counted:
        counted["settingCount"] = len(counted.get("settings") or [])
    if "deployedAppCount" in counted:
        counted["deployedAppCount"] = len(counted.get("apps") or [])
    if "isAssigned" in counted and counted.get("assignments"):
        counted["isAssigned"] = True
    return counted


def revised(resource: Resource, document: Document) -> Document:
    """Return the document after a change: with a new modification time and, where the type has one, a new version."""
    changed = with_counts(document)
    if resource.timestamps:
        changed[resource.timestamps[-1]] = timestamp()
    version = None if resource.keeps_version else changed.get("version")
    if isinstance(version, int):
        changed["version"] = version + 1
    elif isinstance(version, str) and version.isdigit():
        changed["version"] = str(int(version) + 1)
    return changed


def project(document: Document, navigations: Mapping[str, Navigation], expansion: Expansion) -> Document:
    """Return the document as Graph sends it, with only the expanded navigations, each projected in turn."""
    served: Document = {}
    for name, value in document.items():
        navigation = navigations.get(name)
        if navigation is None:
            served[name] = value
        elif name in expansion:
            served[name] = _project_part(value, navigation, expansion[name])
    return served


def _project_part(value: Any, navigation: Navigation, expansion: Expansion) -> Any:
    if isinstance(value, list):
        return [project(part, navigation.children, expansion) for part in value]
    return value if value is None else project(value, navigation.children, expansion)


def _prepare_part(
    name: str, navigation: Navigation, value: Any, owner: str, definitions: Mapping[str, Document]
) -> Any:
    """Normalise a sub-resource to a list of objects with ids. An export may hold a single bare one."""
    if navigation.single:
        return {"id": value["id"]} if navigation.bound and value else value
    parts = [] if value is None else value if isinstance(value, list) else [value]
    if navigation.bound:
        return [{"id": part["id"]} for part in parts]
    return [_prepare_row(name, navigation, part, owner, number, definitions) for number, part in enumerate(parts)]


def _prepare_row(
    name: str, navigation: Navigation, part: Document, owner: str, number: int, definitions: Mapping[str, Document]
) -> Document:
    place = f"{owner}/{name}/{number}"
    part_id = str(number) if "settingInstance" in part else str(uuid.uuid5(uuid.NAMESPACE_URL, place))
    row = {"id": part_id, **(resolve_bindings(part, definitions) if name == "definitionValues" else part)}
    for inner, inner_navigation in navigation.children.items():
        if inner in row or inner in REQUIRED_PARTS:
            row[inner] = _prepare_part(inner, inner_navigation, row.get(inner), place, definitions)
    return row
