"""What a tenant's documents cause: which policies are enforced, and which references are broken."""

from __future__ import annotations

from collections.abc import Iterator

from ops_admin.simulator.references import Reference, dangling_links, is_known, references_in
from ops_admin.simulator.resources import RESOURCES
from ops_admin.simulator.secrets import secret_values
from ops_admin.simulator.shapes import Document, Resource
from ops_admin.simulator.tenants import Tenant

SHOWN_AS = {"scopeTag": "Scope Tag Deleted"}
"""What the portal shows (IntuneCD #177). For other kinds it shows nothing, or an error when the policy is opened."""


def live(tenant: Tenant) -> dict[str, list[Document]]:
    """Return the Conditional Access policies in force. They are from their creation on (IntuneManagement #298)."""
    policies = tenant.collection("conditionalAccessPolicies").values()
    return {
        "live": [_access(each) for each in policies if each.get("state") == "enabled"],
        "report_only": [_access(each) for each in policies if each.get("state", "").startswith("enabledForReporting")],
    }


def broken(tenant: Tenant) -> list[Document]:
    """Return every reference to something that the tenant does not have."""
    rows: list[Document] = []
    for resource in RESOURCES:
        if resource.read_only:
            continue
        for document in tenant.collection(resource.key).values():
            rows.extend(_row(resource, document, each) for each in _dead(tenant, resource, document))
    return rows


def _access(policy: Document) -> Document:
    since = policy.get("modifiedDateTime") or policy.get("createdDateTime")
    return {"id": policy["id"], "displayName": policy["displayName"], "state": policy["state"], "since": since}


def _dead(tenant: Tenant, resource: Resource, document: Document) -> Iterator[Reference]:
    yield from (each for each in references_in(resource, document) if not is_known(tenant, each))
    yield from dangling_links(tenant, resource, document)
    for value in secret_values(document):
        if value.get("value") not in tenant.secrets:
            yield Reference("secret", "settings", str(value.get("value")))


def _row(resource: Resource, document: Document, reference: Reference) -> Document:
    return {
        "type": resource.key,
        "id": document["id"],
        "name": document.get(resource.name_field),
        "place": reference.place,
        "kind": reference.kind,
        "value": reference.value,
        "shown": SHOWN_AS.get(reference.kind),
    }
