"""Graph's types, read from `graph_types.json`, which `scripts/graph-types` generates.

A type is a pair of its base and its own properties. A property is written as marks and a kind: `*` many, `~`
navigation, `!` read-only; then `=` and an enumeration, `:` and a type, or the name of a primitive.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

# Types with derived types that can be used themselves. All others with derived types are abstract: Graph answers
# "Cannot create an abstract class." if a body does not name the derived type (msgraph-sdk-powershell #2742).
CONCRETE = frozenset(
    {
        "androidDeviceOwnerWiFiConfiguration", "androidForWorkWiFiConfiguration", "androidManagedStoreApp",
        "androidWiFiConfiguration", "androidWorkProfileWiFiConfiguration", "aospDeviceOwnerWiFiConfiguration",
        "appListItem", "conditionalAccessPolicy", "deviceAndAppManagementAssignmentFilter",
        "deviceManagementConfigurationChoiceSettingDefinition", "deviceManagementConfigurationSettingGroupDefinition",
        "deviceManagementConfigurationSimpleSettingDefinition", "deviceManagementConfigurationStringSettingValue",
        "deviceManagementSettingCategory", "deviceManagementTemplate", "groupAssignmentTarget",
        "groupPolicyDefinitionFile", "groupPolicyPresentation", "iosVpnConfiguration", "iosWiFiConfiguration",
        "macOSWiFiConfiguration", "roleAssignment", "roleDefinition", "targetedManagedAppConfiguration",
        "vpnProxyServer", "win32LobApp", "win32LobAppAssignmentSettings", "windows81VpnConfiguration",
        "windowsPhone81AppX", "windowsWifiConfiguration",
    }
)  # fmt: skip

# Properties that the service has and that version of the client library lacks. Exports contain the first, always null.
# Conditional Access returns the others in every policy and accepts them unchanged (CIPP drops `templateId` only if it
# names a template).
NEWER = {
    "deviceManagementConfigurationSettingInstance": {"auditRuleInformation": "any"},
    "conditionalAccessPolicy": {"templateId": "!string", "partialEnablementStrategy": "!string"},
    "conditionalAccessConditionSet": {"times": "any"},
}


@dataclass(frozen=True)
class Property:
    """One property. `kind` is a primitive, `any`, or the name of the enumeration (`enum`) or type (`complex`)."""

    kind: str
    many: bool = False
    navigation: bool = False
    read_only: bool = False
    enum: bool = False
    complex: bool = False


@dataclass(frozen=True)
class Schema:
    """All types and enumerations, by name without `microsoft.graph.`."""

    bases: dict[str, str]
    own: dict[str, dict[str, Property]]
    enums: dict[str, frozenset[str]]
    derived: frozenset[str]
    """The names of types that others derive from."""
    _whole: dict[str, dict[str, Property]] = field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        return name in self.own

    def is_a(self, name: str, base: str) -> bool:
        """Whether a type is `base` or derives from it."""
        while name and name != base:
            name = self.bases.get(name, "")
        return name == base

    def is_abstract(self, name: str) -> bool:
        """Whether an object must name its derived type."""
        return name in self.derived and name not in CONCRETE

    def properties(self, name: str) -> dict[str, Property]:
        """Return a type's properties, including inherited ones."""
        if name not in self._whole:
            base = self.bases.get(name, "")
            inherited = self.properties(base) if base else {}
            self._whole[name] = {**inherited, **self.own.get(name, {})}
        return self._whole[name]


@cache
def load_schema() -> Schema:
    """Return the vendored schema, read once per process."""
    described = json.loads(files("ops_admin.simulator.schema").joinpath("graph_types.json").read_text())
    types: dict[str, tuple[str, dict[str, str]]] = described["types"]
    bases = {name: base for name, (base, _) in types.items()}
    return Schema(
        bases,
        {name: _properties({**own, **NEWER.get(name, {})}) for name, (_, own) in types.items()},
        {name: frozenset(values.split()) for name, values in described["enums"].items()},
        frozenset(bases.values()) - {""},
    )


def _properties(own: dict[str, str]) -> dict[str, Property]:
    return {name: parse_property(text) for name, text in own.items()}


def parse_property(text: str) -> Property:
    """Parse a property in the file's notation, e.g. `*~:deviceConfigurationAssignment`."""
    kind = text.lstrip("*~!")
    marks: dict[str, Any] = {"many": "*" in text, "navigation": "~" in text, "read_only": "!" in text}
    return Property(kind.lstrip("=:"), enum=kind[0] == "=", complex=kind[0] == ":", **marks)
