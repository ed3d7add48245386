"""Presents the tenants on the home page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ops_admin.access.queries import Tenant, Workspace
from ops_admin.intune.inventory.queries import LastSync
from ops_admin.runs.ledger import Run
from ops_admin.runs.queries import TenantActivity


@dataclass(frozen=True)
class Facts:
    """Facts about tenants by tenant id. Tenants without such a fact are left out."""

    policies: Mapping[int, int]
    syncs: Mapping[int, LastSync]
    activity: Mapping[int, TenantActivity]
    failures: Mapping[int, Run]


@dataclass(frozen=True)
class TenantLine:
    """One tenant. `sync` is None if it was never synced, `failure` if no run failed recently."""

    tenant: Tenant
    policies: int
    sync: LastSync | None
    activity: TenantActivity
    failure: Run | None


@dataclass(frozen=True)
class WorkspaceLines:
    """A workspace with its tenants on this page."""

    workspace: Workspace
    lines: tuple[TenantLine, ...]


def matching(tenants: Sequence[Tenant], search: str) -> list[Tenant]:
    """Return the tenants whose name or directory id contains the search text, ignoring case."""
    wanted = search.casefold()
    return [each for each in tenants if wanted in each.display_name.casefold() or wanted in each.external_id]


def in_order(tenants: Sequence[Tenant], workspaces: Sequence[Workspace]) -> list[Tenant]:
    """Return the tenants sorted by workspace; within a workspace the order stays."""
    places = {workspace.id: number for number, workspace in enumerate(workspaces)}
    return sorted(tenants, key=lambda tenant: places.get(tenant.workspace_id, len(places)))


def lines_of(workspaces: Sequence[Workspace], tenants: Sequence[Tenant], facts: Facts) -> list[WorkspaceLines]:
    """Return the lines of a page, by workspace."""
    return [
        WorkspaceLines(each, tuple(_line(tenant, facts) for tenant in tenants if tenant.workspace_id == each.id))
        for each in workspaces
    ]


def _line(tenant: Tenant, facts: Facts) -> TenantLine:
    return TenantLine(
        tenant,
        facts.policies.get(tenant.id, 0),
        facts.syncs.get(tenant.id),
        facts.activity.get(tenant.id, TenantActivity()),
        facts.failures.get(tenant.id),
    )
