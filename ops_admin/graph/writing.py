"""Creates and updates policies: which properties Graph accepts, and which calls each type needs.

`changes_of` decides whether an update is needed. It compares only writable properties, so that a policy needs no
second update after it was written and read again.
"""

from collections.abc import Callable, Mapping
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
from ops_admin.redaction.secret_marks import Secrets, put_back, unknown_places

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
_CATALOG_PROPERTIES = frozenset(
    {"@odata.type", "name", "description", "settings", "platforms", "technologies", "templateReference"}
    | {"roleScopeTagIds"}
)
_ONLY: Mapping[str, frozenset[str]] = {
    # The settings catalog accepts only these. Compliance policies for Linux are based on it.
    "configurationPolicies": _CATALOG_PROPERTIES,
    "compliancePolicies": _CATALOG_PROPERTIES | {"scheduledActionsForRule"},
}
_INSTANCE_PROPERTIES = frozenset({"displayName", "description", "roleScopeTagIds"})
_Parts = Mapping[str, "_Parts"]
_PARTS: _Parts = {
    "settings": {},
    "scheduledActionsForRule": {"scheduledActionConfigurations": {}},
    "definitionValues": {"presentationValues": {}},
}
"""Lists whose elements get their ids and times from Graph."""
_READ_ONLY_IN_PARTS = frozenset({"id", "createdDateTime", "lastModifiedDateTime"})
_SET_BY_ANOTHER_CALL: Mapping[str, frozenset[str]] = {
    # An update of the policy itself must not contain these. `_UPDATES` sends them, or they never change.
    "deviceCompliancePolicies": frozenset({"scheduledActionsForRule"}),
    "compliancePolicies": frozenset({"scheduledActionsForRule"}),
    "groupPolicyConfigurations": frozenset({"definitionValues", "policyConfigurationIngestionType"}),
    "intents": frozenset({"settings", "templateId", "isMigratingToConfigurationPolicy"}),
    "deviceEnrollmentConfigurations": frozenset({"priority"}),
}
NO_SECRETS: Secrets = {}
_ROLE = "roleDefinition"
_ROLE_BIND = "roleDefinition@odata.bind"


class SecretsUnknown(ValueError):
    """The policy has secrets whose values are not known. What stands for them is never sent (R56)."""


@dataclass(frozen=True)
class Created:
    """A policy that was created."""

    external_id: str


def writable(content: JSONObject, policy_type: PolicyType) -> JSONObject:
    """Return the part of a policy that Graph accepts in a write; the argument is not changed."""
    dropped = _READ_ONLY | _READ_ONLY_OF.get(policy_type.key, frozenset())
    only = _ONLY.get(policy_type.key)
    kept = {
        name: value
        for name, value in content.items()
        if name not in dropped and not is_noise(name) and (only is None or name in only)
    }
    return {name: _writable_value(name, value, _PARTS) for name, value in kept.items()}


def is_default(content: JSONObject, policy_type: PolicyType) -> bool:
    """Say whether this is a default policy: every tenant has it once, and it can be changed but not created."""
    return policy_type.key == "deviceEnrollmentConfigurations" and (
        "_Default" in str(content.get("id", "")) or content.get("priority") == 0
    )


def is_well_formed(content: JSONObject) -> bool:
    """Say whether the sub-resources in the content are lists of objects, as far as there are any."""
    return _parts_are_well_formed(content, _PARTS)


def create_policy(
    client: GraphClient,
    policy_type: PolicyType,
    content: JSONObject,
    on_created: Callable[[str], None] = lambda _: None,
    secrets: Secrets = NO_SECRETS,
) -> Created:
    """Create a policy with all its sub-resources; raises GraphError, SecretsUnknown.

    `on_created` is called with the new id at once, before the further calls that some types need. If one of those
    fails, `update_policy` can complete the policy. `secrets` are the plain values behind the marks in `content`.
    """
    body = _sendable(content, policy_type, secrets)
    created = _CREATES.get(policy_type.key, _create_item)(client, policy_type, body)
    external_id = find_id(created)
    if external_id is None:
        raise GraphError(UNEXPECTED_RESPONSE)
    on_created(external_id)
    if body.get("definitionValues"):
        changes = {"added": added(client, body["definitionValues"]), "updated": [], "deletedIds": []}
        client.post(policy_type.item_path(external_id, "updateDefinitionValues"), changes, version=policy_type.version)
    return Created(external_id)


def update_policy(
    client: GraphClient,
    policy_type: PolicyType,
    external_id: str,
    content: JSONObject,
    live: JSONObject,
    secrets: Secrets = NO_SECRETS,
) -> None:
    """Update a policy to `content`; `live` is its present content. Raises GraphError, SecretsUnknown.

    Every call is idempotent, so that an interrupted update can be repeated. Properties with unknown secrets are left
    alone if they are as wanted.
    """
    changed = changes_of(content, live, policy_type)
    apart = _SET_BY_ANOTHER_CALL.get(policy_type.key, frozenset())
    left_alone = unknown_properties(content, policy_type, secrets) - changed
    whole = body = _sendable(content, policy_type, secrets, left_alone)
    replaces = policy_type.update_method == "PUT" and not left_alone
    if changed - apart:
        # An unchanged role is left out: not every tenant's Graph accepts the link in a PATCH.
        left_out = apart | ({_ROLE} - changed)
        if policy_type.update_method == "PUT" and not replaces:
            # Where a PUT is usual, a PATCH may only contain what is to change.
            body = {name: body.get(name) for name in changed}
        sent = {name: value for name, value in body.items() if name not in left_out}
        send = client.put if replaces else client.patch
        send(policy_type.item_path(external_id), _with_role_bind(client, sent), version=policy_type.version)
    for name, update in _UPDATES.get(policy_type.key, {}).items():
        # A PUT of the policy also overwrites what this call sets.
        if name in changed or (replaces and changed):
            update(client, policy_type.item_path(external_id), whole, live)


def unknown_properties(content: JSONObject, policy_type: PolicyType, secrets: Secrets = NO_SECRETS) -> frozenset[str]:
    """Return the root properties that hold secrets of unknown value."""
    return frozenset(place.root for place in unknown_places(writable(content, policy_type), secrets))


def _sendable(
    content: JSONObject, policy_type: PolicyType, secrets: Secrets, left_out: frozenset[str] = frozenset()
) -> JSONObject:
    """Return the body of a write with its secrets in plain."""
    if unknown_properties(content, policy_type, secrets) - left_out:
        raise SecretsUnknown(policy_type.key)
    body = put_back(writable(content, policy_type), secrets)
    return {name: value for name, value in body.items() if name not in left_out}


def changes_of(content: JSONObject, live: JSONObject, policy_type: PolicyType) -> frozenset[str]:
    """Return the names of the root properties that an update to `content` would change.

    For types that are updated with PATCH, properties that `content` lacks do not count; a PUT replaces everything.
    """
    wanted, present = comparable(content, policy_type), comparable(live, policy_type)
    names = wanted.keys() | present.keys() if policy_type.update_method == "PUT" else wanted.keys()
    apart = _SET_BY_ANOTHER_CALL.get(policy_type.key, frozenset())
    never_updated = apart - _UPDATES.get(policy_type.key, {}).keys()
    return frozenset(name for name in names if wanted.get(name) != present.get(name)) - never_updated


def leaves_surplus(content: JSONObject, live: JSONObject, policy_type: PolicyType) -> bool:
    """Say whether the live policy has settings that `content` lacks and that an update cannot remove."""
    if policy_type.key != "intents":
        return False
    wanted = {setting.get("definitionId") for setting in content.get("settings") or []}
    return any(setting.get("definitionId") not in wanted for setting in live.get("settings") or [])


def comparable(content: JSONObject, policy_type: PolicyType) -> JSONObject:
    """Return the writable properties of a policy in canonical form, for comparing.

    Properties that are null are kept: if the live policy has a value there, an update sets it back to null.
    """
    properties = canonical(writable(content, policy_type))
    if isinstance(properties.get(_ROLE), dict):
        properties[_ROLE] = {"id": properties[_ROLE].get("id")}
    # The type of an existing policy cannot change, and lists omit it where there is only one.
    return {name: value for name, value in properties.items() if name != "@odata.type"}


def _create_item(client: GraphClient, policy_type: PolicyType, body: JSONObject) -> JSONObject:
    first = _with_role_bind(client, without_definition_values(body))
    return client.post(policy_type.path, first, version=policy_type.version)


def _create_intent(client: GraphClient, policy_type: PolicyType, body: JSONObject) -> JSONObject:
    """Create an intent as an instance of its template; `settingsDelta` are the settings that differ from it."""
    template_id = body.get("templateId")
    if not isinstance(template_id, str):
        return _create_item(client, policy_type, body)
    kept = {name: value for name, value in body.items() if name in _INSTANCE_PROPERTIES}
    instance = {**kept, "settingsDelta": body.get("settings") or []}
    path = f"deviceManagement/templates/{path_of(template_id)}/createInstance"
    return client.post(path, instance, version=policy_type.version)


_Create = Callable[[GraphClient, PolicyType, JSONObject], JSONObject]
_CREATES: Mapping[str, _Create] = {"intents": _create_intent}


def _with_role_bind(client: GraphClient, body: JSONObject) -> JSONObject:
    """Replace a role assignment's role by a link: Graph does not accept the role itself."""
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


def _parts_are_well_formed(owner: JSONObject, parts: _Parts) -> bool:
    for name, inner in parts.items():
        value = owner.get(name, [])
        if value is None:
            continue
        if not isinstance(value, list):
            return False
        if not all(isinstance(each, dict) and _parts_are_well_formed(each, inner) for each in value):
            return False
    return True


def _writable_value(name: str, value: Any, parts: _Parts) -> Any:
    if name in parts and isinstance(value, list):
        return [_writable_part(item, parts[name]) if isinstance(item, dict) else item for item in value]
    return _without_annotations(value)


def _writable_part(part: JSONObject, parts: _Parts) -> JSONObject:
    kept = {name: value for name, value in part.items() if name not in _READ_ONLY_IN_PARTS and not is_noise(name)}
    return {name: _writable_value(name, value, parts) for name, value in kept.items()}


def _without_annotations(value: Any) -> Any:
    """Remove annotations at every level: Graph does not accept them in a write."""
    if isinstance(value, list):
        return [_without_annotations(item) for item in value]
    if isinstance(value, dict):
        return {name: _without_annotations(inner) for name, inner in value.items() if not is_noise(name)}
    return value
