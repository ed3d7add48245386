"""The canonical form of a policy, which is compared and hashed: its content without what the service adds.

The same policy in two tenants has the same hash. So the canonical form treats four things specially:

- **Read-only properties.** Graph sets `id`, `version` and the like on the policy and on the sub-resources
  in `_ENTITIES`; they are dropped there, and only there. Further down, an `id` or a `version` was chosen by
  an administrator (an authentication strength, an app's version), so it is kept.
- **Apps of a group.** Which apps belong to Microsoft's groups of managed apps is not the policy's.
- **References** to Microsoft's catalogs (`definition`, `presentation`) are returned expanded, with texts
  that Microsoft may edit. Only their id is kept, as it is of links to other policies.
- **Order.** Sub-resources, the children of a setting and scope tags are sets. The service numbers them in
  the order they were written, so a restored policy may have them in another order. They are sorted; every
  other list keeps its order.
"""

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

from ops_admin.graph.app_locker import FILES
from ops_admin.graph.app_relationships import RELATIONSHIPS, with_own_facts
from ops_admin.graph.managed_apps import without_apps_of_group
from ops_admin.graph.transport import JSONObject
from ops_admin.references.link_kinds import is_link, linked_ids

_Entities = Mapping[str, "_Entities"]

_ENTITIES: _Entities = {
    "settings": {},
    "apps": {},
    RELATIONSHIPS: {},
    **{name: {} for name in FILES},
    "definitionValues": {"presentationValues": {}},
    "items": {},
    "scheduledActionsForRule": {"scheduledActionConfigurations": {}},
    "localizedNotificationMessages": {},
    "combinationConfigurations": {},
}
_READ_ONLY = frozenset({"id", "version", "supportsScopeTags", "isAssigned", "settingCount", "creationSource"})
# The payloads of a filter are the policies whose assignments use it.
_READ_ONLY_IN_ROOT = frozenset({"assignments", "payloads", "deployedAppCount", "appSupportsOemConfig"})
_TIMES = frozenset({"createdDateTime", "lastModifiedDateTime", "modifiedDateTime"})
_REFERENCES = frozenset({"definition", "presentation"})
# Read since a later version: an app without them has the hash that it always had.
_NOTHING_IF_EMPTY = frozenset({"categories", RELATIONSHIPS})
_UNORDERED = frozenset({"children", "roleScopeTagIds", "roleScopeTags"})


def canonical(content: JSONObject) -> JSONObject:
    """Return the canonical form of a policy. Idempotent; the argument is not changed."""
    own = with_own_facts(without_apps_of_group(content))
    return _canonical_entity(own, _ENTITIES, dropped=_READ_ONLY | _READ_ONLY_IN_ROOT)


def content_hash(content: JSONObject) -> str:
    """Return the SHA-256, in hex, of the canonical JSON of `canonical(content)`."""
    said = {name: value for name, value in canonical(content).items() if value or name not in _NOTHING_IF_EMPTY}
    return sha256(_canonical_json(said).encode()).hexdigest()


def is_noise(name: str) -> bool:
    """Say whether a property is not content: contexts, links, actions, tips.

    `@odata.type` (the kind of an object) and `…@odata.bind` (what it refers to) are content.
    """
    if name == "@odata.type" or name.endswith("@odata.bind"):
        return False
    return "@odata." in name or name.startswith(("#", "@microsoft.graph."))


def _canonical_entity(entity: JSONObject, parts: _Entities, dropped: frozenset[str] = _READ_ONLY) -> JSONObject:
    kept = {name: value for name, value in entity.items() if name not in dropped}
    return {name: _canonical_part(name, value, parts) for name, value in _without_noise(kept) if name not in _TIMES}


def _canonical_part(name: str, value: object, parts: _Entities) -> object:
    if name in parts and isinstance(value, list):
        return _as_set(_canonical_entity(item, parts[name]) if isinstance(item, dict) else item for item in value)
    if name in _REFERENCES and isinstance(value, dict) and "id" in value:
        return {"id": value["id"]}
    if is_link(name, value):
        return _as_set({"id": each} for each in linked_ids(value))
    return _canonical_value(value, name)


def _canonical_value(value: object, name: str = "") -> object:
    if isinstance(value, dict):
        return {key: _canonical_value(inner, key) for key, inner in _without_noise(value) if key not in _TIMES}
    if isinstance(value, list):
        items = [_canonical_value(item) for item in value]
        return _as_set(items) if name in _UNORDERED else items
    return value


def _without_noise(value: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    return ((name, inner) for name, inner in value.items() if not is_noise(name))


def _as_set(items: Iterable[object]) -> list[object]:
    return sorted(items, key=_canonical_json)


def _canonical_json(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
