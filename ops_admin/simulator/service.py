"""What the service provides to all tenants: the catalogue of settings, built-in administrative templates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ops_admin.simulator.setting_definitions import category_of, learn
from ops_admin.simulator.shapes import Document


@dataclass
class Service:
    """Shared by all tenants of a store. `definitions` are those of built-in administrative templates."""

    settings: dict[str, Document] = field(default_factory=dict)
    definitions: dict[str, Document] = field(default_factory=dict)

    def learn(self, document: Mapping[str, Any], own: Mapping[str, Document]) -> None:
        """Learn what a policy shows of the service. `own` are definitions that a tenant uploaded."""
        learn(self.settings, document)
        values = document.get("definitionValues")
        for row in values if isinstance(values, list) else []:
            if isinstance(row.get("definition"), dict) and row["definition"]["id"] not in own:
                self._learn_definition(row)

    def categories(self) -> dict[str, Document]:
        """Return the categories of all settings."""
        rows = [category_of(definition) for definition in self.settings.values()]
        return {row["id"]: row for row in rows}

    def _learn_definition(self, row: Document) -> None:
        definition_id = row["definition"]["id"]
        known = self.definitions.get(definition_id, {**row["definition"], "presentations": []})
        present = {each["id"] for each in known["presentations"]}
        shown = [value.get("presentation") for value in row.get("presentationValues") or []]
        new = [each for each in shown if isinstance(each, dict) and each.get("id") not in present]
        self.definitions[definition_id] = {**known, "presentations": [*known["presentations"], *new]}
