"""Administrative templates: the definitions and presentations that policies reference with `@odata.bind`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from ops_admin.simulator.shapes import Document

BOUND_ID = re.compile(r"groupPolicyDefinitions(?:\('|/)([^'/]+)(?:'\))?(?:/presentations(?:\('|/)([^'/]+))?")
DEFINITION_BIND = "definition@odata.bind"
PRESENTATION_BIND = "presentation@odata.bind"
NONE: Mapping[str, Document] = MappingProxyType({})


def resolve_bindings(definition_value: Document, known: Mapping[str, Document] = NONE) -> Document:
    """Return a definition value as Graph stores it: with its definition and presentations instead of links to them.

    A definition that is not in `known` gets plain values. Raises ValueError if a link names no definition.
    """
    resolved = {name: value for name, value in definition_value.items() if name != DEFINITION_BIND}
    if DEFINITION_BIND in definition_value:
        resolved["definition"] = _definition(bound_ids(definition_value[DEFINITION_BIND])[0], known)
    resolved.setdefault("configurationType", "policy")
    resolved["presentationValues"] = [
        _resolve_presentation(value, known) for value in definition_value.get("presentationValues") or []
    ]
    return resolved


def definition(definition_id: str, **known: Any) -> Document:
    """Return a definition by id. Properties that are not `known` get plain values; the real catalog is not included."""
    return {
        "id": definition_id,
        "classType": "machine",
        "displayName": f"Policy definition {definition_id[:8]}",
        "explainText": "",
        "categoryPath": "\\Administrative templates",
        "supportedOn": "",
        "policyType": "admxBacked",
        "hasRelatedDefinitions": False,
        "groupPolicyCategoryId": None,
        "minDeviceCspVersion": "5.0",
        "minUserCspVersion": "5.0",
        "version": "1.0",
        "lastModifiedDateTime": "2024-06-11T00:00:00Z",
        **known,
    }


def presentation(presentation_id: str, label: str = "", kind: str | None = None) -> Document:
    """Return a presentation by id: one input field of a definition."""
    typed = {"@odata.type": f"#microsoft.graph.groupPolicyPresentation{kind}"} if kind else {}
    return {**typed, "id": presentation_id, "label": label, "lastModifiedDateTime": "2024-06-11T00:00:00Z"}


def bound_ids(link: object) -> tuple[str, str]:
    """Return the ids of the definition and the presentation (or "") that a link names. Raises ValueError."""
    found = BOUND_ID.search(str(link))
    if found is None:
        raise ValueError(f"'{link}' names no group policy definition")
    return found[1], found[2] or ""


def _definition(definition_id: str, known: Mapping[str, Document]) -> Document:
    found = known.get(definition_id)
    if found is None:
        return definition(definition_id)
    return {name: value for name, value in found.items() if name != "presentations"}


def _resolve_presentation(value: Document, known: Mapping[str, Document]) -> Document:
    resolved = {name: content for name, content in value.items() if name != PRESENTATION_BIND}
    if PRESENTATION_BIND in value:
        definition_id, presentation_id = bound_ids(value[PRESENTATION_BIND])
        fields = known.get(definition_id, {}).get("presentations", [])
        found = next((field for field in fields if field["id"] == presentation_id), None)
        resolved["presentation"] = found or presentation(presentation_id)
    return resolved
