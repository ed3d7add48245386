"""What a reader asks of the ledger: within which scope, which runs, from which place on."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from ops_admin.runs.ledger import Run
from ops_admin.runs.states import Display


@dataclass(frozen=True)
class Scope:
    """Whose runs may be seen: those of these tenants, and the tenantless ones of these workspaces.

    `reach` are the workspaces in which all of that lies, where it is known: it widens nothing, but lets the database
    walk the newest runs of a workspace instead of gathering and sorting those of all its tenants (R35). Of those in
    `whole` everything is seen, so that nobody has to ask for hundreds of tenants by their ids.
    """

    tenant_ids: frozenset[int]
    workspace_ids: frozenset[int]
    reach: frozenset[int] = frozenset()
    whole: frozenset[int] = frozenset()

    @property
    def is_whole(self) -> bool:
        """Whether everything within reach is seen."""
        return bool(self.reach) and self.reach == self.whole

    def only(self, tenant_ids: Collection[int]) -> "Scope":
        """The part of this scope that lies in these tenants."""
        return Scope(self.tenant_ids & frozenset(tenant_ids), frozenset(), self.reach)

    def holds(self, run: Run) -> bool:
        """Whether `run` lies within this scope."""
        if run.tenant_id is None:
            return run.workspace_id in self.workspace_ids
        return run.tenant_id in self.tenant_ids


@dataclass(frozen=True)
class RunFilter:
    """What a reader of the list asked for (R32); None means any. `types` are catalog keys."""

    display: Display | None = None
    status: str | None = None
    outcome: str | None = None
    types: tuple[str, ...] | None = None
    tenant_id: int | None = None
    initiator: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    run_id: int | None = None
