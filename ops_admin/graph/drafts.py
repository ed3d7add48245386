"""Reads policies with their sub-resources, many at a time. An error stops the reading of that policy only."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from ops_admin.graph.addresses import path_of
from ops_admin.graph.batches import BatchRequest, BatchResponse
from ops_admin.graph.client import GraphClient
from ops_admin.graph.contents import check_storable, cleaned, is_storable, without_assignments
from ops_admin.graph.errors import BAD_REQUEST, UNEXPECTED_RESPONSE, GraphError
from ops_admin.graph.paging import NEXT_LINK
from ops_admin.graph.resources import PolicyType, SubResource
from ops_admin.graph.transport import JSONObject
from ops_admin.graph.unwritable import without_reports


class Draft:
    """A policy that is being read: it starts as a list item and gets its sub-resources step by step."""

    def __init__(self, policy_type: PolicyType, item: JSONObject) -> None:
        self.item = item
        self.content = dict(item)
        self._type_key = policy_type.key
        self._checked = False
        policy_id = find_id(item)
        self.path = policy_type.item_path(policy_id or "")
        self.error = None if policy_id else GraphError(UNEXPECTED_RESPONSE)

    def root(self) -> "Node":
        """Return the node of the policy itself."""
        return Node(self, self.path, self.content)

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Keep a GraphError of the block as the error of this policy."""
        try:
            yield
        except GraphError as error:
            self.error = error

    def check(self) -> None:
        """Raise graph.unexpected_response for content that no database stores."""
        if not self._checked:
            self.content = without_assignments(self.content)
            check_storable(self.content)
            self._checked = True

    def add(self, owner: JSONObject, name: str, rows: list[JSONObject]) -> None:
        """Put a whole collection into an object of the content."""
        owner[name] = rows
        self._checked = False

    def finish(self) -> JSONObject | None:
        """Return the content as it is stored, or None when there was an error."""
        if self.error is None:
            with self.attempt():
                self.check()
                self.content = without_reports(cleaned(self.content), self._type_key)
        return None if self.error else self.content


@dataclass(frozen=True, eq=False)
class Node:
    """An object inside a draft: `target` is what Graph has at `path`."""

    draft: Draft
    path: str
    target: JSONObject


@dataclass(frozen=True)
class Read:
    """A request whose response is stored in a node."""

    node: Node
    path: str
    params: Mapping[str, str]


def find_id(item: JSONObject) -> str | None:
    """Return the item's id, or None when it has none, or one that neither a URL nor a database can hold."""
    value = item.get("id")
    return value if isinstance(value, str) and value and is_storable(value) else None


def read_items(client: GraphClient, policy_type: PolicyType, drafts: Sequence[Draft]) -> None:
    """Read each policy individually, with all that Graph leaves out unless it is asked for."""
    reads = [Read(draft.root(), draft.path, policy_type.item_params) for draft in drafts]
    for node, response in _exchange(client, policy_type.version, reads):
        refused = response.error is not None and response.error.code == BAD_REQUEST
        if not (refused and policy_type.expand_optional):
            with node.draft.attempt():
                whole = response.json_object()
                if policy_type.select:  # the same content, whether the policy was listed or not
                    node.target.clear()
                node.target.update(whole)


def read_parts(client: GraphClient, version: str, sub_resource: SubResource, nodes: Sequence[Node]) -> None:
    """Read all pages of a sub-resource of each node that has it, then the sub-resources of its elements."""
    kinds = sub_resource.of_kinds
    holders = [node for node in nodes if not kinds or str(node.target.get("@odata.type")).rpartition(".")[2] in kinds]
    firsts = _read_first_pages(client, version, sub_resource, holders)
    collected = client.follow_all([page for _, page in firsts], version=version)
    for (node, _), rows in zip(firsts, collected, strict=True):
        with node.draft.attempt():
            found = _checked(rows)
            wanted = sub_resource.only.items()
            node.target[sub_resource.name] = [row for row in found if wanted <= row.items()] if wanted else found
    for part in sub_resource.parts:
        read_parts(client, version, part, list(_elements(holders, sub_resource.name)))


def _read_first_pages(
    client: GraphClient, version: str, sub_resource: SubResource, nodes: Sequence[Node]
) -> list[tuple[Node, JSONObject | GraphError]]:
    """Ask for large pages, and for Graph's own size where it refuses."""
    answers = _pages(client, version, sub_resource.name, sub_resource.wide_params, nodes)
    if sub_resource.page_size is None:
        return answers
    refused = [node for node, page in answers if isinstance(page, GraphError) and page.code == BAD_REQUEST]
    again = _pages(client, version, sub_resource.name, sub_resource.params, refused)
    return [pair for pair in answers if pair[0] not in refused] + again


def _pages(
    client: GraphClient, version: str, name: str, params: Mapping[str, str], nodes: Sequence[Node]
) -> list[tuple[Node, JSONObject | GraphError]]:
    reads = [Read(node, f"{node.path}/{name}", params) for node in nodes]
    return [(node, response.page()) for node, response in _exchange(client, version, reads)]


def _checked(rows: list[JSONObject] | GraphError) -> list[JSONObject]:
    if isinstance(rows, GraphError):
        raise rows
    return rows


def _exchange(client: GraphClient, version: str, reads: Iterable[Read]) -> Iterator[tuple[Node, BatchResponse]]:
    """Send the reads of all drafts without an error, and pair each response with its node."""
    live = [read for read in reads if read.node.draft.error is None]
    requests = (BatchRequest(str(number), read.path, params=read.params) for number, read in enumerate(live))
    responses = client.batch(requests, version=version)
    return zip((read.node for read in live), responses, strict=True)


def _elements(nodes: Sequence[Node], name: str) -> Iterator[Node]:
    for node in nodes:
        if node.draft.error is not None:
            continue
        for element in node.target[name]:
            element_id = find_id(element)
            if element_id is None:
                node.draft.error = GraphError(UNEXPECTED_RESPONSE)
                break
            yield Node(node.draft, f"{node.path}/{name}/{path_of(element_id)}", element)


def complete(client: GraphClient, version: str, drafts: Sequence[Draft]) -> None:
    """Fetch the remaining pages of every expanded collection, at any depth, of all drafts together."""
    for draft in drafts:
        with draft.attempt():
            draft.check()  # refuses content that is nested too deeply to be walked
    cut = [each for draft in drafts if draft.error is None for each in _cut_off(draft, draft.content)]
    while cut:
        collected = client.follow_all([each.first_page() for each in cut], version=version)
        for each, rows in zip(cut, collected, strict=True):
            with each.draft.attempt():
                each.draft.add(each.owner, each.name, _checked(rows))
                each.draft.check()
        cut = [inner for each in cut if each.draft.error is None for inner in _cut_off(each.draft, each.rows_read())]


@dataclass(frozen=True, eq=False)
class CutOff:
    """A collection inside a draft of which Graph sent only the first page: the property `name` of `owner`."""

    draft: Draft
    owner: JSONObject
    name: str

    def first_page(self) -> JSONObject:
        """Return what Graph sent as the first page, once: the link is taken out of its owner."""
        return {"value": self.owner.get(self.name), NEXT_LINK: self.owner.pop(self.name + NEXT_LINK)}

    def rows_read(self) -> object:
        """Return the whole collection."""
        return self.owner[self.name]


def _cut_off(draft: Draft, value: object) -> Iterator[CutOff]:
    if isinstance(value, list):
        for item in value:
            yield from _cut_off(draft, item)
    if isinstance(value, dict):
        for link_name in [name for name in value if name.endswith(NEXT_LINK) and name != NEXT_LINK]:
            yield CutOff(draft, value, link_name.removesuffix(NEXT_LINK))
        for inner in value.values():
            yield from _cut_off(draft, inner)
