"""The body of a write: the part of a policy that Graph accepts, and what an update with it would change.

`changes_of` decides whether an update is needed. It compares only writable properties, so that a policy needs no
second update after it was written and read again. Pure.
"""

from collections.abc import Callable, Mapping
from typing import Any

from ops_admin.graph.app_locker import FILES
from ops_admin.graph.app_relationships import RELATIONSHIPS, with_own_facts
from ops_admin.graph.canonical import canonical, is_noise
from ops_admin.graph.deployment_profiles import with_successors
from ops_admin.graph.managed_apps import without_apps_of_group
from ops_admin.graph.policy_sets import ITEMS, accepted_policy_set
from ops_admin.graph.resources import PolicyType
from ops_admin.graph.transport import JSONObject
from ops_admin.graph.unwritable import never_sent, set_once

_CATALOG_PROPERTIES = frozenset(
    {"@odata.type", "name", "description", "settings", "platforms", "technologies", "templateReference"}
    | {"roleScopeTagIds"}
)
_ONLY: Mapping[str, frozenset[str]] = {
    # The settings catalog accepts only these. Compliance policies for Linux are based on it.
    "configurationPolicies": _CATALOG_PROPERTIES,
    "compliancePolicies": _CATALOG_PROPERTIES | {"scheduledActionsForRule"},
}
_Parts = Mapping[str, "_Parts"]
_PARTS: _Parts = {
    "settings": {},
    "apps": {},
    RELATIONSHIPS: {},
    **{name: {} for name in FILES},
    "scheduledActionsForRule": {"scheduledActionConfigurations": {}},
    "definitionValues": {"presentationValues": {}},
    ITEMS: {},
    "localizedNotificationMessages": {},
    "combinationConfigurations": {},
}
"""Lists whose elements get their ids, versions and times from Graph."""
_READ_ONLY_IN_PARTS = frozenset({"id", "version", "createdDateTime", "lastModifiedDateTime"})
_CONDITIONAL_ACCESS = "conditionalAccessPolicies"
_DEPLOYMENT_PROFILES = "windowsAutopilotDeploymentProfiles"
# Graph returns the whole role; only its id counts.
_ROLE = "roleDefinition"


def writable(content: JSONObject, policy_type: PolicyType) -> JSONObject:
    """Return the part of a policy that Graph accepts in a write; the argument is not changed."""
    if policy_type.key == _DEPLOYMENT_PROFILES:
        content = with_successors(content)
    content = with_own_facts(without_apps_of_group(content))
    dropped = never_sent(content, policy_type.key)
    only = _ONLY.get(policy_type.key)
    kept = {
        name: value
        for name, value in content.items()
        if name not in dropped and not is_noise(name) and (only is None or name in only)
    }
    body = {name: _writable_value(name, value, _PARTS) for name, value in kept.items()}
    accepted = _ACCEPTED.get(policy_type.key)
    return accepted(body) if accepted else body


def is_default(content: JSONObject, policy_type: PolicyType) -> bool:
    """Say whether this is a default policy: every tenant has it once, and it can be changed but not created."""
    if policy_type.key == "intuneBrandingProfiles":
        return content.get("isDefaultProfile") is True
    return policy_type.key == "deviceEnrollmentConfigurations" and (
        "_Default" in str(content.get("id", "")) or content.get("priority") == 0
    )


def is_well_formed(content: JSONObject) -> bool:
    """Say whether the sub-resources in the content are lists of objects, as far as there are any."""
    return _parts_are_well_formed(content, _PARTS)


def changes_of(content: JSONObject, live: JSONObject, policy_type: PolicyType) -> frozenset[str]:
    """Return the names of the root properties that an update to `content` would change.

    For types that are updated with PATCH, properties that `content` lacks do not count; a PUT replaces everything.
    """
    wanted, present = comparable(content, policy_type), comparable(live, policy_type)
    names = wanted.keys() | present.keys() if policy_type.update_method == "PUT" else wanted.keys()
    changed = frozenset(name for name in names if wanted.get(name) != present.get(name))
    return changed - set_once(content, policy_type.key)


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


def _accepted_access_policy(body: JSONObject) -> JSONObject:
    """Return a Conditional Access policy without what every read shows and no write accepts.

    Only the id of an authentication strength (msgraph-sdk-powershell #3089); no device states, which are deprecated; no
    `disableResilienceDefaults` that is false (IntuneManagement, CIPP).
    """
    changed = dict(body)
    controls, conditions, session = (body.get(name) for name in ("grantControls", "conditions", "sessionControls"))
    strength = controls.get("authenticationStrength") if isinstance(controls, dict) else None
    if isinstance(controls, dict) and isinstance(strength, dict):
        changed["grantControls"] = {**controls, "authenticationStrength": {"id": strength.get("id")}}
    if isinstance(conditions, dict) and "deviceStates" in conditions:
        changed["conditions"] = {name: value for name, value in conditions.items() if name != "deviceStates"}
    if isinstance(session, dict) and session.get("disableResilienceDefaults") is False:
        changed["sessionControls"] = {**session, "disableResilienceDefaults": None}
    return changed


_ACCEPTED: Mapping[str, Callable[[JSONObject], JSONObject]] = {
    _CONDITIONAL_ACCESS: _accepted_access_policy,
    "policySets": accepted_policy_set,
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
