"""Administrative templates: one action adds, changes and removes the values of a policy."""

from __future__ import annotations

import uuid
from typing import Any

from ops_admin.simulator.actions.rows import new_rows, rows, stored
from ops_admin.simulator.admx import DEFINITION_BIND, PRESENTATION_BIND, bound_ids, resolve_bindings
from ops_admin.simulator.checks import body_of
from ops_admin.simulator.errors import bad_request, item_missing
from ops_admin.simulator.messages import Answer, Call
from ops_admin.simulator.reads import get_document
from ops_admin.simulator.refusals.words import unexplained
from ops_admin.simulator.shapes import Document, Resource
from ops_admin.simulator.tenants import Tenant


def update_definition_values(call: Call, resource: Resource, tenant: Tenant, item_id: str) -> Answer:
    """Apply `added`, `updated` and `deletedIds` in one call."""
    body, current = body_of(call), get_document(resource, tenant, item_id)
    gone = set(rows(body, "deletedIds"))
    updated = {row.get("id"): row for row in rows(body, "updated")}
    present = {row["id"] for row in current["definitionValues"]}
    for missing in sorted((gone | updated.keys()) - present, key=str):
        raise item_missing(resource.path, str(missing))
    kept = [row for row in current["definitionValues"] if row["id"] not in gone]
    merged = [_merged(tenant, row, updated.get(row["id"])) for row in kept]
    new = new_rows(resource, "definitionValues", rows(body, "added"))
    added = [{"id": str(uuid.uuid4()), **_bound(tenant, row)} for row in new]
    values = [*merged, *added]
    return stored(resource, tenant, {**current, "definitionValues": values, **_ingestion(values)})


def _ingestion(values: list[Document]) -> Document:
    """Return where the definitions come from, as the service finds out by itself."""
    sources = {(value.get("definition") or {}).get("policyType") == "admxIngested" for value in values}
    word = "unknown" if not sources else "mixed" if len(sources) > 1 else "custom" if True in sources else "builtIn"
    return {"policyConfigurationIngestionType": word}


def _merged(tenant: Tenant, row: Document, change: Document | None) -> Document:
    if change is None:
        return row
    if tenant.conduct.strict:
        _check_fields(row, change)
    bound = _bound(tenant, change)
    if "presentationValues" not in change:
        bound.pop("presentationValues")
    return {**row, **bound, "id": row["id"]}


def _check_fields(row: Document, change: Document) -> None:
    """Require the id of an existing presentation value that is changed (IntuneManagement)."""
    known = {value["id"] for value in row["presentationValues"]}
    for value in change.get("presentationValues") or []:
        if known and value.get("id") not in known:
            raise unexplained()


def _bound(tenant: Tenant, row: Document) -> Document:
    if tenant.conduct.strict:
        _check_definition(tenant, row)
    try:
        return resolve_bindings(row, tenant.definitions())
    except ValueError as error:
        raise bad_request(str(error), intune=True) from error


def _check_definition(tenant: Tenant, row: Document) -> None:
    """Raise 404 for a definition that this tenant lacks: uploaded ones have other ids (IntuneManagement #169, #377)."""
    for link, field in [(row.get(DEFINITION_BIND), ""), *_links(row)]:
        if link is None:
            continue
        try:
            definition_id, field_id = bound_ids(link)
        except ValueError as error:
            raise bad_request(str(error), intune=True) from error
        found = tenant.definitions().get(definition_id)
        fields = [each["id"] for each in (found or {}).get("presentations", [])]
        if found is None or (field and field_id not in fields):
            raise item_missing("deviceManagement/groupPolicyDefinitions", definition_id)


def _links(row: Document) -> list[tuple[Any, str]]:
    return [(value.get(PRESENTATION_BIND), "presentation") for value in row.get("presentationValues") or []]
