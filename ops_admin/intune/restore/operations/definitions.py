"""Settings of administrative templates that tenants uploaded: the same settings have other ids elsewhere (R55)."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ops_admin.graph.addresses import path_of
from ops_admin.graph.client import GraphClient
from ops_admin.graph.drafts import find_id
from ops_admin.references.declared import Kind, Reference

_DEFINITIONS = "deviceManagement/groupPolicyDefinitions"
_UPLOADED = "admxIngested"
_SAME = ("classType", "categoryPath", "displayName")
_VALUES = "definitionValues"

Document = dict[str, Any]


@dataclass
class Definitions:
    """The settings that the target uploaded. Read only if a policy has one of the source. Methods raise GraphError."""

    client: GraphClient

    def translate(self, content: Document) -> tuple[Document, list[Reference]]:
        """Return the policy with the target's settings, found by class, category and name, and what was not found."""
        missing: list[Reference] = []
        values = content.get(_VALUES)
        if not isinstance(values, list):
            return content, missing
        changed = [self._value(each, missing) if _is_uploaded(each) else each for each in values]
        return ({**content, _VALUES: changed} if changed != values else content), missing

    def _value(self, value: Document, missing: list[Reference]) -> Document:
        definition = value["definition"]
        found = self._ids.get(_key(definition), [])
        if len(found) != 1:
            name = definition.get("displayName")
            missing.append(Reference(Kind.DEFINITION, str(definition.get("id")), _VALUES, name))
            return value
        fields = self._fields(found[0])
        rows = [_field(row, fields, missing) for row in value.get("presentationValues") or []]
        return {**value, "definition": {**definition, "id": found[0]}, "presentationValues": rows}

    @cached_property
    def _ids(self) -> dict[tuple[Any, ...], list[str]]:
        found: dict[tuple[Any, ...], list[str]] = {}
        for item in self.client.items(_DEFINITIONS, params={"$filter": f"policyType eq '{_UPLOADED}'"}):
            if item_id := find_id(item):
                found.setdefault(_key(item), []).append(item_id)
        return found

    def _fields(self, definition_id: str) -> dict[Any, list[str]]:
        found: dict[Any, list[str]] = {}
        for item in self.client.items(f"{_DEFINITIONS}/{path_of(definition_id)}/presentations"):
            if item_id := find_id(item):
                found.setdefault(item.get("label"), []).append(item_id)
        return found


def _is_uploaded(value: Any) -> bool:
    definition = value.get("definition") if isinstance(value, dict) else None
    return isinstance(definition, dict) and definition.get("policyType") == _UPLOADED


def _key(definition: Document) -> tuple[Any, ...]:
    return tuple(definition.get(name) for name in _SAME)


def _field(row: Document, fields: dict[Any, list[str]], missing: list[Reference]) -> Document:
    presentation = row.get("presentation")
    if not isinstance(presentation, dict):
        return row
    found = fields.get(presentation.get("label"), [])
    if len(found) != 1:
        name = presentation.get("label")
        missing.append(Reference(Kind.DEFINITION, str(presentation.get("id")), _VALUES, name))
        return row
    return {**row, "presentation": {**presentation, "id": found[0]}}
