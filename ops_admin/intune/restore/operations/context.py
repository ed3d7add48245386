"""What preview and execution share: the restore of a run, its tenant, and what ids of the source mean there."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property

from ops_admin.access.queries import find_tenant
from ops_admin.graph.client import GraphClient
from ops_admin.infra.database import transaction
from ops_admin.intune.assignments.mapping import SKIP, FilterMapping, GroupMapping
from ops_admin.intune.directory.operations import read_filter_names, refresh_filters
from ops_admin.intune.operations import open_client
from ops_admin.intune.restore import codes, queries
from ops_admin.intune.restore.filters import (
    name_filters,
    read_filter_mapping,
    resolve_same_filters,
    undecided_filters,
)
from ops_admin.intune.restore.inputs import restore_id_of
from ops_admin.intune.restore.operations.desired import Counterparts, NotWritable, Wanted, read_wanted
from ops_admin.intune.restore.operations.live import LiveTenant, counterparts, names_of
from ops_admin.intune.restore.queries import Restore, RestoreItem
from ops_admin.intune.restore.states import Action
from ops_admin.runs.failures import OperationFailed
from ops_admin.runs.handle import RunHandle

_ROLES = "deviceManagement/roleDefinitions"


@dataclass
class Context:
    """One run's view of its restore."""

    handle: RunHandle
    restore: Restore
    client: GraphClient
    mapping: GroupMapping
    live: LiveTenant
    missing_groups: frozenset[str] = field(default_factory=frozenset)

    def want(self, item: RestoreItem) -> Wanted:
        """Return what the target shall hold for an item; raises NotWritable, GraphError."""
        is_same = self.restore.source_tenant_id == self.restore.tenant_id
        meanings = Counterparts(self.mapping, lambda: self.filters, self._find_role, is_same)
        wanted = read_wanted(item.backup_item_id, meanings)
        if wanted.group_ids & self.missing_groups:
            raise NotWritable(codes.GROUP_MISSING)
        return wanted

    def look_for_groups(self) -> None:
        """Ask the tenant whether the groups that were mapped to are still there; raises GraphError."""
        targets = [target for target in self.mapping.values() if isinstance(target, str)]
        self.missing_groups = self.live.missing_groups(targets)

    def look_for_filters(self) -> None:
        """Where a filter is undecided ask both tenants what there is now, and take what is the same."""
        if not undecided_filters(self.restore.id):
            return
        source = find_tenant(self.restore.source_tenant_id)
        if source is not None:
            with open_client(self.handle, source) as client:
                refresh_filters(source.id, client)
        refresh_filters(self.restore.tenant_id, self.client)
        with transaction() as session:
            name_filters(session, self.restore)
            resolve_same_filters(self.restore)

    @cached_property
    def filters(self) -> FilterMapping | None:
        """What was decided of assignment filters, without those that the tenant has no more; None within one tenant."""
        if self.restore.source_tenant_id == self.restore.tenant_id:
            return None
        decided = read_filter_mapping(self.restore.id)
        present = read_filter_names(self.client) if any(isinstance(each, str) for each in decided.values()) else {}
        return {source: target for source, target in decided.items() if target is SKIP or target in present}

    def _find_role(self, role_id: str, name: str | None) -> str | None:
        """Return the target's role: the one that this restore writes, else the one of that id, or that name."""
        item = queries.find_item(self._role_items[role_id]) if role_id in self._role_items else None
        if item is not None:
            known = item.written_external_id or item.target_external_id
            return known or (role_id if item.action in (None, Action.CREATE) and not item.ended_at else None)
        return counterparts({role_id: name or ""}, self._roles).get(role_id)

    @cached_property
    def _role_items(self) -> Mapping[str, int]:
        """The items that are roles, by their ids in the source: read once, for what is chosen does not change."""
        return queries.item_ids_of_type(self.restore.id, "roleDefinitions")

    @cached_property
    def _roles(self) -> dict[str, str]:
        return dict(names_of(self.client, _ROLES))


@contextmanager
def open_context(handle: RunHandle) -> Iterator[Context]:
    """Open the restore that a run names; raises OperationFailed when it is gone, or another tenant's."""
    restore = queries.find_restore(restore_id_of(handle.inputs))
    if restore is None or handle.tenant is None or restore.tenant_id != handle.tenant.id:
        raise OperationFailed(codes.NOT_READY)
    with open_client(handle) as client:
        yield Context(handle, restore, client, queries.read_mapping(restore.id), LiveTenant(client))
