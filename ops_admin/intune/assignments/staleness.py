"""When a recent success does not count any more, because what it worked on has changed since (R22). Database alone."""

from ops_admin.intune.assignments import queries
from ops_admin.intune.assignments.previews import preview_restore
from ops_admin.intune.backups.queries import find_assigned_policies
from ops_admin.intune.policies.chosen import find_chosen
from ops_admin.intune.policies.selections import POLICY_IDS
from ops_admin.runs.ledger import Run


def has_unfetched_versions(run: Run) -> bool:
    """Whether a sync has since brought a version, or for "all" a policy, whose assignments `run` could not fetch."""
    return run.tenant_id is not None and queries.has_unfetched(run.tenant_id, find_chosen(run.inputs))


def would_change_something(run: Run) -> bool:
    """Whether what was fetched since `run` shows that restoring the same again would change something.

    Somebody else has assigned the policies otherwise, or another restore has.
    """
    if run.tenant_id is None or run.completed_at is None:
        return False
    fetched = queries.fetched_since(run.tenant_id, run.completed_at, other_than=run.id)
    chosen = find_chosen(run.inputs)
    meant = find_assigned_policies(int(str(run.inputs["backup_set_id"]))).policy_ids if chosen is None else chosen
    changed = sorted(fetched.intersection(meant))
    return bool(changed) and preview_restore(run.tenant_id, {**run.inputs, POLICY_IDS: changed}).changing > 0
