"""Shared by actions: collections in their parameters, and the changed document."""

from __future__ import annotations

from typing import Any

from ops_admin.simulator.checks import check_parts
from ops_admin.simulator.documents import prepare, revised
from ops_admin.simulator.errors import bad_request
from ops_admin.simulator.messages import Answer
from ops_admin.simulator.shapes import Document, Resource
from ops_admin.simulator.tenants import Tenant


def rows(body: Document, name: str) -> list[Any]:
    """Return a parameter that must be a collection. Raises 400 for anything else."""
    found = body.get(name) or []
    if not isinstance(found, list):
        raise bad_request(f"The parameter '{name}' is not a collection.", intune=True)
    return found


def new_rows(resource: Resource, name: str, found: list[Document]) -> list[Document]:
    """Return parts that are to be created. Raises 400 if one brings an id."""
    if not all(isinstance(row, dict) for row in found):
        raise bad_request(f"The parameter '{name}' holds something else than objects.", intune=True)
    check_parts(resource.navigations, {name: found})
    return found


def stored(resource: Resource, tenant: Tenant, document: Document) -> Answer:
    """Store the changed document and answer 204."""
    tenant.replace(resource, revised(resource, prepare(resource, document, tenant.definitions())))
    return Answer(204)
