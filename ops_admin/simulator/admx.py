"""Administrative templates: the definitions and presentations that policies reference with `@odata.bind`."""

from __future__ import annotations

import re
from typing import Any

from ops_admin.simulator.shapes import Document

BOUND_ID = re.compile(r"groupPolicyDefinitions\('([^']+)'\)(?:/presentations\('([^']+)'\))?")
DEFINITION_BIND = "definition@odata.bind"
PRESENTATION_BIND = "presentation@odata.bind"


def resolve_bindings(definition_value: Document) -> Document:
    """Return a definition value as Graph stores it: with its definition and presentations instead of links.

    Raises ValueError if a link names no definition.
    """
    resolved = {name: value for name, value in definition_value.items() if name != DEFINITION_BIND}
    if DEFINITION_BIND in definition_value:
        resolved["definition"] = definition(_ids(definition_value[DEFINITION_BIND])[0])
    resolved.setdefault("configurationType", "policy")
    resolved["presentationValues"] = [
        _resolve_presentation(value) for value in definition_value.get("presentationValues") or []
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


def presentation(presentation_id: str, label: str = "") -> Document:
    """Return a presentation by id: one input field of a definition."""
    return {"id": presentation_id, "label": label, "lastModifiedDateTime": "2024-06-11T00:00:00Z"}


def _resolve_presentation(value: Document) -> Document:
    resolved = {name: content for name, content in value.items() if name != PRESENTATION_BIND}
    if PRESENTATION_BIND in value:
        resolved["presentation"] = presentation(_ids(value[PRESENTATION_BIND])[1])
    return resolved


def _ids(link: str) -> tuple[str, str]:
    found = BOUND_ID.search(link)
    if found is None:
        raise ValueError(f"'{link}' names no group policy definition")
    return found[1], found[2] or ""
