"""Reads what policies refer to: id, name and kind of scope tags, locations, apps and the like (R55)."""

from collections.abc import Iterable, Mapping

from ops_admin.graph.addresses import path_of
from ops_admin.graph.batches import BatchRequest
from ops_admin.graph.client import GraphClient
from ops_admin.graph.contents import storable_text
from ops_admin.graph.drafts import find_id
from ops_admin.graph.errors import NOT_FOUND
from ops_admin.graph.transport import JSONObject
from ops_admin.references.declared import Kind, Thing

LISTS: Mapping[Kind, str] = {
    Kind.APP: "deviceAppManagement/mobileApps",
    Kind.APP_CATEGORY: "deviceAppManagement/mobileAppCategories",
    Kind.APP_CONFIGURATION: "deviceAppManagement/mobileAppConfigurations",
    Kind.APP_POLICY: "deviceAppManagement/managedAppPolicies",
    Kind.CATALOG_POLICY: "deviceManagement/configurationPolicies",
    Kind.COMPLIANCE_POLICY: "deviceManagement/deviceCompliancePolicies",
    Kind.COMPLIANCE_SCRIPT: "deviceManagement/deviceComplianceScripts",
    Kind.CONFIGURATION: "deviceManagement/deviceConfigurations",
    Kind.CONTEXT: "identity/conditionalAccess/authenticationContextClassReferences",
    Kind.DEPLOYMENT_PROFILE: "deviceManagement/windowsAutopilotDeploymentProfiles",
    Kind.DIRECTORY_ROLE: "directoryRoleTemplates",
    Kind.ENROLLMENT: "deviceManagement/deviceEnrollmentConfigurations",
    Kind.LOCATION: "identity/conditionalAccess/namedLocations",
    Kind.NOTIFICATION: "deviceManagement/notificationMessageTemplates",
    Kind.PROVISIONING_PROFILE: "deviceAppManagement/iosLobAppProvisioningConfigurations",
    Kind.REUSABLE_SETTING: "deviceManagement/reusablePolicySettings",
    Kind.ROLE: "deviceManagement/roleDefinitions",
    Kind.SCOPE_TAG: "deviceManagement/roleScopeTags",
    Kind.SCRIPT: "deviceManagement/deviceManagementScripts",
    Kind.STRENGTH: "identity/conditionalAccess/authenticationStrength/policies",
    Kind.TUNNEL_SITE: "deviceManagement/microsoftTunnelSites",
    Kind.TERMS: "identityGovernance/termsOfUse/agreements",
}
"""Kinds of which a tenant has few enough to read them all."""
_DIRECTORY: Mapping[Kind, tuple[str, str]] = {
    # What is asked for, and the property that holds the id in a policy.
    Kind.APPLICATION: ("servicePrincipals", "appId"),
    Kind.SERVICE_PRINCIPAL: ("servicePrincipals", "id"),
    Kind.USER: ("users", "id"),
}
_POLYMORPHIC = frozenset(
    {
        *(Kind.APP, Kind.APP_CONFIGURATION, Kind.APP_POLICY, Kind.COMPLIANCE_POLICY, Kind.CONFIGURATION),
        *(Kind.DEPLOYMENT_PROFILE, Kind.ENROLLMENT),
    }
)
_NAME_FIELDS = {Kind.CATALOG_POLICY: "name"}


def list_things(client: GraphClient, kind: Kind) -> dict[str, Thing]:
    """Return all things of a kind by id; raises GraphError."""
    things = (_thing(kind, item, "id") for item in client.items(LISTS[kind]))
    return {thing.id: thing for thing in things if thing}


def find_things(client: GraphClient, kind: Kind, ids: Iterable[str]) -> dict[str, Thing]:
    """Return the people and applications with these ids, as far as they exist; raises GraphError."""
    path, id_name = _DIRECTORY[kind]
    wanted = sorted(set(ids))
    requests = (
        BatchRequest(str(number), f"{path}/{path_of(each)}", params={"$select": "id,displayName"})
        if id_name == "id"
        else BatchRequest(str(number), path, params={"$filter": f"{id_name} eq {_quoted(each)}"})
        for number, each in enumerate(wanted)
    )
    found: dict[str, Thing] = {}
    for item_id, response in zip(wanted, client.batch(requests), strict=True):
        if response.error is not None and response.error.code == NOT_FOUND:
            continue
        body = response.json_object()
        rows = body.get("value", []) if id_name != "id" else [body]
        things = [thing for row in rows if (thing := _thing(kind, row, id_name))]
        found.update({item_id: things[0]} if things else {})
    return found


def find_named(client: GraphClient, kind: Kind, name: str) -> list[Thing]:
    """Return the people or applications with exactly this name; raises GraphError."""
    path, id_name = _DIRECTORY[kind]
    rows = client.items(path, params={"$filter": f"displayName eq {_quoted(name)}"})
    return [thing for row in rows if (thing := _thing(kind, row, id_name)) and thing.name == name]


def _thing(kind: Kind, item: JSONObject, id_name: str) -> Thing | None:
    item_id = item.get(id_name) if id_name != "id" else find_id(item)
    name = item.get(_NAME_FIELDS.get(kind, "displayName"))
    if not isinstance(item_id, str) or not isinstance(name, str):
        return None
    of_kind = item.get("@odata.type") if kind in _POLYMORPHIC else None
    return Thing(item_id, storable_text(name), of_kind if isinstance(of_kind, str) else None)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
