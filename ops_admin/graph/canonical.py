"""What a policy says, without what the service adds: the form that is compared and hashed (SPEC section I).

Two tenants that hold the same policy give the same hash. Three kinds of knowledge are needed for that:

- **Read-only properties** (GRAPH.md, "Before a write drop"). `id`, `version` and the like are the service's
  on the policy and on the sub-resources listed in `_ENTITIES`, and only there: deeper inside, an `id` or a
  `version` is something that the administrator chose (an authentication strength, an app's version), so it
  stays.
- **References** into Microsoft's catalogues (`definition`, `presentation`) come expanded with texts that
  Microsoft edits; which entry is meant is the policy's, its wording is not: only the id counts.
- **Order.** Sub-resources, the children of a setting and scope tags are sets: the service numbers them as
  they were written, so a restored policy holds them in another order and means the same. Every other list
  keeps its order.
"""

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

from ops_admin.graph.transport import JSONObject

_Entities = Mapping[str, "_Entities"]

_ENTITIES: _Entities = {
    "settings": {},
    "definitionValues": {"presentationValues": {}},
    "scheduledActionsForRule": {"scheduledActionConfigurations": {}},
}
_OF_ENTITIES = frozenset({"id", "version", "supportsScopeTags", "isAssigned", "settingCount", "creationSource"})
_OF_THE_ROOT = frozenset({"assignments"})
_ANYWHERE = frozenset({"createdDateTime", "lastModifiedDateTime", "modifiedDateTime"})
_REFERENCES = frozenset({"definition", "presentation"})
_UNORDERED = frozenset({"children", "roleScopeTagIds"})


def canonical(content: JSONObject) -> JSONObject:
    """Return what the policy says. Idempotent; the argument is left as it is."""
    return _of_entity(content, _ENTITIES, dropped=_OF_ENTITIES | _OF_THE_ROOT)


def content_hash(content: JSONObject) -> str:
    """Return the SHA-256, in hex, of the canonical JSON of `canonical(content)`."""
    return sha256(_canonical_json(canonical(content)).encode()).hexdigest()


def is_noise(name: str) -> bool:
    """Say whether a property tells nothing about the policy: contexts, links, actions, tips.

    `@odata.type` says of which kind an object is and `…@odata.bind` what it refers to: both are content.
    """
    if name == "@odata.type" or name.endswith("@odata.bind"):
        return False
    return "@odata." in name or name.startswith(("#", "@microsoft.graph."))


def _of_entity(entity: JSONObject, parts: _Entities, dropped: frozenset[str] = _OF_ENTITIES) -> JSONObject:
    kept = {name: value for name, value in entity.items() if name not in dropped}
    return {name: _of_part(name, value, parts) for name, value in _without_noise(kept) if name not in _ANYWHERE}


def _of_part(name: str, value: object, parts: _Entities) -> object:
    if name in parts and isinstance(value, list):
        return _as_set(_of_entity(item, parts[name]) if isinstance(item, dict) else item for item in value)
    if name in _REFERENCES and isinstance(value, dict) and "id" in value:
        return {"id": value["id"]}
    return _of_value(value, name)


def _of_value(value: object, name: str = "") -> object:
    if isinstance(value, dict):
        return {key: _of_value(inner, key) for key, inner in _without_noise(value) if key not in _ANYWHERE}
    if isinstance(value, list):
        items = [_of_value(item) for item in value]
        return _as_set(items) if name in _UNORDERED else items
    return value


def _without_noise(value: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    return ((name, inner) for name, inner in value.items() if not is_noise(name))


def _as_set(items: Iterable[object]) -> list[object]:
    return sorted(items, key=_canonical_json)


def _canonical_json(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
