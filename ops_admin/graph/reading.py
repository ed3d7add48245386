"""Reading whole policies: what a list leaves out is fetched and put where it belongs (SPEC section I, `content`)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ops_admin.graph.client import GraphClient
from ops_admin.graph.contents import check_storable, storable_text
from ops_admin.graph.drafts import Draft, find_id, read_items, read_parts
from ops_admin.graph.errors import GraphError
from ops_admin.graph.resources import PolicyType
from ops_admin.graph.transport import JSONObject


@dataclass(frozen=True)
class PolicyReading:
    """One item of a list, read whole: either `content` or `error` is set."""

    item: JSONObject
    content: JSONObject | None
    error: GraphError | None

    @property
    def external_id(self) -> str | None:
        """The policy's id in the tenant; None when Graph gave none that is usable."""
        return find_id(self.item)


def list_policies(client: GraphClient, policy_type: PolicyType) -> Iterator[list[JSONObject]]:
    """Yield the tenant's policies of a type as lists show them, page by page; raises GraphError."""
    return client.pages(policy_type.path, version=policy_type.version, params=policy_type.list_params)


def read_policies(client: GraphClient, policy_type: PolicyType, items: Sequence[JSONObject]) -> list[PolicyReading]:
    """Read the policies of one list page whole, in its order, by `$batch`.

    A policy that cannot be read is an error of its own; raises GraphError only when Graph fails as a whole.
    """
    drafts = [Draft(client, policy_type, item) for item in items]
    if policy_type.read_each or policy_type.expand:
        read_items(client, policy_type, drafts)
    for sub_resource in policy_type.sub_resources:
        read_parts(client, policy_type.version, sub_resource, [draft.root() for draft in drafts])
    return [PolicyReading(draft.item, draft.finish(), draft.error) for draft in drafts]


def read_policy(client: GraphClient, policy_type: PolicyType, item: JSONObject) -> JSONObject:
    """Return one policy whole; `item` needs no more than an id, unless lists show the type whole. Raises GraphError."""
    reading = read_policies(client, policy_type, [item])[0]
    if reading.error:
        raise reading.error
    return reading.content or {}


def list_assignments(client: GraphClient, policy_type: PolicyType, policy_id: str) -> Iterator[JSONObject]:
    """Yield all assignments of a policy, over all pages; none for a type that has none. Raises GraphError."""
    if not policy_type.assignable:
        return iter(())
    return client.items(policy_type.item_path(policy_id, "assignments"), version=policy_type.version)


def list_groups(client: GraphClient) -> Iterator[list[JSONObject]]:
    """Yield the directory's groups, id and name, in pages of Graph's maximum; raises GraphError."""
    for page in client.pages("groups", params={"$select": "id,displayName", "$top": "999"}):
        check_storable(page)
        yield page


def find_name(policy_type: PolicyType, item: JSONObject) -> str | None:
    """Return the policy's name, fit to be stored, or None when it has none."""
    value = item.get(policy_type.name_field)
    return storable_text(value).strip() or None if isinstance(value, str) else None
