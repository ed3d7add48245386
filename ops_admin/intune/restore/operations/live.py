"""The tenant as it is now: an index of each type by id and name, and single policies read in full."""

from collections.abc import Iterable, Sequence
from typing import Any

from ops_admin.graph.addresses import path_of
from ops_admin.graph.batches import BatchRequest
from ops_admin.graph.bodies import is_default
from ops_admin.graph.client import GraphClient
from ops_admin.graph.drafts import find_id
from ops_admin.graph.errors import FORBIDDEN, NOT_FOUND, GraphError
from ops_admin.graph.reading import find_name, list_assignments, list_policies, read_policy
from ops_admin.graph.resources import PolicyType
from ops_admin.intune.restore.operations.matching import can_be_of_kind
from ops_admin.redaction.secret_marks import forget_tokens

Item = dict[str, Any]

_KIND = "@odata.type"
# A tenant may hold thousands of policies. Only what matching needs is kept, not their content.
_TIMES = ("createdDateTime", "lastModifiedDateTime", "modifiedDateTime")
_KEPT = ("id", _KIND, "platform", "priority", "description", *_TIMES)


class TypeIndex:
    """The policies of one type, as listed."""

    def __init__(self, policy_type: PolicyType, items: Iterable[Item]) -> None:
        self._policy_type = policy_type
        self.items: dict[str, Item] = {}
        self._ids: dict[str, list[str]] = {}
        self._defaults: dict[object, str] = {}
        for item in items:
            external_id = find_id(item)
            if external_id is not None and external_id not in self.items:
                self.add(external_id, item)

    def add(self, external_id: str, item: Item) -> None:
        """Add a policy to the index."""
        self.items[external_id] = {name: item[name] for name in _KEPT if name in item}
        if is_default(item, self._policy_type):
            self._defaults[item.get(_KIND)] = external_id
        elif name := find_name(self._policy_type, item):
            self._ids.setdefault(name, []).append(external_id)

    def ids_of_name(self, name: str, kind: str | None) -> Sequence[str]:
        """Return the policies with exactly this name that can be of this kind.

        Defaults are left out, because they all share one name.
        """
        return tuple(each for each in self._ids.get(name, ()) if can_be_of_kind(kind, self.kind_of(each)))

    def kind_of(self, external_id: str) -> str | None:
        """Return the kind of a listed policy, or None if the list did not say."""
        return find_kind(self.items[external_id], self._policy_type)

    def find_default(self, content: Item) -> str | None:
        """Return the tenant's own default of the same kind as `content`, or None."""
        return self._defaults.get(content.get(_KIND))


class LiveTenant:
    """Reads a tenant, caching lists for the rest of a run. Every method raises GraphError.

    Unless it is the tenant of the backup, tokens that Graph shows instead of secrets say nothing, and are forgotten.
    """

    def __init__(self, client: GraphClient, *, is_source: bool = True) -> None:
        self.client = client
        self._is_source = is_source
        self._indexes: dict[str, TypeIndex] = {}
        self._errors: dict[str, GraphError] = {}

    def index(self, policy_type: PolicyType) -> TypeIndex:
        """Return the index of a type. A list that failed once fails with the same error again."""
        if policy_type.key in self._errors:
            raise self._errors[policy_type.key]
        if policy_type.key not in self._indexes:
            try:
                items = (item for page in list_policies(self.client, policy_type) for item in page)
                self._indexes[policy_type.key] = TypeIndex(policy_type, items)
            except GraphError as error:
                self._errors[policy_type.key] = error
                raise
        return self._indexes[policy_type.key]

    def forget(self, policy_type: PolicyType) -> None:
        """Drop the cached list of a type, which may now contain what an unanswered write created."""
        self._indexes.pop(policy_type.key, None)
        self._errors.pop(policy_type.key, None)

    def holds(self, policy_type: PolicyType, external_id: str) -> bool:
        """Look up one policy by id, because a list may lag behind a create."""
        try:
            self.client.get(policy_type.item_path(external_id), version=policy_type.version)
        except GraphError as error:
            if error.code == NOT_FOUND:
                return False
            raise
        return True

    def read(self, policy_type: PolicyType, external_id: str) -> Item:
        """Read one policy in full, as it is now."""
        item: Item = {"id": external_id}
        if not policy_type.is_read_alone or policy_type.expand_optional:
            item = self.client.get(policy_type.item_path(external_id), version=policy_type.version)
        content = read_policy(self.client, policy_type, item)
        return content if self._is_source else forget_tokens(content)

    def assignments(self, policy_type: PolicyType, external_id: str) -> list[Item]:
        """Return all assignments of a policy."""
        return list(list_assignments(self.client, policy_type, external_id))

    def missing_groups(self, group_ids: Iterable[str]) -> frozenset[str]:
        """Return the groups that the directory does not have.

        A group that we may not read does not count as missing.
        """
        wanted = sorted(set(group_ids))
        requests = (
            BatchRequest(str(number), f"groups/{path_of(group_id)}", params={"$select": "id"})
            for number, group_id in enumerate(wanted)
        )
        missing = set()
        for group_id, response in zip(wanted, self.client.batch(requests), strict=True):
            if response.error is not None and response.error.code == NOT_FOUND:
                missing.add(group_id)
            elif response.error is not None and response.error.code != FORBIDDEN:
                raise response.error
        return frozenset(missing)


def find_kind(content: Item, policy_type: PolicyType) -> str | None:
    """Return the kind of a policy within its type, or None if it does not say."""
    kind = content.get(policy_type.kind_field)
    return kind if isinstance(kind, str) else None
