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


class Draft:
    """A policy that is being read: it starts as a list item and gets its sub-resources step by step."""

    def __init__(self, client: GraphClient, policy_type: PolicyType, item: JSONObject) -> None:
        self._client = client
        self.item = item
        self.content = dict(item)
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

    def finish(self) -> JSONObject | None:
        """Return the content, or None when there was an error."""
        if self.error is None:
            with self.attempt():
                policy = without_assignments(self.content)
                check_storable(policy)
                _complete(self._client, policy)
                check_storable(policy)
                self.content = cleaned(policy)
        return None if self.error else self.content


@dataclass(frozen=True)
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
    """Read each policy individually, with `$expand` if its type has one."""
    params = {"$expand": policy_type.expand} if policy_type.expand else {}
    reads = [Read(draft.root(), draft.path, params) for draft in drafts]
    for node, response in _exchange(client, policy_type.version, reads):
        refused = response.error is not None and response.error.code == BAD_REQUEST
        if not (refused and policy_type.expand_optional):
            with node.draft.attempt():
                node.target.update(response.json_object())


def read_parts(client: GraphClient, version: str, sub_resource: SubResource, nodes: Sequence[Node]) -> None:
    """Read all pages of a sub-resource of each node, then the sub-resources of its elements."""
    reads = [Read(node, f"{node.path}/{sub_resource.name}", sub_resource.params) for node in nodes]
    for node, response in _exchange(client, version, reads):
        with node.draft.attempt():
            pages = client.follow(response.json_object())
            node.target[sub_resource.name] = [row for page in pages for row in page]
    for part in sub_resource.parts:
        read_parts(client, version, part, list(_elements(nodes, sub_resource.name)))


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


def _complete(client: GraphClient, value: object) -> None:
    """Fetch the remaining pages of every expanded collection, at any depth."""
    if isinstance(value, list):
        for item in value:
            _complete(client, item)
    if isinstance(value, dict):
        for link_name in [name for name in value if name.endswith(NEXT_LINK) and name != NEXT_LINK]:
            name = link_name.removesuffix(NEXT_LINK)
            first = {"value": value.get(name), NEXT_LINK: value[link_name]}
            value[name] = [row for page in client.follow(first) for row in page]
        for inner in value.values():
            _complete(client, inner)
