"""What Graph takes of a policy by calls of their own, in the order in which they are made."""

from collections.abc import Callable, Mapping

from ops_admin.graph.administrative_templates import plan_changes
from ops_admin.graph.app_locker import FILES, write_files
from ops_admin.graph.app_relationships import RELATIONSHIPS, update_relationships
from ops_admin.graph.client import GraphClient
from ops_admin.graph.combinations import set_combinations, write_configurations
from ops_admin.graph.managed_apps import TARGETS, change_settings, target_apps
from ops_admin.graph.messages import write_messages
from ops_admin.graph.policy_sets import ITEMS, changes_of_items
from ops_admin.graph.transport import JSONObject

_PICTURES = frozenset({"themeColorLogo", "lightBackgroundLogo", "landingPageCustomizedImage"})
Call = Callable[[GraphClient, str, JSONObject, JSONObject], object]
"""Makes what is at a path like the wanted policy; gets what is there now, too. Can be repeated."""


def _schedule_actions(client: GraphClient, item_path: str, body: JSONObject, _live: JSONObject) -> None:
    rules = {"deviceComplianceScheduledActionForRules": body.get("scheduledActionsForRule", [])}
    client.post(f"{item_path}/scheduleActionsForRules", rules, idempotent=True)


def _set_scheduled_actions(client: GraphClient, item_path: str, body: JSONObject, _live: JSONObject) -> None:
    rules = {"scheduledActions": body.get("scheduledActionsForRule", [])}
    client.post(f"{item_path}/setScheduledActions", rules, idempotent=True)


def _update_definition_values(client: GraphClient, item_path: str, body: JSONObject, live: JSONObject) -> None:
    changes = plan_changes(client, body.get("definitionValues") or [], live.get("definitionValues") or [])
    client.post(f"{item_path}/updateDefinitionValues", changes)


def _set_picture(name: str) -> Call:
    """Pictures are sent one by one: together they may be larger than Graph takes."""
    return lambda client, item_path, body, _live: client.patch(item_path, {name: body.get(name)})


def _update_intent_settings(client: GraphClient, item_path: str, body: JSONObject, live: JSONObject) -> None:
    ids = {setting.get("definitionId"): setting.get("id") for setting in live.get("settings") or []}
    settings = [
        {**setting, **({"id": ids[setting.get("definitionId")]} if setting.get("definitionId") in ids else {})}
        for setting in body.get("settings") or []
    ]
    client.post(f"{item_path}/updateSettings", {"settings": settings}, idempotent=True)


def _update_policy_set(client: GraphClient, item_path: str, body: JSONObject, live: JSONObject) -> None:
    client.post(f"{item_path}/update", changes_of_items(body.get(ITEMS) or [], live.get(ITEMS) or []))


_TARGETING: Mapping[str, Call] = dict.fromkeys(sorted(TARGETS), target_apps)

FURTHER_CALLS: Mapping[str, Mapping[str, Call]] = {
    "authenticationStrengthPolicies": {
        "allowedCombinations": set_combinations,
        "combinationConfigurations": write_configurations,
    },
    "deviceCompliancePolicies": {"scheduledActionsForRule": _schedule_actions},
    "compliancePolicies": {"scheduledActionsForRule": _set_scheduled_actions},
    "groupPolicyConfigurations": {"definitionValues": _update_definition_values},
    "intents": {"settings": _update_intent_settings},
    "policySets": {ITEMS: _update_policy_set},
    "intuneBrandingProfiles": {name: _set_picture(name) for name in sorted(_PICTURES)},
    "notificationMessageTemplates": {"localizedNotificationMessages": write_messages},
    "iosManagedAppProtections": _TARGETING,
    "androidManagedAppProtections": _TARGETING,
    "windowsManagedAppProtections": _TARGETING,
    "mdmWindowsInformationProtectionPolicies": dict.fromkeys(sorted(FILES), write_files),
    "mobileApps": {RELATIONSHIPS: update_relationships},
    "targetedManagedAppConfigurations": {**_TARGETING, "settings": change_settings},
}
"""By type and property: what sets it. A body of the policy itself must not contain it."""
