"""What preview and execution share: the run's restore, its tenant, and what source ids mean there."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from ops_admin.access.queries import find_tenant
from ops_admin.graph.client import GraphClient
from ops_admin.graph.writing import ENROLLMENT
from ops_admin.infra.database import transaction
from ops_admin.intune.assignments.mapping import SKIP, FilterMapping
from ops_admin.intune.directory.operations import read_filter_names, refresh_filters
from ops_admin.intune.operations import open_client
from ops_admin.intune.restore import codes, queries
from ops_admin.intune.restore.filters import (
    list_filters,
    name_filters,
    read_filter_mapping,
    resolve_same_filters,
    undecided_filters,
)
from ops_admin.intune.restore.inputs import restore_id_of
from ops_admin.intune.restore.operations.desired import Counterparts, Wanted, read_wanted
from ops_admin.intune.restore.operations.live import LiveTenant
from ops_admin.intune.restore.operations.naming import FILTER, Names
from ops_admin.intune.restore.operations.ordering import in_order
from ops_admin.intune.restore.operations.refusals import NotWritable
from ops_admin.intune.restore.operations.resolving import RESTORED_AS, Resolver
from ops_admin.intune.restore.queries import Restore, RestoreItem
from ops_admin.intune.restore.reach import Reach, TargetKind, named
from ops_admin.intune.restore.references import collect_references, referred_by_item
from ops_admin.intune.secret_values import vault
from ops_admin.runs.failures import OperationFailed
from ops_admin.runs.handle import RunHandle


@dataclass
class Context:
    """One run's view of its restore."""

    handle: RunHandle
    restore: Restore
    client: GraphClient
    resolver: Resolver
    live: LiveTenant
    circles: frozenset[int] = frozenset()
    missing_groups: frozenset[str] = field(default_factory=frozenset)

    def want(self, item: RestoreItem) -> Wanted:
        """Return what the target should hold for an item. Raises NotWritable, GraphError."""
        if item.id in self.circles:
            raise NotWritable(codes.REFERENCE_CIRCLE)
        meanings = Counterparts(self.restore, self.resolver, lambda: self.filters, self.missing_groups)
        wanted = read_wanted(item.backup_item_id, meanings, vault().open(item.sealed_secrets))
        if wanted.group_ids & self.missing_groups:
            raise NotWritable(codes.GROUP_MISSING)
        return wanted

    def in_order(self, items: Sequence[RestoreItem]) -> list[RestoreItem]:
        """Return the items in the order in which they are written: what others refer to comes first.

        Enrollment configurations are written by priority: each is created after all others, and then only moves up.
        """
        priorities = queries.read_priorities(self.restore.id, ENROLLMENT)
        by_id = {item.id: item for item in sorted(items, key=lambda each: priorities.get(each.id, 0))}
        ids = {(item.type, item.external_id): item.id for item in items}
        needs = {
            item_id: [
                ids[type_key, each.id]
                for each in referred
                for type_key in RESTORED_AS.get(each.kind, ())
                if (type_key, each.id) in ids
            ]
            for item_id, referred in referred_by_item(self.restore.id)
        }
        ordered, self.circles = in_order([*by_id], needs)
        return [by_id[item_id] for item_id in ordered if item_id in by_id]

    def look_for_groups(self) -> None:
        """Check that the mapped groups still exist in the tenant. Raises GraphError."""
        targets = [target for target in self.resolver.groups.values() if isinstance(target, str)]
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

    def collect_references(self) -> None:
        """List what the items refer to, for drafts that were made before that was done with the selection."""
        with transaction() as session:
            collect_references(session, self.restore)

    def reach(self, wanted: Wanted, reach: Reach) -> dict[str, Any]:
        """Return a reach with names, as it is stored. What is dropped has the names of the source."""
        names = self._source_names
        dropped = tuple(replace(each, target=named([each.target], names)[0]) for each in wanted.dropped)
        before, after = self.names.name(reach.before), self.names.name(reach.after)
        return replace(reach, before=before, after=after, dropped=dropped).as_json()

    @cached_property
    def names(self) -> Names:
        """The names of the target's groups, people and filters."""
        return Names(self.restore.tenant_id, self.client)

    @cached_property
    def _source_names(self) -> Callable[[str, str], str | None]:
        groups = {row.source_group_id: row.source_name for row in queries.list_groups(self.restore.id)}
        filters = {row.source_filter_id: row.source_name for row in list_filters(self.restore.id)}
        known = {TargetKind.GROUP: groups, FILTER: filters}
        return lambda kind, each: known.get(kind, {}).get(each)

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


@contextmanager
def open_context(handle: RunHandle, *, is_executing: bool) -> Iterator[Context]:
    """Open the restore that a run names. Raises OperationFailed if it is gone or belongs to another tenant."""
    restore = queries.find_restore(restore_id_of(handle.inputs))
    if restore is None or handle.tenant is None or restore.tenant_id != handle.tenant.id:
        raise OperationFailed(codes.NOT_READY)
    with open_client(handle) as client:
        resolver = Resolver(restore, client, queries.read_mapping(restore.id), is_executing)
        live = LiveTenant(client, is_source=restore.source_tenant_id == restore.tenant_id)
        yield Context(handle, restore, client, resolver, live)
