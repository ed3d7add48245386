"""The names of what captured policies point to, so that another tenant's can be found by name (R55)."""

import logging
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from ops_admin.graph.client import GraphClient
from ops_admin.graph.errors import REFUSALS, GraphError
from ops_admin.graph.referenced import LISTS, find_things, list_things
from ops_admin.intune.backups.items import CapturedItem
from ops_admin.intune.directory.names import group_names
from ops_admin.references.assigned import find_assigned
from ops_admin.references.declared import Kind, Reference, Thing, find

logger = logging.getLogger(__name__)


class ReferenceNames:
    """Names what policies of one tenant point to. Each kind is read once, and only if it is needed."""

    def __init__(self, client: GraphClient, tenant_id: int) -> None:
        self._client = client
        self._tenant_id = tenant_id
        self._lists: dict[Kind, dict[str, Thing]] = {}
        self._found: dict[Kind, dict[str, Thing]] = {}
        self._refused: set[Kind] = set()
        self._away: set[Kind] = set()

    def with_references(self, items: Iterable[CapturedItem]) -> list[CapturedItem]:
        """Return the items with what they point to. A name that cannot be read is left out.

        Unless Graph refuses to tell names of that kind, they are asked for again the next time.
        """
        self._away.clear()
        return [replace(item, references=self._of(item)) for item in items]

    def _of(self, item: CapturedItem) -> list[dict[str, Any]] | None:
        if item.content is None:
            return None
        found = [*find(item.content, item.type), *find_assigned(item.assignments)]
        groups = group_names(self._tenant_id, [each.id for each in found if each.kind is Kind.GROUP])
        return [self._entry(each, groups.get(each.id)) for each in found]

    def _entry(self, reference: Reference, group_name: str | None) -> dict[str, Any]:
        thing = None if reference.kind is Kind.GROUP else self._thing(reference)
        entry = {"kind": str(reference.kind), "id": reference.id}
        name = group_name or (thing.name if thing else reference.name)
        return entry | {"name": name, **({"type": thing.type} if thing and thing.type else {})}

    def _thing(self, reference: Reference) -> Thing | None:
        kind, item_id = reference.kind, reference.id
        if kind in self._refused | self._away:
            return None
        try:
            if kind in LISTS:
                if kind not in self._lists:
                    self._lists[kind] = list_things(self._client, kind)
                return self._lists[kind].get(item_id)
            known = self._found.setdefault(kind, {})
            if item_id not in known:
                known |= find_things(self._client, kind, [item_id])
            return known.get(item_id)
        except GraphError as error:
            # The policy is captured all the same; a restore into another tenant then asks for a mapping.
            logger.warning("the names of %s cannot be read: %s", kind, error)
            (self._refused if error.code in REFUSALS else self._away).add(kind)
            return None
