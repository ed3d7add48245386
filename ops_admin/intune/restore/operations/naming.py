"""Names whom policies reach, as far as they can be found (R58): from the cache first, then from Graph."""

import logging
from collections.abc import Callable, Iterable
from functools import cached_property

from ops_admin.graph.addresses import path_of
from ops_admin.graph.batches import BatchRequest
from ops_admin.graph.client import GraphClient
from ops_admin.graph.contents import storable_text
from ops_admin.graph.errors import GraphError
from ops_admin.graph.referenced import find_things, list_things
from ops_admin.intune.directory.filters import list_filters
from ops_admin.intune.directory.names import group_names
from ops_admin.intune.directory.operations import read_filter_names
from ops_admin.intune.restore.reach import Target, TargetKind, named
from ops_admin.references.declared import Kind

logger = logging.getLogger(__name__)

FILTER = "filter"
_THINGS = {TargetKind.USER: Kind.USER, TargetKind.WORKLOAD: Kind.SERVICE_PRINCIPAL}


class Names:
    """The names of groups, filters, people and roles of one tenant. What cannot be read has no name."""

    def __init__(self, tenant_id: int, client: GraphClient) -> None:
        self._tenant_id = tenant_id
        self._client = client
        self._known: dict[tuple[str, str], str | None] = {}

    def name(self, targets: Iterable[Target]) -> tuple[Target, ...]:
        """Return the targets with their names."""
        wanted = list(targets)
        for kind in {each.kind for each in wanted}:
            ids = {each.id for each in wanted if each.kind == kind and each.id}
            self._learn(kind, {each for each in ids if (kind, each) not in self._known})
        self._learn_filters({each.filter_id for each in wanted if each.filter_id})
        return named(wanted, lambda kind, each: self._known.get((kind, each)))

    def _learn(self, kind: str, ids: set[str]) -> None:
        if not ids:
            return
        found = self._read(kind, ids)
        self._known.update({(kind, each): found.get(each) for each in ids})

    def _read(self, kind: str, ids: set[str]) -> dict[str, str]:
        if kind == TargetKind.GROUP:
            cached = group_names(self._tenant_id, ids)
            return cached | _tried(lambda: self._read_groups(ids - cached.keys()))
        if kind == TargetKind.ROLE:
            return self._roles
        if kind in _THINGS:
            of_kind = _THINGS[TargetKind(kind)]
            return _tried(lambda: {each.id: each.name for each in find_things(self._client, of_kind, ids).values()})
        return {}

    def _read_groups(self, ids: set[str]) -> dict[str, str]:
        """Ask for groups that are not cached, such as one that was made since."""
        wanted = sorted(ids)
        requests = (
            BatchRequest(str(number), f"groups/{path_of(each)}", params={"$select": "id,displayName"})
            for number, each in enumerate(wanted)
        )
        found = {}
        for group_id, response in zip(wanted, self._client.batch(requests), strict=True):
            name = None if response.error else response.json_object().get("displayName")
            if isinstance(name, str):
                found[group_id] = storable_text(name)
        return found

    def _learn_filters(self, ids: set[str]) -> None:
        if any((FILTER, each) not in self._known for each in ids):
            cached = {each.external_id: each.display_name for each in list_filters(self._tenant_id)}
            names = cached if ids <= cached.keys() else cached | _tried(lambda: read_filter_names(self._client))
            self._known.update({(FILTER, each): names.get(each) for each in ids})

    @cached_property
    def _roles(self) -> dict[str, str]:
        return _tried(lambda: {each.id: each.name for each in list_things(self._client, Kind.DIRECTORY_ROLE).values()})


def _tried(read: Callable[[], dict[str, str]]) -> dict[str, str]:
    """A name that cannot be read is no reason to leave a policy out: its id is shown instead."""
    try:
        return read()
    except GraphError as error:
        logger.info("names of targets cannot be read: %s", error)
        return {}
