"""Converts table rows to the frozen values that leave the ledger. Used by the only writer and the only reader."""

from collections.abc import Mapping
from typing import Any

from ops_admin.runs import counts
from ops_admin.runs.history import Transition, event_of
from ops_admin.runs.ledger import Failure, Run


def run_from(row: Any) -> Run:
    """Build a Run from a row of `operation_runs`. Any old row can be shown, whatever it holds (R9)."""
    return Run(
        id=row.id,
        workspace_id=row.workspace_id,
        tenant_id=row.tenant_id,
        user_id=row.user_id,
        initiator_name=row.initiator_name,
        type=row.type,
        status=row.status,
        outcome=row.outcome,
        run_identity_hash=row.run_identity_hash,
        revision=row.revision,
        attempt=row.attempt,
        claim=row.claim,
        created_at=row.created_at,
        updated_at=row.updated_at,
        started_at=row.started_at,
        completed_at=row.completed_at,
        heartbeat_at=row.heartbeat_at,
        cancel_requested_at=row.cancel_requested_at,
        counts=counts.normalise(row.summary_counts),
        failures=failures_from(row.failure_summary),
        is_legacy=row.is_legacy,
        context=dict(row.context) if isinstance(row.context, Mapping) else {},
    )


def transition_from(row: Any) -> Transition:
    """Build a Transition from a row of `operation_run_transitions`."""
    return Transition(
        from_status=row.from_status,
        to_status=row.to_status,
        outcome=row.outcome,
        at=row.at,
        actor=row.actor,
        reason=row.reason,
        actor_id=row.actor_id,
        event=event_of(row.event_type, row.data),
    )


def failures_from(stored: object) -> tuple[Failure, ...]:
    """Build the failures of a run from its `failure_summary`."""
    entries = stored if isinstance(stored, list) else []
    return tuple(
        Failure(str(entry.get("code", "")), str(entry.get("message", "")), counts.whole(entry.get("count")) or 1)
        for entry in entries
        if isinstance(entry, Mapping)
    )
