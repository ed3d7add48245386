"""Says when a recent success is out of date and a new run is needed despite the cooldown (R22).

Reads only the database.
"""

from ops_admin.intune.assignments import queries
from ops_admin.intune.assignments.previews import preview_restore
from ops_admin.intune.backups.queries import find_assigned_policies
from ops_admin.intune.policies.chosen import find_chosen
from ops_admin.intune.policies.selections import POLICY_IDS
from ops_admin.runs.ledger import Run


def has_unfetched_versions(run: Run) -> bool:
    """Whether there are versions or, for "all", policies whose assignments `run` did not fetch."""
    return run.tenant_id is not None and queries.has_unfetched(run.tenant_id, find_chosen(run.inputs))


def would_change_something(run: Run) -> bool:
    """Whether the same restore would change something again, judging by what was fetched since `run`.

    The assignments may have been changed in the tenant or by another restore.
    """
    if run.tenant_id is None or run.completed_at is None:
        return False
    fetched = queries.fetched_since(run.tenant_id, run.completed_at, other_than=run.id)
    chosen = find_chosen(run.inputs)
    ids = find_assigned_policies(int(str(run.inputs["backup_set_id"]))).policy_ids if chosen is None else chosen
    changed = sorted(fetched.intersection(ids))
    return bool(changed) and preview_restore(run.tenant_id, {**run.inputs, POLICY_IDS: changed}).changing > 0
