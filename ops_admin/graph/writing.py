"""Writing policies: what Graph takes of one that was read, and which calls a type wants (GRAPH.md, "Before a write").

Whether a write is needed is decided here as well, by `changes_of`: over what can be written and nothing else, so that
a policy which was written and read again needs no second write.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ops_admin.graph.addresses import path_of
from ops_admin.graph.administrative_templates import added, plan_changes, without_definition_values
from ops_admin.graph.canonical import canonical, is_noise
from ops_admin.graph.client import GraphClient
from ops_admin.graph.drafts import find_id
from ops_admin.graph.errors import UNEXPECTED_RESPONSE, GraphError
from ops_admin.graph.resources import PolicyType
from ops_admin.graph.transport import JSONObject

_READ_ONLY = frozenset(
    {
        "id",
        "createdDateTime",
        "lastModifiedDateTime",
        "modifiedDateTime",
        "version",
        "supportsScopeTags",
        "isAssigned",
        "settingCount",
        "creationSource",
        "assignments",
    }
)
_READ_ONLY_OF: Mapping[str, frozenset[str]] = {
    "mobileApps": frozenset(
        {"uploadState", "publishingState", "dependentAppCount", "supersedingAppCount", "supersededAppCount"}
    ),
    "intents": frozenset({"categories"}),
}
_OF_THE_CATALOG = frozenset(
    {"@odata.type", "name", "description", "settings", "platforms", "technologies", "templateReference"}
    | {"roleScopeTagIds"}
)
_ONLY: Mapping[str, frozenset[str]] = {
    # The settings catalog takes these and no others; Linux compliance is made of the same.
    "configurationPolicies": _OF_THE_CATALOG,
    "compliancePolicies": _OF_THE_CATALOG | {"scheduledActionsForRule"},
}
_OF_AN_INSTANCE = frozenset({"displayName", "description", "roleScopeTagIds"})
_Parts = Mapping[str, "_Parts"]
_PARTS: _Parts = {
    "settings": {},
    "scheduledActionsForRule": {"scheduledActionConfigurations": {}},
    "definitionValues": {"presentationValues": {}},
}
"""Lists whose elements get ids and times of their own wherever they are written."""
_OF_A_PART = frozenset({"id", "createdDateTime", "lastModifiedDateTime"})
_SET_BY_ANOTHER_CALL: Mapping[str, frozenset[str]] = {
    # What an update of the policy itself must not carry; `_UPDATES` sends it, or it never changes.
    "deviceCompliancePolicies": frozenset({"scheduledActionsForRule"}),
    "compliancePolicies": frozenset({"scheduledActionsForRule"}),
    "groupPolicyConfigurations": frozenset({"definitionValues", "policyConfigurationIngestionType"}),
    "intents": frozenset({"settings", "templateId", "isMigratingToConfigurationPolicy"}),
    "deviceEnrollmentConfigurations": frozenset({"priority"}),
}
_ROLE = "roleDefinition"
_ROLE_BIND = "roleDefinition@odata.bind"


@dataclass(frozen=True)
class Created:
    """A policy that was made."""

    external_id: str


def _ignore(_: str) -> None:
    """Nobody wants to know the id early."""


def writable(content: JSONObject, policy_type: PolicyType) -> JSONObject:
    """Return what Graph takes of a policy that was read; the argument is left as it is."""
    dropped = _READ_ONLY | _READ_ONLY_OF.get(policy_type.key, frozenset())
    only = _ONLY.get(policy_type.key)
    kept = {
        name: value
        for name, value in content.items()
        if name not in dropped and not is_noise(name) and (only is None or name in only)
    }
    return {name: _of_root(name, value, _PARTS) for name, value in kept.items()}


def is_default(content: JSONObject, policy_type: PolicyType) -> bool:
    """Say whether the policy is a default that every tenant has once, and that can be changed but not made."""
    return policy_type.key == "deviceEnrollmentConfigurations" and (
        "_Default" in str(content.get("id", "")) or content.get("priority") == 0
    )


def is_well_formed(content: JSONObject) -> bool:
    """Say whether what a policy is made of is what Graph makes it of: lists of objects, where there is anything."""
    return _has_parts(content, _PARTS)


def create_policy(
    client: GraphClient,
    policy_type: PolicyType,
    content: JSONObject,
    on_created: Callable[[str], None] = _ignore,
) -> Created:
    """Make a policy with all its sub-resources; raises GraphError.

    `on_created` hears the new id as soon as it is known, before the calls that some types need besides: what fails
    after it has left a policy that `update_policy` can complete.
    """
    body = writable(content, policy_type)
    made = _CREATES.get(policy_type.key, _create_item)(client, policy_type, body)
    external_id = find_id(made)
    if external_id is None:
        raise GraphError(UNEXPECTED_RESPONSE)
    on_created(external_id)
    if body.get("definitionValues"):
        changes = {"added": added(client, body["definitionValues"]), "updated": [], "deletedIds": []}
        client.post(policy_type.item_path(external_id, "updateDefinitionValues"), changes, version=policy_type.version)
    return Created(external_id)


def update_policy(
    client: GraphClient, policy_type: PolicyType, external_id: str, content: JSONObject, live: JSONObject
) -> None:
    """Make the policy of that id say what `content` says; `live` is what it says now. Raises GraphError.

    Each call sets and does not add, so that all of it may be done again after it broke off.
    """
    changed = changes_of(content, live, policy_type)
    apart = _SET_BY_ANOTHER_CALL.get(policy_type.key, frozenset())
    if changed - apart:
        # A role that is as it should be needs no link, and not every tenant's Graph takes one in a PATCH.
        _update_item(client, policy_type, external_id, content, apart | ({_ROLE} - changed))
    for name, update in _UPDATES.get(policy_type.key, {}).items():
        # A PUT of the item replaces what goes by this call, too.
        if name in changed or (policy_type.update_method == "PUT" and changed):
            update(client, policy_type.item_path(external_id), writable(content, policy_type), live)


def changes_of(content: JSONObject, live: JSONObject, policy_type: PolicyType) -> frozenset[str]:
    """Return the names of the root properties in which a policy does not say yet what `content` says.

    Only what an update can set counts. Properties that a PATCH would leave alone, because `content` does not have
    them, are no difference; a PUT replaces everything.
    """
    wanted, present = comparable(content, policy_type), comparable(live, policy_type)
    names = wanted.keys() | present.keys() if policy_type.update_method == "PUT" else wanted.keys()
    return frozenset(name for name in names if wanted.get(name) != present.get(name)) - _never_updated(policy_type)


def leaves_surplus(content: JSONObject, live: JSONObject, policy_type: PolicyType) -> bool:
    """Say whether the policy has what `content` has not and an update only adds to: Graph may keep it for ever."""
    if policy_type.key != "intents":
        return False
    wanted = {setting.get("definitionId") for setting in content.get("settings") or []}
    return any(setting.get("definitionId") not in wanted for setting in live.get("settings") or [])


def comparable(content: JSONObject, policy_type: PolicyType) -> JSONObject:
    """Return what is compared of a policy: its writable properties in canonical form.

    One that is null stays: a value that somebody gave it since is a difference, and a write takes it back.
    """
    said = canonical(writable(content, policy_type))
    if isinstance(said.get(_ROLE), dict):
        said[_ROLE] = {"id": said[_ROLE].get("id")}
    # The type of a policy that is there cannot be changed, and lists leave it out where there is only one.
    return {name: value for name, value in said.items() if name != "@odata.type"}


def _never_updated(policy_type: PolicyType) -> frozenset[str]:
    apart = _SET_BY_ANOTHER_CALL.get(policy_type.key, frozenset())
    return apart - _UPDATES.get(policy_type.key, {}).keys()


def _create_item(client: GraphClient, policy_type: PolicyType, body: JSONObject) -> JSONObject:
    first = _with_role_bind(client, without_definition_values(body))
    return client.post(policy_type.path, first, version=policy_type.version)


def _create_intent(client: GraphClient, policy_type: PolicyType, body: JSONObject) -> JSONObject:
    """An intent is an instance of its template, from which the settings differ that are given along."""
    template_id = body.get("templateId")
    if not isinstance(template_id, str):
        return _create_item(client, policy_type, body)
    named = {name: value for name, value in body.items() if name in _OF_AN_INSTANCE}
    instance = {**named, "settingsDelta": body.get("settings") or []}
    path = f"deviceManagement/templates/{path_of(template_id)}/createInstance"
    return client.post(path, instance, version=policy_type.version)


_Create = Callable[[GraphClient, PolicyType, JSONObject], JSONObject]
_CREATES: Mapping[str, _Create] = {"intents": _create_intent}


def _update_item(
    client: GraphClient, policy_type: PolicyType, external_id: str, content: JSONObject, apart: Iterable[str]
) -> None:
    body = {name: value for name, value in writable(content, policy_type).items() if name not in apart}
    send = client.put if policy_type.update_method == "PUT" else client.patch
    send(policy_type.item_path(external_id), _with_role_bind(client, body), version=policy_type.version)


def _with_role_bind(client: GraphClient, body: JSONObject) -> JSONObject:
    """Name a role assignment's role by a link: Graph does not take the role itself."""
    role = body.get(_ROLE)
    if not isinstance(role, dict):
        return body
    link = client.address("deviceManagement/roleDefinitions") + f"('{role.get('id')}')"
    return {**{name: value for name, value in body.items() if name != _ROLE}, _ROLE_BIND: link}


def _schedule_actions(client: GraphClient, item_path: str, body: JSONObject, _live: JSONObject) -> None:
    rules = {"deviceComplianceScheduledActionForRules": body.get("scheduledActionsForRule", [])}
    client.post(f"{item_path}/scheduleActionsForRules", rules, idempotent=True)


def _set_scheduled_actions(client: GraphClient, item_path: str, body: JSONObject, _live: JSONObject) -> None:
    rules = {"scheduledActions": body.get("scheduledActionsForRule", [])}
    client.post(f"{item_path}/setScheduledActions", rules, idempotent=True)


def _update_definition_values(client: GraphClient, item_path: str, body: JSONObject, live: JSONObject) -> None:
    changes = plan_changes(client, body.get("definitionValues") or [], live.get("definitionValues") or [])
    client.post(f"{item_path}/updateDefinitionValues", changes)


def _update_intent_settings(client: GraphClient, item_path: str, body: JSONObject, live: JSONObject) -> None:
    ids = {setting.get("definitionId"): setting.get("id") for setting in live.get("settings") or []}
    settings = [
        {**setting, **({"id": ids[setting.get("definitionId")]} if setting.get("definitionId") in ids else {})}
        for setting in body.get("settings") or []
    ]
    client.post(f"{item_path}/updateSettings", {"settings": settings}, idempotent=True)


_Update = Callable[[GraphClient, str, JSONObject, JSONObject], None]

_UPDATES: Mapping[str, Mapping[str, _Update]] = {
    "deviceCompliancePolicies": {"scheduledActionsForRule": _schedule_actions},
    "compliancePolicies": {"scheduledActionsForRule": _set_scheduled_actions},
    "groupPolicyConfigurations": {"definitionValues": _update_definition_values},
    "intents": {"settings": _update_intent_settings},
}


def _has_parts(owner: JSONObject, parts: _Parts) -> bool:
    return all(_are_parts(owner.get(name), inner) for name, inner in parts.items())


def _are_parts(value: Any, parts: _Parts) -> bool:
    if value is None:
        return True
    return isinstance(value, list) and all(isinstance(each, dict) and _has_parts(each, parts) for each in value)


def _of_root(name: str, value: Any, parts: _Parts) -> Any:
    if name in parts and isinstance(value, list):
        return [_of_part(item, parts[name]) if isinstance(item, dict) else item for item in value]
    return _bare(value)


def _of_part(part: JSONObject, parts: _Parts) -> JSONObject:
    kept = {name: value for name, value in part.items() if name not in _OF_A_PART and not is_noise(name)}
    return {name: _of_root(name, value, parts) for name, value in kept.items()}


def _bare(value: Any) -> Any:
    """Strip annotations, which a write must not carry anywhere."""
    if isinstance(value, list):
        return [_bare(item) for item in value]
    if isinstance(value, dict):
        return {name: _bare(inner) for name, inner in value.items() if not is_noise(name)}
    return value
