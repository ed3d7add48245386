"""The preview on the start page of `assignments.restore`: present assignments and what would be sent (R45).

Pages never call Microsoft Graph (R34), so the present assignments are those that were fetched last. The run reads
them again before it writes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ops_admin.intune.assignments import queries
from ops_admin.intune.assignments.inputs import mapping_of
from ops_admin.intune.assignments.kinds import is_assignable
from ops_admin.intune.assignments.mapping import Assignment, InvalidAssignments, check_assignments
from ops_admin.intune.assignments.planning import RefusedPlan, Wanted, full_mapping, plan, source_of, to_send
from ops_admin.intune.assignments.presenter import Change, compare
from ops_admin.intune.assignments.queries import Fetch, StoredAssignments
from ops_admin.intune.backups.queries import (
    AssignedPolicies,
    find_assigned_policies,
    find_backup_set,
    list_sets_of_policy,
)
from ops_admin.intune.policies.chosen import find_chosen
from ops_admin.intune.policies.references import PolicyReference, find_references

MOST_SHOWN = 25


@dataclass(frozen=True)
class PolicyPreview:
    """What would change for one policy, or the `code` that says why nothing can be sent.

    `fetch` tells how old the present assignments are.
    """

    policy: PolicyReference
    changes: Sequence[Change]
    fetch: Fetch | None
    code: str | None


@dataclass(frozen=True)
class Source:
    """Where a policy's assignments can be restored from: one of its versions, or a backup set."""

    version: int | None = None
    backup_set_id: int | None = None
    name: str = ""


@dataclass(frozen=True)
class Preview:
    """What a run would do. It shows at most 25 policies that change or cannot be written, and counts all others.

    `missing` policies are in the backup set but not in the console. `undecided` groups need a decision. `code` says
    why the source cannot be used.
    """

    shown: Sequence[PolicyPreview] = ()
    more: int = 0
    changing: int = 0
    unchanged: int = 0
    missing: int = 0
    undecided: Sequence[str] = ()
    source_name: str | None = None
    sources: Sequence[Source] = ()
    code: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there are no policies."""
        return not self.shown and not self.unchanged and not self.missing

    @property
    def is_ready(self) -> bool:
        """Whether the run can be started: policies were chosen, and every group has a decision."""
        return self.code is None and not self.undecided and not self.is_empty


@dataclass(frozen=True)
class _Draft:
    policy: PolicyReference
    wanted: Wanted
    before: Sequence[Assignment]
    sent: Sequence[Assignment] | None


def preview_restore(tenant_id: int, inputs: Mapping[str, object]) -> Preview:
    """Return what a run with these parsed inputs would do, judging by the database."""
    policies, missing = _policies(tenant_id, inputs)
    try:
        stored = source_of(tenant_id, inputs, [policy.id for policy in policies])
    except RefusedPlan as refused:
        return Preview(code=refused.code)
    mapping = full_mapping(tenant_id, stored.values(), mapping_of(inputs))
    present = queries.list_stored(policy.id for policy in policies)
    drafts = [
        _draft(policy, plan(stored.get(policy.id), mapping), present.get(policy.id), inputs.get("mode"))
        for policy in policies
    ]
    notable = [draft for draft in drafts if draft.wanted.code or draft.sent is not None]
    set_id = inputs.get("backup_set_id")
    backup = find_backup_set(set_id) if isinstance(set_id, int) else None
    return Preview(
        shown=[_preview(tenant_id, draft) for draft in notable[:MOST_SHOWN]],
        more=max(0, len(notable) - MOST_SHOWN),
        changing=sum(draft.sent is not None for draft in drafts),
        unchanged=len(drafts) - len(notable),
        missing=missing,
        undecided=sorted({group_id for draft in drafts for group_id in draft.wanted.undecided}),
        source_name=backup.name if backup else None,
        sources=_sources(tenant_id, policies) if len(policies) == 1 else (),
    )


def _policies(tenant_id: int, inputs: Mapping[str, object]) -> tuple[list[PolicyReference], int]:
    """Return the assignable policies, and how many policies of the backup set are not in the console."""
    chosen, missing = find_chosen(inputs), 0
    if chosen is None:
        set_id = inputs.get("backup_set_id")
        backup = find_backup_set(set_id) if isinstance(set_id, int) else None
        is_own = backup is not None and backup.tenant_id == tenant_id
        held = find_assigned_policies(backup.id) if backup and is_own else AssignedPolicies([], 0)
        chosen, missing = held.policy_ids, held.missing
    return [policy for policy in find_references(tenant_id, chosen) if is_assignable(policy.type)], missing


def _draft(policy: PolicyReference, wanted: Wanted, present: StoredAssignments | None, mode: object) -> _Draft:
    try:
        before = check_assignments(present.assignments) if present else []
    except InvalidAssignments:
        before = []
    if wanted.code:
        return _Draft(policy, wanted, before, None)
    # Without a fetch nothing is known of the present assignments, so everything counts as a change.
    return _Draft(policy, wanted, before, to_send(before, wanted, mode) if present else wanted.assignments)


def _preview(tenant_id: int, draft: _Draft) -> PolicyPreview:
    fetch = queries.find_fetch(draft.policy.id)
    if draft.sent is None:
        return PolicyPreview(draft.policy, [], fetch, draft.wanted.code)
    changes = compare(tenant_id, draft.before, draft.sent, draft.wanted.assignments)
    return PolicyPreview(draft.policy, changes, fetch, None)


def _sources(tenant_id: int, policies: Sequence[PolicyReference]) -> list[Source]:
    """Return where the assignments of the one policy are stored: its versions and backup sets, newest first."""
    policy_id = policies[0].id
    versions = [Source(version=number) for number in queries.numbers_with_assignments(policy_id)]
    backups = list_sets_of_policy(tenant_id, policy_id)
    return [*versions, *(Source(backup_set_id=backup.id, name=backup.name) for backup in backups)]
