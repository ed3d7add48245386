"""How apps are related: each says what it depends on and what it supersedes, and reads show both ends.

The other end sees the relationship with `targetType` "parent", and both show facts about the other app.
"""

from __future__ import annotations

from collections.abc import Iterator

from ops_admin.simulator.errors import bad_request
from ops_admin.simulator.refusals.words import unexplained
from ops_admin.simulator.shapes import Document, Resource
from ops_admin.simulator.tenants import Tenant

RELATIONSHIPS = "relationships"
DEPENDENCY = "#microsoft.graph.mobileAppDependency"
SUPERSEDENCE = "#microsoft.graph.mobileAppSupersedence"
_NEEDED = {DEPENDENCY: "dependencyType", SUPERSEDENCE: "supersedenceType"}


def with_both_ends(tenant: Tenant, resource: Resource, app: Document) -> Document:
    """Return an app with its relationships as reads show them."""
    children = [_shown(tenant, app["id"], row["targetId"], row, "child") for row in app[RELATIONSHIPS]]
    return {**app, RELATIONSHIPS: [*children, *_parents(tenant, resource, app)]}


def counts(rows: list[Document]) -> Document:
    """Return what an app says of the apps that it depends on, and of those that it supersedes."""
    kinds = [row.get("@odata.type") for row in rows]
    return {"dependentAppCount": kinds.count(DEPENDENCY), "supersededAppCount": kinds.count(SUPERSEDENCE)}


def check_relationships(app: Document, rows: list[Document]) -> None:
    """Raise 400 for what no app can be related by: only its own end, completely, to another app, and once."""
    for row in rows:
        needed = _NEEDED.get(row.get("@odata.type", ""))
        if needed is None or not row.get(needed):
            raise unexplained()
        if row.get("targetType", "child") != "child" or row.get("targetId") == app["id"]:
            raise bad_request("An app is related to apps that it depends on or supersedes.", intune=True)
    targets = [row.get("targetId") for row in rows]
    if len(targets) != len(set(targets)):
        raise bad_request("An app is related to another one only once.", intune=True)


def _parents(tenant: Tenant, resource: Resource, app: Document) -> Iterator[Document]:
    for other in tenant.documents(resource).values():
        for row in other[RELATIONSHIPS]:
            if row["targetId"] == app["id"]:
                yield _shown(tenant, app["id"], other["id"], row, "parent")


def _shown(tenant: Tenant, source_id: str, target_id: str, row: Document, end: str) -> Document:
    target = tenant.collection("mobileApps").get(target_id, {})
    kept = {name: value for name, value in row.items() if name in ("@odata.type", *_NEEDED.values())}
    return {
        **kept,
        "id": f"{source_id}_{target_id}",
        "sourceId": source_id,
        "targetId": target_id,
        "targetDisplayName": target.get("displayName"),
        "targetDisplayVersion": target.get("displayVersion"),
        "targetPublisher": target.get("publisher"),
        "targetType": end,
    }
