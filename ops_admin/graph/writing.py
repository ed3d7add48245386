"""Creates and updates policies: which calls each type needs. What a body may contain is in `bodies`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ops_admin.graph.addresses import path_of
from ops_admin.graph.app_locker import FILES
from ops_admin.graph.app_relationships import RELATIONSHIPS
from ops_admin.graph.bodies import changes_of, writable
from ops_admin.graph.client import GraphClient
from ops_admin.graph.contexts import create_context
from ops_admin.graph.drafts import find_id
from ops_admin.graph.errors import UNEXPECTED_RESPONSE, GraphError
from ops_admin.graph.further_calls import FURTHER_CALLS
from ops_admin.graph.links import bound, write_links
from ops_admin.graph.resources import PolicyType
from ops_admin.graph.rollouts import rescheduled
from ops_admin.graph.transport import JSONObject
from ops_admin.graph.unwritable import set_once
from ops_admin.redaction.secret_marks import Secrets, put_back, unknown_places
from ops_admin.references.link_kinds import links_of

_INSTANCE_PROPERTIES = frozenset({"displayName", "description", "roleScopeTagIds"})
_NOT_AT_FIRST: Mapping[str, frozenset[str]] = {
    # A create does not take these: further calls do, which are those of an update.
    "authenticationStrengthPolicies": frozenset({"combinationConfigurations"}),
    "groupPolicyConfigurations": frozenset({"definitionValues"}),
    "mdmWindowsInformationProtectionPolicies": FILES,
    "mobileApps": frozenset({RELATIONSHIPS, "categories"}),
    "notificationMessageTemplates": frozenset({"localizedNotificationMessages"}),
}
_ONLY_AT_FIRST: Mapping[str, frozenset[str]] = {
    # A create takes only these, and an update all others.
    "intuneBrandingProfiles": frozenset({"profileName", "profileDescription", "roleScopeTagIds"}),
}
NO_SECRETS: Secrets = {}
ENROLLMENT = "deviceEnrollmentConfigurations"
_PRIORITY = "priority"
_ROLE = "roleDefinition"
_ROLE_BIND = "roleDefinition@odata.bind"


class SecretsUnknown(ValueError):
    """The policy has secrets whose values are not known. What stands for them is never sent (R56)."""


@dataclass(frozen=True)
class Created:
    """A policy that was created."""

    external_id: str


def create_policy(
    client: GraphClient,
    policy_type: PolicyType,
    content: JSONObject,
    on_created: Callable[[str], None] = lambda _: None,
    secrets: Secrets = NO_SECRETS,
) -> Created:
    """Create a policy with all its sub-resources; raises GraphError, SecretsUnknown.

    `on_created` is called with the new id at once, before the further calls that some types need. If one of those
    fails, `update_policy` and `move_up` can complete the policy. `secrets` are the plain values behind the marks in
    `content`.
    """
    body = _sendable(content, policy_type, secrets)
    first = {name: value for name, value in body.items() if _is_taken_at_first(name, policy_type)}
    created = _CREATES.get(policy_type.key, _create_item)(client, policy_type, first)
    external_id = find_id(created)
    if external_id is None:
        raise GraphError(UNEXPECTED_RESPONSE)
    on_created(external_id)
    if policy_type.key in _ONLY_AT_FIRST:
        update_policy(client, policy_type, external_id, content, created, secrets)
    else:
        added = frozenset(name for name in body.keys() - first.keys() if body[name])
        _write_apart(client, policy_type, external_id, body, created, added)
    move_up(client, policy_type, external_id, body, created)
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
    further = FURTHER_CALLS.get(policy_type.key, {}).keys()
    apart = further | links_of(policy_type.key, content).targets.keys()
    left_alone = unknown_properties(content, policy_type, secrets) - changed
    whole = body = _sendable(content, policy_type, secrets, left_alone)
    replaces = policy_type.update_method == "PUT" and not left_alone
    if changed - apart:
        # An unchanged role is left out: not every tenant's Graph accepts the link in a PATCH.
        left_out = apart | set_once(content, policy_type.key) | ({_ROLE} - changed)
        if policy_type.update_method == "PUT" and not replaces:
            # Where a PUT is usual, a PATCH may only contain what is to change.
            body = {name: body.get(name) for name in changed}
        sent = {name: value for name, value in body.items() if name not in left_out}
        send = client.put if replaces else client.patch
        send(policy_type.item_path(external_id), _with_role_bind(client, sent), version=policy_type.version)
    # A PUT of the policy also overwrites what further calls set.
    overwritten = further if replaces and changed else frozenset()
    _write_apart(client, policy_type, external_id, whole, live, changed | overwritten)


def _write_apart(
    client: GraphClient,
    policy_type: PolicyType,
    external_id: str,
    body: JSONObject,
    live: JSONObject,
    names: frozenset[str],
) -> None:
    """Write those of these properties that no body of the policy itself contains."""
    if names & links_of(policy_type.key, body).targets.keys():
        write_links(client, policy_type, external_id, body, live)
    calls = FURTHER_CALLS.get(policy_type.key, {})
    for call in dict.fromkeys(calls[name] for name in calls if name in names):
        call(client, policy_type.item_path(external_id), body, live)


def move_up(
    client: GraphClient, policy_type: PolicyType, external_id: str, content: JSONObject, live: JSONObject
) -> None:
    """Move a new enrollment configuration up to its priority; raises GraphError. Can be repeated.

    Where there are fewer others, the last place is right.
    """
    wanted, given = content.get(_PRIORITY), live.get(_PRIORITY)
    if policy_type.key == ENROLLMENT and isinstance(wanted, int) and isinstance(given, int) and 0 < wanted < given:
        path = policy_type.item_path(external_id, "setPriority")
        client.post(path, {_PRIORITY: wanted}, version=policy_type.version, idempotent=True)


def _is_taken_at_first(name: str, policy_type: PolicyType) -> bool:
    only = _ONLY_AT_FIRST.get(policy_type.key)
    return name not in _NOT_AT_FIRST.get(policy_type.key, ()) and (only is None or name in only)


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


def _create_item(client: GraphClient, policy_type: PolicyType, body: JSONObject) -> JSONObject:
    sent = bound(client, policy_type, _with_role_bind(client, body))
    return client.post(policy_type.path, sent, version=policy_type.version)


def _create_intent(client: GraphClient, policy_type: PolicyType, body: JSONObject) -> JSONObject:
    """Create an intent as an instance of its template; `settingsDelta` are the settings that differ from it."""
    template_id = body.get("templateId")
    if not isinstance(template_id, str):
        return _create_item(client, policy_type, body)
    kept = {name: value for name, value in body.items() if name in _INSTANCE_PROPERTIES}
    instance = {**kept, "settingsDelta": body.get("settings") or []}
    path = f"deviceManagement/templates/{path_of(template_id)}/createInstance"
    return client.post(path, instance, version=policy_type.version)


def _create_enrollment(client: GraphClient, policy_type: PolicyType, body: JSONObject) -> JSONObject:
    """Create an enrollment configuration after all others of its kind: a priority that is taken is a conflict."""
    return _create_item(client, policy_type, {name: value for name, value in body.items() if name != _PRIORITY})


def _create_app(client: GraphClient, policy_type: PolicyType, body: JSONObject) -> JSONObject:
    """Create an app; "not configured" is what Graph shows of a Microsoft 365 app, and does not take."""
    name = "officeSuiteAppDefaultFileFormat"
    unset = {name} if body.get(name) == "notConfigured" else set()
    return _create_item(client, policy_type, {each: value for each, value in body.items() if each not in unset})


def _create_feature_update(client: GraphClient, policy_type: PolicyType, body: JSONObject) -> JSONObject:
    """Create a profile for a feature update. Its rollout may have begun since it was captured."""
    return _create_item(client, policy_type, rescheduled(body))


def _create_app_configuration(client: GraphClient, policy_type: PolicyType, body: JSONObject) -> JSONObject:
    """Create a configuration of managed apps. Most have no settings from the catalog, and never had such a list."""
    left_out = () if body.get("settings") else ("settings",)
    return _create_item(client, policy_type, {name: value for name, value in body.items() if name not in left_out})


_Create = Callable[[GraphClient, PolicyType, JSONObject], JSONObject]
_CREATES: Mapping[str, _Create] = {
    "authenticationContextClassReferences": create_context,
    ENROLLMENT: _create_enrollment,
    "intents": _create_intent,
    "mobileApps": _create_app,
    "windowsFeatureUpdateProfiles": _create_feature_update,
    "targetedManagedAppConfigurations": _create_app_configuration,
}


def _with_role_bind(client: GraphClient, body: JSONObject) -> JSONObject:
    """Replace a role assignment's role by a link: Graph does not accept the role itself."""
    role = body.get(_ROLE)
    if not isinstance(role, dict):
        return body
    link = client.address("deviceManagement/roleDefinitions") + f"('{role.get('id')}')"
    return {**{name: value for name, value in body.items() if name != _ROLE}, _ROLE_BIND: link}
