"""Policy sets: one action writes both items and assignments."""

from __future__ import annotations

import uuid

from ops_admin.simulator.actions.rows import rows
from ops_admin.simulator.arrival import as_an_item
from ops_admin.simulator.assigning import keep, targeted
from ops_admin.simulator.checks import body_of
from ops_admin.simulator.documents import revised
from ops_admin.simulator.errors import item_missing
from ops_admin.simulator.messages import Answer, Call
from ops_admin.simulator.reads import get_document
from ops_admin.simulator.references import references_in
from ops_admin.simulator.refusals.foreign_ids import check_references
from ops_admin.simulator.shapes import Document, Resource
from ops_admin.simulator.tenants import Tenant


def update_policy_set(call: Call, resource: Resource, tenant: Tenant, item_id: str) -> Answer:
    """Apply `addedPolicySetItems`, `updatedPolicySetItems`, `deletedPolicySetItems` and `assignments`. Answers 204.

    The assignments replace the existing ones. Without that parameter they stay.
    """
    body, current = body_of(call), get_document(resource, tenant, item_id)
    changed = revised(resource, {**current, "items": _items(resource, tenant, body, current)})
    assignments = [targeted(item_id, given) for given in rows(body, "assignments")]
    if tenant.conduct.strict:
        check_references(tenant, references_in(resource, {"items": changed["items"], "assignments": assignments}))
    keep(resource, tenant, changed, assignments if "assignments" in body else current["assignments"])
    return Answer(204)


def _items(resource: Resource, tenant: Tenant, body: Document, current: Document) -> list[Document]:
    gone = set(rows(body, "deletedPolicySetItems"))
    updated = {row.get("id"): row for row in rows(body, "updatedPolicySetItems")}
    present = {row["id"] for row in current["items"]}
    for missing in sorted((gone | updated.keys()) - present, key=str):
        raise item_missing(resource.path, str(missing))
    kept = [{**row, **updated.get(row["id"], {})} for row in current["items"] if row["id"] not in gone]
    added = [{"id": str(uuid.uuid4()), **as_an_item(tenant, row)} for row in rows(body, "addedPolicySetItems")]
    return [*kept, *added]
