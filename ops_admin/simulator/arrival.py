"""What the service itself sets on a new object."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ops_admin.simulator.enrollment_order import last_priority
from ops_admin.simulator.managed_apps import with_apps_of_group
from ops_admin.simulator.publishing import WAITING
from ops_admin.simulator.references import find_payload
from ops_admin.simulator.relations import kind_of
from ops_admin.simulator.resources import BY_KEY, MANAGED_APP_POLICIES
from ops_admin.simulator.schema import load_schema
from ops_admin.simulator.shapes import Document, Resource
from ops_admin.simulator.tenants import Tenant

PACKAGES = ("mobileLobApp", "managedMobileLobApp")
FROM_A_STORE = "winGetApp"


def as_it_arrives(resource: Resource, tenant: Tenant, content: Document) -> Document:
    """Return the content of a new document with what the service adds."""
    decide = ARRIVALS.get(resource.key, _nothing)
    if not tenant.conduct.strict:
        return decide(tenant, content) if resource.key in ALWAYS else content
    return decide(tenant, {name: value for name, value in content.items() if not _is_known(resource, name)})


def _is_known(resource: Resource, name: str) -> bool:
    """In a collection of a single type, objects do not carry their `@odata.type`."""
    return name == "@odata.type" and not resource.polymorphic


def is_package(document: Document) -> bool:
    """Whether this is an app whose content is uploaded."""
    kind = kind_of(BY_KEY["mobileApps"], document)
    return any(load_schema().is_a(kind, package) for package in PACKAGES)


def _nothing(_tenant: Tenant, content: Document) -> Document:
    return content


def _app(tenant: Tenant, content: Document) -> Document:
    """A package has no content yet, and a store app is published later (IntuneManagement:
    Start-PostImportApplication).
    """
    if is_package(content):
        state = {"publishingState": "notPublished", "uploadState": 0}
        return {**content, **state, "committedContentVersion": None, "size": 0}
    if tenant.conduct.publishing_seconds and kind_of(BY_KEY["mobileApps"], content) == FROM_A_STORE:
        return {**content, "publishingState": WAITING}
    return content


def _enrollment(tenant: Tenant, content: Document) -> Document:
    return {**content, "priority": content.get("priority") or last_priority(tenant, content)}


def _template(_tenant: Tenant, content: Document) -> Document:
    """The service finds out where definitions come from; they are added by a call of their own."""
    return {"policyConfigurationIngestionType": "unknown", **content}


def _managed_apps(key: str) -> Callable[[Tenant, Document], Document]:
    """A policy for a group of apps has whatever apps the group has."""
    return lambda _tenant, content: with_apps_of_group(key, content)


def _app_configuration(tenant: Tenant, content: Document) -> Document:
    """A configuration for a Play Store app says whether that app is one of a device's maker."""
    if kind_of(BY_KEY["mobileAppConfigurations"], content) != "androidManagedStoreAppConfiguration":
        return content
    apps = [tenant.collection("mobileApps").get(each, {}) for each in content.get("targetedMobileApps") or []]
    return {**content, "appSupportsOemConfig": any(app.get("supportsOemConfig") for app in apps)}


def _deployment_profile(_tenant: Tenant, content: Document) -> Document:
    """Each property that was replaced by another shows the same."""
    new = content.get("outOfBoxExperienceSetting") or {}
    old = {name: new[successor] for name, successor in FIRST_START.items() if successor in new}
    same = {name: content[successor] for name, successor in REPLACED.items() if successor in content}
    return {**content, **same, **({"outOfBoxExperienceSettings": old} if old else {})}


def _scope_tag(tenant: Tenant, content: Document) -> Document:
    """Scope tags are numbered in the order of their creation."""
    numbers = [int(each) for each in tenant.collection("roleScopeTags") if each.isdigit()]
    return {**content, "id": str(max(numbers, default=0) + 1)}


def _policy_set(tenant: Tenant, content: Document) -> Document:
    return {**content, "items": [as_an_item(tenant, item) for item in content.get("items") or []]}


def as_an_item(tenant: Tenant, item: Document) -> Document:
    """Return an item of a policy set with a state of its own, and what it shows of what it leads to."""
    payload = find_payload(tenant, str(item.get("payloadId"))) or {}
    name = payload.get("displayName", payload.get("name"))
    shown = {"displayName": name, "itemType": payload.get("@odata.type") or item.get("@odata.type")}
    return {"guidedDeploymentTags": [], **item, **shown, "status": "success", "errorCode": "noError"}


# The older properties of a deployment profile, which only reads show, and what writes set (the schema's descriptions).
REPLACED = {
    "enableWhiteGlove": "preprovisioningAllowed",
    "extractHardwareHash": "hardwareHashExtractionEnabled",
    "language": "locale",
}
FIRST_START = {
    "hidePrivacySettings": "privacySettingsHidden",
    "hideEULA": "eulaHidden",
    "userType": "userType",
    "deviceUsageType": "deviceUsageType",
    "skipKeyboardSelectionPage": "keyboardSelectionPageSkipped",
    "hideEscapeLink": "escapeLinkHidden",
}
ALWAYS = frozenset(
    {"deviceEnrollmentConfigurations", "groupPolicyConfigurations", "windowsAutopilotDeploymentProfiles"}
    | {"roleScopeTags"}
)
"""Types for which a lenient tenant does so, too."""

ARRIVALS: Mapping[str, Callable[[Tenant, Document], Document]] = {
    **{each.key: _managed_apps(each.key) for each in MANAGED_APP_POLICIES},
    "deviceEnrollmentConfigurations": _enrollment,
    "groupPolicyConfigurations": _template,
    "mobileAppConfigurations": _app_configuration,
    "mobileApps": _app,
    "policySets": _policy_set,
    "roleScopeTags": _scope_tag,
    "windowsAutopilotDeploymentProfiles": _deployment_profile,
}
