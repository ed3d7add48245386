"""Ids inside policies: where each type of policy holds them, and what they point to (R55). Pure.

`PLACES` is a declaration, which `find` and `replace` follow, so that no id reaches another tenant unseen; `undeclared`
finds the ids at other places.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import replace as replace_fields
from enum import StrEnum
from typing import Any

from ops_admin.references.link_kinds import links_of
from ops_admin.references.well_known import APPLICATIONS, OF_MICROSOFT, ROLE_TEMPLATES, STRENGTHS, WORDS

JSONObject = dict[str, Any]

NOBODY = "00000000-0000-0000-0000-000000000000"
"""Stands for nothing, or for the IPs that are trusted for multifactor authentication."""


class Kind(StrEnum):
    """What an id points to."""

    GROUP = "group"
    SCOPE_TAG = "scope_tag"
    NOTIFICATION = "notification_template"
    COMPLIANCE_SCRIPT = "compliance_script"
    APP = "app"
    APP_CATEGORY = "app_category"
    APP_CONFIGURATION = "app_configuration"
    APP_POLICY = "app_policy"
    """App protection, and app configuration for managed apps."""
    CATALOG_POLICY = "settings_catalog"
    COMPLIANCE_POLICY = "compliance_policy"
    DEPLOYMENT_PROFILE = "deployment_profile"
    ENROLLMENT = "enrollment_configuration"
    PROVISIONING_PROFILE = "provisioning_profile"
    SCRIPT = "script"
    CONFIGURATION = "configuration"
    REUSABLE_SETTING = "reusable_setting"
    LOCATION = "named_location"
    STRENGTH = "authentication_strength"
    CONTEXT = "authentication_context"
    TERMS = "terms_of_use"
    TUNNEL_SITE = "tunnel_site"
    ROLE = "role"
    DEFINITION = "template_setting"
    """A setting of an administrative template that the tenant uploaded: it has no place of its own."""
    DIRECTORY_ROLE = "directory_role"
    USER = "user"
    APPLICATION = "application"
    SERVICE_PRINCIPAL = "service_principal"


@dataclass(frozen=True)
class Place:
    """A property that holds ids, by the names that lead there; lists on the way are entered.

    `words` mean the same in every tenant. `kinds` are for a property that leads to things of several kinds: the kind by
    the `@odata.type` of the object that has the property, without its namespace.
    """

    path: tuple[str, ...]
    kind: Kind
    words: frozenset[str] = frozenset()
    kinds: tuple[tuple[str, Kind], ...] = ()

    @property
    def name(self) -> str:
        """The property's own name, as users are told."""
        return self.path[-2] if self.path[-1] == "id" else self.path[-1]

    def within(self, owner: Mapping[str, Any]) -> "Place":
        """Return the place as the object that has the property means it."""
        of_type = str(owner.get("@odata.type", "")).rpartition(".")[2]
        return replace_fields(self, kind=dict(self.kinds).get(of_type, self.kind))


@dataclass(frozen=True)
class Reference:
    """One id that points to something of the tenant, and the name of that, where the policy itself says it."""

    kind: Kind
    id: str
    place: str
    name: str | None = None


@dataclass(frozen=True)
class Thing:
    """Something that policies can refer to. `type` is its `@odata.type`, where there are several."""

    id: str
    name: str
    type: str | None = None


@dataclass(frozen=True)
class Undeclared:
    """An id at a place that nobody declared."""

    place: str
    id: str


_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_REUSABLE = "#microsoft.graph.deviceManagementConfigurationReferenceSettingValue"
_TAGS = "roleScopeTagIds"
_DEFAULT_TAG = frozenset({"0"})
_ACTIONS = ("scheduledActionsForRule", "scheduledActionConfigurations")
_KIOSK = ("kioskProfiles",)
_SCHEDULED = (
    Place((*_ACTIONS, "notificationTemplateId"), Kind.NOTIFICATION, frozenset({NOBODY})),
    Place((*_ACTIONS, "notificationMessageCCList"), Kind.GROUP),
)
_USERS: tuple[tuple[str, Kind, frozenset[str]], ...] = (
    ("Users", Kind.USER, WORDS),
    ("Groups", Kind.GROUP, frozenset()),
    ("Roles", Kind.DIRECTORY_ROLE, WORDS | ROLE_TEMPLATES),
)
_WAYS = ("include", "exclude")
_OF_AN_INSTALLATION = (
    "cellularSliceConfigurationId",
    "contentFilterConfigurationId",
    "ddmAppConfigId",
    "dnsProxyConfigurationId",
    "relayConfigurationId",
    "vpnConfigurationId",
)
"""What the installation of an app can need."""
OF_A_POLICY_SET: Mapping[str, Kind] = {
    f"{name}PolicySetItem": kind
    for name, kind in (
        ("deviceCompliancePolicy", Kind.COMPLIANCE_POLICY),
        ("deviceConfiguration", Kind.CONFIGURATION),
        ("deviceManagementConfigurationPolicy", Kind.CATALOG_POLICY),
        ("deviceManagementScript", Kind.SCRIPT),
        ("enrollmentRestrictionsConfiguration", Kind.ENROLLMENT),
        ("iosLobAppProvisioningConfiguration", Kind.PROVISIONING_PROFILE),
        ("managedAppProtection", Kind.APP_POLICY),
        ("managedDeviceMobileAppConfiguration", Kind.APP_CONFIGURATION),
        ("mdmWindowsInformationProtectionPolicy", Kind.APP_POLICY),
        ("mobileApp", Kind.APP),
        ("targetedManagedAppConfiguration", Kind.APP_POLICY),
        ("windows10EnrollmentCompletionPageConfiguration", Kind.ENROLLMENT),
        ("windowsAutopilotDeploymentProfile", Kind.DEPLOYMENT_PROFILE),
    )
}
"""What the items of a policy set lead to, by their types."""
PLACES: Mapping[str, tuple[Place, ...]] = {
    "assignmentFilters": (Place(("roleScopeTags",), Kind.SCOPE_TAG, _DEFAULT_TAG),),
    "compliancePolicies": _SCHEDULED,
    "conditionalAccessPolicies": (
        *(Place(("conditions", "users", f"{way}{what}"), kind, words) for what, kind, words in _USERS for way in _WAYS),
        *(Place(("conditions", "locations", f"{way}Locations"), Kind.LOCATION, WORDS | {NOBODY}) for way in _WAYS),
        *(
            Place(("conditions", "applications", f"{way}Applications"), Kind.APPLICATION, WORDS | APPLICATIONS)
            for way in _WAYS
        ),
        *(
            Place(("conditions", "clientApplications", f"{way}ServicePrincipals"), Kind.SERVICE_PRINCIPAL, WORDS)
            for way in _WAYS
        ),
        Place(("conditions", "applications", "includeAuthenticationContextClassReferences"), Kind.CONTEXT),
        Place(("grantControls", "authenticationStrength", "id"), Kind.STRENGTH, STRENGTHS),
        Place(("grantControls", "termsOfUse"), Kind.TERMS),
    ),
    "deviceCompliancePolicies": (
        *_SCHEDULED,
        Place(("deviceCompliancePolicyScript", "deviceComplianceScriptId"), Kind.COMPLIANCE_SCRIPT),
    ),
    "deviceConfigurations": (
        Place(("kioskModeManagedAppId",), Kind.APP),
        Place((*_KIOSK, "appConfiguration", "apps", "appId"), Kind.APP),
        Place((*_KIOSK, "appConfiguration", "uwpApp", "appId"), Kind.APP),
        Place((*_KIOSK, "userAccountsConfiguration", "groupId"), Kind.GROUP),
        Place((*_KIOSK, "userAccountsConfiguration", "userId"), Kind.USER),
        Place(("microsoftTunnelSiteId",), Kind.TUNNEL_SITE),
        Place(("perAppVPNProfileId",), Kind.CONFIGURATION),
    ),
    "deviceEnrollmentConfigurations": (
        Place(("selectedMobileAppIds",), Kind.APP),
        Place(("notificationMessageTemplateId",), Kind.NOTIFICATION, frozenset({NOBODY})),
    ),
    "mobileAppConfigurations": (Place(("targetedMobileApps",), Kind.APP),),
    "mobileApps": (
        Place(("categories", "id"), Kind.APP_CATEGORY),
        Place(("relationships", "targetId"), Kind.APP),
    ),
    "policySets": (
        Place(("items", "payloadId"), Kind.CONFIGURATION, kinds=tuple(OF_A_POLICY_SET.items())),
        *(Place(("items", "settings", name), Kind.CONFIGURATION) for name in _OF_AN_INSTALLATION),
        Place(("roleScopeTags",), Kind.SCOPE_TAG, _DEFAULT_TAG),
    ),
    "roleAssignments": (
        Place(("members",), Kind.GROUP),
        Place(("scopeMembers",), Kind.GROUP),
        Place(("resourceScopes",), Kind.GROUP),
        Place(("roleDefinition", "id"), Kind.ROLE),
        Place(("roleScopeTags", "id"), Kind.SCOPE_TAG, _DEFAULT_TAG),
    ),
}
"""The places of each type, besides scope tags, links, and reusable settings, which are found wherever they are."""
_ANYWHERE = (Place((_TAGS,), Kind.SCOPE_TAG, _DEFAULT_TAG),)
_NAMES = ("displayName", "name")
_SETTINGS = "settings"

Meaning = Callable[[Reference], str | None]
"""Returns the id to write instead, or None to leave it out."""


def places_of(type_key: str, content: JSONObject) -> tuple[Place, ...]:
    """Return where a policy can hold ids."""
    of_type = PLACES.get(type_key, ())
    declared = {place.path[0] for place in of_type}
    links = [name for name in links_of(type_key, content).targets if name not in declared]
    return (*of_type, *_ANYWHERE, *(Place((name, "id"), Kind.CONFIGURATION) for name in links))


def find(content: JSONObject, type_key: str) -> list[Reference]:
    """Return the references of a policy without duplicates, in the order of their places."""
    found: dict[tuple[Kind, str], Reference] = {}

    def note(reference: Reference) -> str:
        found.setdefault((reference.kind, reference.id), reference)
        return reference.id

    replace(content, type_key, note)
    return list(found.values())


def replace(content: JSONObject, type_key: str, meaning: Meaning) -> JSONObject:
    """Return the policy with every id replaced by what it means; the argument is not changed."""
    return _with_meaning(content, places_of(type_key, content), meaning)


def _with_meaning(content: JSONObject, places: Iterable[Place], meaning: Meaning) -> JSONObject:
    changed: Any = content
    for place in places:
        changed = _replaced(changed, place, place.path, meaning)
    if isinstance(changed.get(_SETTINGS), list):
        changed = {**changed, _SETTINGS: _with_reusable(changed[_SETTINGS], meaning)}
    return dict(changed)


def undeclared(content: JSONObject, type_key: str) -> Iterator[Undeclared]:
    """Yield whatever looks like an id at a place that is not declared, except for Microsoft's own applications."""
    places = [Place(place.path, place.kind, kinds=place.kinds) for place in places_of(type_key, content)]
    rest = _with_meaning(content, places, lambda _reference: None)
    body = {name: value for name, value in rest.items() if name not in ("id", "templateId", "templateReference")}
    yield from ids_within("", body)


def _replaced(node: Any, place: Place, path: tuple[str, ...], meaning: Meaning) -> Any:
    """Return a copy of the node with the ids at the path replaced; what is not on the way is shared."""
    if isinstance(node, list):
        return _present(_replaced(each, place, path, meaning) for each in node)
    if not path:
        return _meant(node, place, None, meaning)
    if not isinstance(node, dict) or path[0] not in node:
        return node
    name, *rest = path
    if not rest and (name == "id" or place.kinds):
        meant = _meant(node[name], place.within(node), _name_in(node), meaning)
        return None if meant is None else {**node, name: meant}
    return {**node, name: _replaced(node[name], place, tuple(rest), meaning)}


def _meant(value: Any, place: Place, name: str | None, meaning: Meaning) -> Any:
    if not isinstance(value, str) or not value or _is_same_everywhere(value, place):
        return value
    return meaning(Reference(place.kind, value, place.name, name))


def _is_same_everywhere(text: str, place: Place) -> bool:
    is_microsoft = place.kind is Kind.APPLICATION and OF_MICROSOFT.fullmatch(text.lower())
    return text in place.words or text.lower() in place.words or bool(is_microsoft)


def _present(values: Iterator[Any]) -> list[Any]:
    """Return the values that are left, each once."""
    kept: list[Any] = []
    for each in values:
        if each is not None and each not in kept:
            kept.append(each)
    return kept


def _name_in(node: Mapping[str, Any]) -> str | None:
    return next((node[name] for name in _NAMES if isinstance(node.get(name), str)), None)


def _with_reusable(node: Any, meaning: Meaning) -> Any:
    """Replace references to reusable settings, at any depth."""
    if isinstance(node, list):
        return [_with_reusable(each, meaning) for each in node]
    if not isinstance(node, dict):
        return node
    if node.get("@odata.type") == _REUSABLE and isinstance(node.get("value"), str):
        return {**node, "value": meaning(Reference(Kind.REUSABLE_SETTING, node["value"], "settings"))}
    return {name: _with_reusable(value, meaning) for name, value in node.items()}


def ids_within(place: str, value: Any) -> Iterator[Undeclared]:
    """Yield whatever looks like an id, except for Microsoft's own applications."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            # Another organisation's tenant is the same one everywhere.
            if not _is_annotation(name) and name != "externalTenants":
                yield from ids_within(place if name == "id" and place else name, inner)
    elif isinstance(value, list):
        for inner in value:
            yield from ids_within(place, inner)
    elif isinstance(value, str) and len(value) < _LONGEST_WITH_IDS:
        yield from (Undeclared(place, each) for each in _ID.findall(value) if not OF_MICROSOFT.fullmatch(each.lower()))


def _is_annotation(name: str) -> bool:
    """OData contexts and links name the object itself, whereas `…@odata.bind` names another."""
    return ("@odata." in name and not name.endswith("@odata.bind")) or name.startswith(("#", "@microsoft.graph."))


# Scripts, icons and certificates are longer; what they hold is their own.
_LONGEST_WITH_IDS = 4000
