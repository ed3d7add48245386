"""What the start page of `assignments.restore` shows: by group name what is there and what would be sent (R45).

What is there is what was fetched last: a page never asks Microsoft Graph (R34). The run reads it again before it
writes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ops_admin.intune.assignments import queries
from ops_admin.intune.assignments.inputs import mapping_of
from ops_admin.intune.assignments.kinds import is_assignable
from ops_admin.intune.assignments.mapping import InvalidAssignments, check_assignments
from ops_admin.intune.assignments.planning import RefusedPlan, Wanted, full_mapping, plan, source_of, to_send
from ops_admin.intune.assignments.presenter import Change, compare
from ops_admin.intune.backups.queries import find_backup_set, policy_ids_of
from ops_admin.intune.policies.chosen import find_chosen
from ops_admin.intune.policies.references import PolicyReference, find_references

MOST_SHOWN = 25


@dataclass(frozen=True)
class PolicyPreview:
    """One policy: what would change, or by `code` why nothing can be sent. `present_at` None: present set unknown."""

    policy: PolicyReference
    changes: Sequence[Change]
    present_at: datetime | None
    writes: bool
    code: str | None


@dataclass(frozen=True)
class Preview:
    """All of them, of which the first are shown; `undecided` groups need a decision, `source` names where from."""

    policies: Sequence[PolicyPreview]
    more: int
    undecided: Sequence[str]
    source_name: str | None
    code: str | None = None

    @property
    def is_ready(self) -> bool:
        """Whether a start makes sense: something was chosen, and nothing is left to decide."""
        return self.code is None and not self.undecided and bool(self.policies)


def preview_restore(tenant_id: int, inputs: Mapping[str, object]) -> Preview:
    """Return what a run with these parsed inputs would do, as far as the database knows."""
    policies = _policies(tenant_id, inputs)
    try:
        stored = source_of(tenant_id, inputs, [policy.id for policy in policies])
    except RefusedPlan as refused:
        return Preview([], 0, [], None, refused.code)
    mapping = full_mapping(tenant_id, stored.values(), mapping_of(inputs))
    plans = {policy.id: plan(stored.get(policy.id), mapping) for policy in policies}
    shown = policies[:MOST_SHOWN]
    return Preview(
        policies=[_preview(tenant_id, policy, plans[policy.id], inputs.get("mode")) for policy in shown],
        more=len(policies) - len(shown),
        undecided=sorted({group_id for each in plans.values() for group_id in each.undecided}),
        source_name=_source_name(inputs),
    )


def _policies(tenant_id: int, inputs: Mapping[str, object]) -> list[PolicyReference]:
    chosen, set_id = find_chosen(inputs), inputs.get("backup_set_id")
    if chosen is None:
        backup = find_backup_set(set_id) if isinstance(set_id, int) else None
        chosen = policy_ids_of(backup.id) if backup and backup.tenant_id == tenant_id else []
    return [policy for policy in find_references(tenant_id, chosen) if is_assignable(policy.type)]


def _preview(tenant_id: int, policy: PolicyReference, wanted: Wanted, mode: object) -> PolicyPreview:
    fetch, present = queries.find_fetch(policy.id), queries.find_stored(policy.id)
    try:
        before = check_assignments(present.assignments) if present else []
    except InvalidAssignments:
        before, present = [], None
    if wanted.code:
        return PolicyPreview(policy, [], fetch.fetched_at if fetch else None, False, wanted.code)
    sent = to_send(before, wanted, mode)
    changes = compare(tenant_id, before, before if sent is None else sent, wanted.assignments)
    return PolicyPreview(policy, changes, fetch.fetched_at if fetch and present else None, sent is not None, None)


def _source_name(inputs: Mapping[str, object]) -> str | None:
    set_id = inputs.get("backup_set_id")
    backup = find_backup_set(set_id) if isinstance(set_id, int) else None
    return backup.name if backup else None
