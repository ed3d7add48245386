"""Runs of an earlier system, as the ledger keeps them (R9). Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ops_admin.redaction import scrub_context
from ops_admin.runs import counts, failures
from ops_admin.runs.identity import identity_hash
from ops_admin.runs.ledger import Failure
from ops_admin.runs.states import is_active


@dataclass(frozen=True)
class LegacyRun:
    """A run of an earlier system, with that system's `status` and `outcome`.

    `reference` is what that system called it: a run is stored once for each.
    """

    reference: str
    workspace_id: int
    tenant_id: int | None
    initiator_name: str
    type: str
    status: str
    outcome: str
    created_at: datetime
    started_at: datetime | None = None
    completed_at: datetime | None = None
    counts: Mapping[str, object] = field(default_factory=dict)
    failures: tuple[Failure, ...] = ()
    context: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse an active one with ValueError: nobody would ever do its work."""
        if is_active(self.status, self.outcome):
            raise ValueError(f"a run that is still {self.status} cannot be taken over")

    @property
    def identity_hash(self) -> str:
        """What tells it from all others: no run of today has the same."""
        scope = f"tenant:{self.tenant_id}" if self.tenant_id is not None else f"workspace:{self.workspace_id}"
        return identity_hash(self.type, scope, {"legacy_reference": self.reference})


def columns_of(old: LegacyRun, people: Collection[str]) -> dict[str, object]:
    """Return what is stored of it: its status and outcome as they were, the rest as of any run (R6 to R8).

    `people` are names that no failure may keep.
    """
    recorded = failures.normalise(old.failures, [*people, old.initiator_name], any_code=True)
    return {
        "workspace_id": old.workspace_id,
        "tenant_id": old.tenant_id,
        "user_id": None,
        "initiator_name": old.initiator_name,
        "type": old.type,
        "status": old.status,
        "outcome": old.outcome,
        "is_legacy": True,
        "run_identity_hash": old.identity_hash,
        "context": scrub_context(old.context),
        "summary_counts": counts.normalise(old.counts),
        "failure_summary": failures.as_json(recorded),
        "revision": 1,
        "attempt": 1,
        "claim": 0,
        "started_at": old.started_at,
        "completed_at": old.completed_at,
        "created_at": old.created_at,
        "updated_at": old.completed_at or old.created_at,
    }
