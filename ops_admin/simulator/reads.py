"""Reading: lists, items and sub-resources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ops_admin.simulator import paging, queries
from ops_admin.simulator.app_relationships import RELATIONSHIPS, with_both_ends
from ops_admin.simulator.documents import Expansion, project
from ops_admin.simulator.errors import bad_request, item_missing, unknown_segment
from ops_admin.simulator.expansion import check_expand, parse_expand
from ops_admin.simulator.messages import Answer, Call
from ops_admin.simulator.relations import find_linked, kind_of, links_of, looked_up, with_strength
from ops_admin.simulator.setting_definitions import definition_ids
from ops_admin.simulator.shapes import Document, Navigation, Resource
from ops_admin.simulator.tenants import Tenant
from ops_admin.simulator.visibility import hide_in_item, hide_in_list


def read_list(call: Call, resource: Resource, tenant: Tenant) -> Answer:
    """Return one page of a type, without properties that only items show."""
    expansion = _expansion(call, resource.navigations, in_list=True, type_name=resource.key)
    chosen = queries.choose(list(tenant.documents(resource).values()), call, resource)
    page = paging.cut_page(chosen, call, default=resource.page_size, most=resource.max_page)
    rows = [_served(call, resource, tenant, document, expansion, in_list=True) for document in page.rows]
    return Answer(200, _envelope(call, resource.path, rows, page.next_offset, len(chosen)))


def count(call: Call, resource: Resource, tenant: Tenant) -> Answer:
    """`/$count`: a bare number as text; for the directory only with the advanced query header."""
    if resource.directory:
        queries.check_advanced(call, "$count")
    chosen = queries.choose(list(tenant.documents(resource).values()), call, resource)
    return Answer(200, raw=str(len(chosen)).encode(), raw_type="text/plain")


def read_item(call: Call, resource: Resource, tenant: Tenant, item_id: str) -> Answer:
    """Return one document, complete except for its navigations."""
    document = get_document(resource, tenant, item_id)
    links = links_of(resource, kind_of(resource, document))
    navigations, casts = {**resource.navigations, **links}, set() if call.cast else set(links)
    expansion = _expansion(call, navigations, in_list=False, type_name=resource.key, casts=casts)
    served = _served(call, resource, tenant, document, expansion, in_list=False)
    return Answer(200, {"@odata.context": _context(call, f"{resource.path}/$entity"), **served})


def read_children(call: Call, resource: Resource, tenant: Tenant, item_id: str, rest: tuple[str, ...]) -> Answer:
    """Return a sub-resource or one of its rows: `settings`, `definitionValues/{id}/presentationValues`, …"""
    document = get_document(resource, tenant, item_id)
    if rest[0] == RELATIONSHIPS and resource.key == "mobileApps":
        document = with_both_ends(tenant, resource, document)
    place = f"{resource.path}('{item_id}')/{'/'.join(rest)}"
    if len(rest) == 1 and rest[0] in resource.apart:
        value = document.get(rest[0])
        return Answer(200, {"@odata.context": _context(call, place), **value}) if value else Answer(204)
    links = links_of(resource, kind_of(resource, document)) if call.cast else {}
    node: Any = document
    navigations, navigation = {**resource.navigations, **links}, Navigation()
    for segment in rest:
        if isinstance(node, list):
            node = _row(node, resource, segment)
            continue
        navigation = _own(navigations, segment)
        node = find_linked(tenant, navigation, node.get(segment)) if navigation.bound else node.get(segment)
        navigations = dict(navigation.children)
    return _answer_node(call, tenant, node, navigation, place)


def get_document(resource: Resource, tenant: Tenant, item_id: str) -> Document:
    """Return the stored document. Raises a 404 in the wording of the service that owns the path."""
    document = tenant.documents(resource).get(item_id)
    if document is None:
        raise item_missing(resource.path, item_id)
    return document


def served_item(call: Call, resource: Resource, tenant: Tenant, document: Document) -> Document:
    """Return a document as the answer to the write that created or changed it."""
    served = _served(call, resource, tenant, document, {}, in_list=False)
    return {"@odata.context": _context(call, f"{resource.path}/$entity"), **served}


def _answer_node(call: Call, tenant: Tenant, node: Any, navigation: Navigation, place: str) -> Answer:
    expansion = _expansion(call, navigation.children, in_list=False, type_name=place.rpartition("/")[2])
    if isinstance(node, list):
        page = paging.cut_page(node, call, default=navigation.page_size, most=1000)
        rows = [project(_defined(tenant, child, expansion), navigation.children, expansion) for child in page.rows]
        return Answer(200, _envelope(call, place, rows, page.next_offset, len(node)))
    if node is None:
        raise unknown_segment(place.rpartition("/")[2])
    return Answer(200, {"@odata.context": _context(call, place), **project(node, navigation.children, expansion)})


def _defined(tenant: Tenant, row: Document, expansion: Expansion) -> Document:
    """Return a setting with its definitions from the service's catalogue."""
    if "settingDefinitions" not in expansion or "settingInstance" not in row:
        return row
    known = tenant.service.settings
    return {**row, "settingDefinitions": [known[each] for each in definition_ids(row) if each in known]}


def _own(navigations: Mapping[str, Navigation], segment: str) -> Navigation:
    navigation = navigations.get(segment)
    if navigation is None or not navigation.own_path:
        raise unknown_segment(segment)
    return navigation


def _row(rows: list[Document], resource: Resource, row_id: str) -> Document:
    found = next((row for row in rows if row["id"] == row_id), None)
    if found is None:
        raise item_missing(resource.path, row_id)
    return found


def _expansion(
    call: Call,
    navigations: Mapping[str, Navigation],
    *,
    in_list: bool,
    type_name: str,
    casts: set[str] | None = None,
) -> dict[str, Any]:
    """Return what `$expand` asks for. `casts` are names that need `microsoft.graph.<type>/<name>`."""
    asked = parse_expand(call.query.get("$expand", ""))
    for name in (casts or set()) & asked.keys():
        raise bad_request(
            f"Parsing OData Select and Expand failed: Could not find a property named '{name}' on type"
            f" 'microsoft.graph.{type_name}'."
        )
    expansion = {name.rpartition("/")[2]: inner for name, inner in asked.items()}
    check_expand(expansion, navigations, in_list=in_list, type_name=type_name)
    return expansion


def _served(
    call: Call, resource: Resource, tenant: Tenant, document: Document, expansion: Expansion, *, in_list: bool
) -> Document:
    navigations = {**resource.navigations, **links_of(resource, kind_of(resource, document))}
    whole = with_strength(tenant, resource, document)
    served = project(looked_up(tenant, navigations, whole, expansion), navigations, expansion)
    hide = hide_in_list if in_list else hide_in_item
    hide(served, call, resource, strict=tenant.conduct.strict)
    for name in expansion:
        _bound(call, resource, navigations[name], served, name)
    return queries.select(served, call)


def _bound(call: Call, resource: Resource, navigation: Navigation, served: Document, name: str) -> None:
    """Limit an expanded collection to one page, with a next link of its own."""
    rows = served.get(name)
    path = f"/{call.version}/{resource.path}/{served['id']}/{name}"
    served[f"{name}@odata.context"] = _context(call, f"{resource.path}('{served['id']}')/{name}")
    if isinstance(rows, list) and len(rows) > navigation.page_size:
        served[name] = rows[: navigation.page_size]
        token = paging.skip_token(navigation.page_size)
        served[f"{name}@odata.nextLink"] = call.link_to(path, {"$skiptoken": token})


def _envelope(call: Call, place: str, rows: list[Any], next_offset: int | None, total: int) -> Document:
    body: Document = {"@odata.context": _context(call, place)}
    if call.query.get("$count", "").lower() == "true":
        body["@odata.count"] = total
    if next_offset is not None:
        body["@odata.nextLink"] = paging.next_link(call, next_offset)
    body["value"] = rows
    return body


def _context(call: Call, place: str) -> str:
    return f"{call.origin}/{call.version}/$metadata#{place}"
