"""What a reader asks of the ledger: the scope, the filter, and the position in the list."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from ops_admin.runs.ledger import Run
from ops_admin.runs.states import Display


@dataclass(frozen=True)
class Scope:
    """Whose runs are visible: those of these tenants, and the tenantless ones of these workspaces.

    `reach` lists the workspaces that contain all of these, where known. It does not widen the scope, but lets the
    database walk a workspace's newest runs instead of collecting and sorting those of all its tenants (R35). In the
    workspaces of `whole` everything is visible, so that nobody has to list hundreds of tenant ids.
    """

    tenant_ids: frozenset[int]
    workspace_ids: frozenset[int]
    reach: frozenset[int] = frozenset()
    whole: frozenset[int] = frozenset()

    @property
    def is_whole(self) -> bool:
        """Whether everything within reach is visible."""
        return bool(self.reach) and self.reach == self.whole

    def only(self, tenant_ids: Collection[int]) -> "Scope":
        """Return the part of this scope in these tenants."""
        return Scope(self.tenant_ids & frozenset(tenant_ids), frozenset(), self.reach)

    def holds(self, run: Run) -> bool:
        """Whether `run` is within this scope."""
        if run.tenant_id is None:
            return run.workspace_id in self.workspace_ids
        return run.tenant_id in self.tenant_ids


@dataclass(frozen=True)
class RunFilter:
    """What a reader of the list asked for (R32). None means any. `types` are catalog keys."""

    display: Display | None = None
    status: str | None = None
    outcome: str | None = None
    types: tuple[str, ...] | None = None
    tenant_id: int | None = None
    initiator: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    run_id: int | None = None
