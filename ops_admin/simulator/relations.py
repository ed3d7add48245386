"""References of a document to others in its tenant, stored as ids and looked up when read."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from ops_admin.simulator.documents import Expansion
from ops_admin.simulator.resources import BY_KEY, RESOURCES
from ops_admin.simulator.schema import load_schema
from ops_admin.simulator.shapes import Document, Navigation, Resource
from ops_admin.simulator.tenants import Tenant


def kind_of(resource: Resource, document: Mapping[str, Any]) -> str:
    """Return the name of a document's type without its namespace."""
    given = document.get("@odata.type")
    return str(given).rpartition(".")[2] if given else resource.type


def links_of(resource: Resource, kind: str) -> Mapping[str, Navigation]:
    """Return what only this derived type can refer to, e.g. a certificate profile to its root certificate."""
    return _links(resource.key, kind) if resource.key in BY_KEY else {}


@cache
def _links(key: str, kind: str) -> Mapping[str, Navigation]:
    resource, schema = BY_KEY[key], load_schema()
    if kind not in schema:
        return {}
    links = {}
    for name, known in schema.properties(kind).items():
        is_link = known.navigation and not known.read_only and name not in resource.navigations
        target = holder_of(known.kind) if is_link else None
        if target is not None:
            links[name] = Navigation(single=not known.many, bound=target.key)
    return links


@cache
def holder_of(kind: str) -> Resource | None:
    """Return the collection that holds objects of a type, or None."""
    schema = load_schema()
    holders = [each for each in RESOURCES if each.type and schema.is_a(kind, each.type)]
    # Some properties have a base type of which only one collection has objects, e.g. `roleDefinition`.
    of_base = [each for each in RESOURCES if each.type and kind != "entity" and schema.bases.get(each.type) == kind]
    return next(iter(holders or of_base), None)


def looked_up(
    tenant: Tenant, navigations: Mapping[str, Navigation], document: Document, expansion: Expansion
) -> Document:
    """Return the document with expanded references. None stands for a target that no longer exists."""
    found = {
        name: find_linked(tenant, navigations[name], document.get(name))
        for name in expansion
        if name in navigations and navigations[name].bound
    }
    return {**document, **found} if found else document


def with_strength(tenant: Tenant, resource: Resource, document: Document) -> Document:
    """Return a Conditional Access policy with its strength in full: reads show all of it, writes take the id only."""
    controls = document.get("grantControls") or {}
    if resource.key != "conditionalAccessPolicies" or not controls.get("authenticationStrength"):
        return document
    item_id = controls["authenticationStrength"]["id"]
    strength = tenant.collection("authenticationStrengthPolicies").get(item_id)
    if strength is None and not tenant.conduct.strict:
        return document  # as it was loaded from an export
    context = f"https://graph.microsoft.com/beta/$metadata#{resource.path}('{document['id']}')/grantControls"
    shown = {
        **controls,
        "authenticationStrength@odata.context": f"{context}/authenticationStrength/$entity",
        "authenticationStrength": strength and {**strength, "combinationConfigurations": []},
    }
    return {**document, "grantControls": shown}


def find_linked(tenant: Tenant, navigation: Navigation, value: Any) -> Any:
    """Return the referenced document or documents as they are now; a lenient tenant shows others as they are stored."""
    held = tenant.documents(BY_KEY[navigation.bound]) if navigation.bound else {}
    if navigation.single:
        return held.get(value["id"]) if value else None
    rows = [held.get(each["id"], None if tenant.conduct.strict else each) for each in value or []]
    return [row for row in rows if row is not None]
