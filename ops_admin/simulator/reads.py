"""Reading: lists, items and sub-resources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ops_admin.simulator import paging, queries
from ops_admin.simulator.documents import project
from ops_admin.simulator.errors import item_missing, unknown_segment
from ops_admin.simulator.expansion import check_expand, parse_expand
from ops_admin.simulator.messages import Answer, Call
from ops_admin.simulator.shapes import Document, Navigation, Resource
from ops_admin.simulator.store import Tenant


def read_list(call: Call, resource: Resource, tenant: Tenant) -> Answer:
    """Return one page of a type, without properties that only items show."""
    expansion = _expansion(call, resource.navigations, in_list=True, type_name=resource.key)
    chosen = queries.choose(list(tenant.collection(resource.key).values()), call, resource)
    page = paging.cut_page(chosen, call, default=resource.page_size, most=resource.max_page)
    rows = [_served(call, resource, document, expansion, in_list=True) for document in page.rows]
    return Answer(200, _envelope(call, resource.path, rows, page.next_offset, len(chosen)))


def count(call: Call, resource: Resource, tenant: Tenant) -> Answer:
    """`/$count`: a bare number as text; for the directory only with the advanced query header."""
    if resource.directory:
        queries.check_advanced(call, "$count")
    chosen = queries.choose(list(tenant.collection(resource.key).values()), call, resource)
    return Answer(200, raw=str(len(chosen)).encode(), raw_type="text/plain")


def read_item(call: Call, resource: Resource, tenant: Tenant, item_id: str) -> Answer:
    """Return one document, complete except for its navigations."""
    document = get_document(resource, tenant, item_id)
    expansion = _expansion(call, resource.navigations, in_list=False, type_name=resource.key)
    served = _served(call, resource, document, expansion, in_list=False)
    return Answer(200, {"@odata.context": _context(call, f"{resource.path}/$entity"), **served})


def read_children(call: Call, resource: Resource, tenant: Tenant, item_id: str, rest: tuple[str, ...]) -> Answer:
    """Return a sub-resource or one of its rows: `settings`, `definitionValues/{id}/presentationValues`, …"""
    node: Any = get_document(resource, tenant, item_id)
    navigations, navigation = resource.navigations, Navigation()
    for segment in rest:
        if isinstance(node, list):
            node = _row(node, resource, segment)
            continue
        navigation = _own(navigations, segment)
        node, navigations = node.get(segment), navigation.children
    place = f"{resource.path}('{item_id}')/{'/'.join(rest)}"
    return _answer_node(call, node, navigation, place)


def get_document(resource: Resource, tenant: Tenant, item_id: str) -> Document:
    """Return the stored document. Raises a 404 in the wording of the service that owns the path."""
    document = tenant.collection(resource.key).get(item_id)
    if document is None:
        raise item_missing(resource.path, item_id)
    return document


def served_item(call: Call, resource: Resource, document: Document) -> Document:
    """Return a document as the answer to the write that created or changed it."""
    served = _served(call, resource, document, {}, in_list=False)
    return {"@odata.context": _context(call, f"{resource.path}/$entity"), **served}


def _answer_node(call: Call, node: Any, navigation: Navigation, place: str) -> Answer:
    expansion = _expansion(call, navigation.children, in_list=False, type_name=place.rpartition("/")[2])
    if isinstance(node, list):
        page = paging.cut_page(node, call, default=navigation.page_size, most=1000)
        rows = [project(child, navigation.children, expansion) for child in page.rows]
        return Answer(200, _envelope(call, place, rows, page.next_offset, len(node)))
    if node is None:
        raise unknown_segment(place.rpartition("/")[2])
    return Answer(200, {"@odata.context": _context(call, place), **project(node, navigation.children, expansion)})


def _own(navigations: Mapping[str, Navigation], segment: str) -> Navigation:
    navigation = navigations.get(segment)
    if navigation is None:
        raise unknown_segment(segment)
    return navigation


def _row(rows: list[Document], resource: Resource, row_id: str) -> Document:
    found = next((row for row in rows if row["id"] == row_id), None)
    if found is None:
        raise item_missing(resource.path, row_id)
    return found


def _expansion(call: Call, navigations: Mapping[str, Navigation], *, in_list: bool, type_name: str) -> dict[str, Any]:
    expansion = parse_expand(call.query.get("$expand", ""))
    check_expand(expansion, navigations, in_list=in_list, type_name=type_name)
    return expansion


def _served(
    call: Call, resource: Resource, document: Document, expansion: Mapping[str, Any], *, in_list: bool
) -> Document:
    served = project(document, resource.navigations, expansion)
    hidden = resource.beta_only if call.version == "v1.0" else frozenset()
    for name in hidden:
        served.pop(name, None)
    for name in resource.item_only & served.keys() if in_list else ():
        served[name] = None
    for name in expansion:
        _bound(call, resource, served, name)
    return queries.select(served, call)


def _bound(call: Call, resource: Resource, served: Document, name: str) -> None:
    """Limit an expanded collection to one page, with a next link of its own."""
    navigation = resource.navigations[name]
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
