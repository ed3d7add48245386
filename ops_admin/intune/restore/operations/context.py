"""What preview and execution share: the run's restore, its tenant, and what source ids mean there."""

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
from ops_admin.intune.restore.operations.desired import Counterparts, Wanted, read_wanted
from ops_admin.intune.restore.operations.live import LiveTenant, counterparts, names_of
from ops_admin.intune.restore.operations.refusals import NotWritable
from ops_admin.intune.restore.queries import Restore, RestoreItem
from ops_admin.intune.restore.states import Action
from ops_admin.intune.secret_values import vault
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
        """Return what the target should hold for an item. Raises NotWritable, GraphError."""
        is_same = self.restore.source_tenant_id == self.restore.tenant_id
        meanings = Counterparts(self.mapping, lambda: self.filters, self._find_role, is_same)
        wanted = read_wanted(item.backup_item_id, meanings, vault().open(item.sealed_secrets))
        if wanted.group_ids & self.missing_groups:
            raise NotWritable(codes.GROUP_MISSING)
        return wanted

    def look_for_groups(self) -> None:
        """Check that the mapped groups still exist in the tenant. Raises GraphError."""
        targets = [target for target in self.mapping.values() if isinstance(target, str)]
        self.missing_groups = self.live.missing_groups(targets)

    def look_for_filters(self) -> None:
        """If a filter is undecided, read the current filters of both tenants and map those that are the same."""
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
        """The decisions on assignment filters, without filters that the tenant no longer has.

        None within one tenant.
        """
        if self.restore.source_tenant_id == self.restore.tenant_id:
            return None
        decided = read_filter_mapping(self.restore.id)
        present = read_filter_names(self.client) if any(isinstance(each, str) for each in decided.values()) else {}
        return {source: target for source, target in decided.items() if target is SKIP or target in present}

    def _find_role(self, role_id: str, name: str | None) -> str | None:
        """Return the target's role: the one that this restore writes, otherwise the one with that id or name."""
        item = queries.find_item(self._role_items[role_id]) if role_id in self._role_items else None
        if item is not None:
            known = item.written_external_id or item.target_external_id
            return known or (role_id if item.action in (None, Action.CREATE) and not item.ended_at else None)
        return counterparts({role_id: name or ""}, self._roles).get(role_id)

    @cached_property
    def _role_items(self) -> Mapping[str, int]:
        """The ids of the items that are roles, by source id.

        Read once, because the selection cannot change meanwhile.
        """
        return queries.item_ids_of_type(self.restore.id, "roleDefinitions")

    @cached_property
    def _roles(self) -> dict[str, str]:
        return dict(names_of(self.client, _ROLES))


@contextmanager
def open_context(handle: RunHandle) -> Iterator[Context]:
    """Open the restore that a run names. Raises OperationFailed if it is gone or belongs to another tenant."""
    restore = queries.find_restore(restore_id_of(handle.inputs))
    if restore is None or handle.tenant is None or restore.tenant_id != handle.tenant.id:
        raise OperationFailed(codes.NOT_READY)
    with open_client(handle) as client:
        live = LiveTenant(client, is_source=restore.source_tenant_id == restore.tenant_id)
        yield Context(handle, restore, client, queries.read_mapping(restore.id), live)
