"""Lists policies and reads them in full, with everything that lists leave out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

from ops_admin.graph.apart import read_apart
from ops_admin.graph.canonical import content_hash
from ops_admin.graph.client import GraphClient
from ops_admin.graph.contents import storable_text
from ops_admin.graph.drafts import Draft, complete, find_id, read_items, read_parts
from ops_admin.graph.errors import BAD_REQUEST, GraphError
from ops_admin.graph.links import read_links
from ops_admin.graph.paging import NEXT_LINK
from ops_admin.graph.resources import PolicyType
from ops_admin.graph.secrets import tell_plain_values
from ops_admin.graph.transport import JSONObject
from ops_admin.redaction.secret_marks import mask


@dataclass(frozen=True)
class PolicyReading:
    """A policy read in full: either `content` or `error` is set.

    `content` has marks in place of secrets, whose plain values are in `sealed_secrets` (R56). If it has any,
    `former_hash` is the hash of the content as Graph returned it, by which consoles without marks knew it.
    """

    item: JSONObject = field(repr=False)
    content: JSONObject | None
    error: GraphError | None
    sealed_secrets: str = field(default="", repr=False)
    former_hash: str | None = None

    @property
    def external_id(self) -> str | None:
        """The policy's id in the tenant; None when Graph returned no usable one."""
        return find_id(self.item)


def list_policies(
    client: GraphClient, policy_type: PolicyType, *, with_assignments: bool = False
) -> Iterator[list[JSONObject]]:
    """Yield the list items of the tenant's policies of a type, page by page; raises GraphError.

    With `with_assignments` they show their assignments, for types whose lists do.
    """
    pages = client.follow(_first_page(client, policy_type, with_assignments=with_assignments))
    return ([item for item in page if not policy_type.is_left_out(item)] for page in pages)


def _first_page(client: GraphClient, policy_type: PolicyType, *, with_assignments: bool) -> JSONObject:
    """Ask for all that is wanted in large pages, and for less where Graph refuses."""
    *wanted, least = policy_type.list_variants(with_assignments=with_assignments)
    for params in wanted:
        try:
            return client.get(policy_type.path, version=policy_type.version, params=params)
        except GraphError as error:
            if error.code != BAD_REQUEST:
                raise
    return client.get(policy_type.path, version=policy_type.version, params=least)


def read_policies(client: GraphClient, policy_type: PolicyType, items: Sequence[JSONObject]) -> list[PolicyReading]:
    """Read the policies of one list page in full with `$batch`, in the same order.

    If one policy cannot be read, its result has the error; raises GraphError only when a whole batch fails.
    """
    drafts = [Draft(policy_type, item) for item in items]
    if policy_type.is_read_alone:
        read_items(client, policy_type, drafts)
    read_links(client, policy_type, drafts)
    read_apart(client, policy_type, drafts)
    for sub_resource in policy_type.sub_resources:
        read_parts(client, policy_type.version, sub_resource, [draft.root() for draft in drafts])
    complete(client, policy_type.version, drafts)
    contents = [draft.finish() for draft in drafts]
    told = tell_plain_values(client, policy_type, contents)
    return [_reading(client, *each) for each in zip(drafts, contents, told, strict=True)]


def _reading(
    client: GraphClient, draft: Draft, shown: JSONObject | None, told: JSONObject | GraphError | None
) -> PolicyReading:
    """Take the secrets out of what was read; `shown` is what Graph showed of them. No other code sees them."""
    if shown is None or not isinstance(told, dict):
        return PolicyReading(draft.item, None, told if isinstance(told, GraphError) else draft.error)
    masked = mask(told, client.vault.digest)
    former_hash = content_hash(shown) if masked.secrets else None
    return PolicyReading(draft.item, masked.content, None, client.vault.seal(masked.secrets), former_hash)


def read_policy(client: GraphClient, policy_type: PolicyType, item: JSONObject) -> JSONObject:
    """Return one policy in full; raises GraphError.

    An `item` with an id is enough, except for types that are read from the list alone.
    """
    reading = read_policies(client, policy_type, [item])[0]
    if reading.error:
        raise reading.error
    return reading.content or {}


def list_assignments(client: GraphClient, policy_type: PolicyType, policy_id: str) -> Iterator[JSONObject]:
    """Yield all assignments of a policy, none for a type without assignments; raises GraphError."""
    if not policy_type.assignable:
        return iter(())
    path, params = policy_type.assignments_request(policy_id)
    if not policy_type.assignments_in_item:
        return client.items(path, version=policy_type.version, params=params)
    item = client.get(path, version=policy_type.version, params=params)
    return chain.from_iterable(client.follow(shown_assignments(item)))


def shown_assignments(item: JSONObject) -> JSONObject:
    """Return the assignments in a policy that shows them as the first page of them."""
    return {"value": item.get("assignments"), NEXT_LINK: item.get(f"assignments{NEXT_LINK}")}


def list_groups(client: GraphClient) -> Iterator[list[JSONObject]]:
    """Yield ids and names of the directory's groups, in pages as large as Graph allows; raises GraphError.

    A row may hold text that no database stores; see `contents.is_storable`.
    """
    return client.pages("groups", params={"$select": "id,displayName", "$top": "999"})


def find_name(policy_type: PolicyType, item: JSONObject) -> str | None:
    """Return the policy's name, ready to be stored, or None when it has none."""
    value = item.get(policy_type.name_field)
    return storable_text(value).strip() or None if isinstance(value, str) else None
