"""`assignments.fetch` and `assignments.restore` (R22, R45): read the assignments of policies, and write them back.

See docs/adr/0014-assignments-and-backups.md.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby, islice

from flask_babel import lazy_gettext as _

from ops_admin.access.capabilities import Capability
from ops_admin.graph.assigning import (
    ASSIGNING_CODES,
    AssignmentsReading,
    InvalidAssignment,
    assign,
)
from ops_admin.graph.client import GraphClient
from ops_admin.graph.errors import FAILURE_CODES, UNEXPECTED_RESPONSE, GraphError
from ops_admin.graph.resources import PolicyType, get_policy_type
from ops_admin.graph.transport import JSONObject
from ops_admin.infra.database import utcnow
from ops_admin.intune.assignments import storage
from ops_admin.intune.assignments.codes import ASSIGNMENT_CODES, NO_VERSION, POLICY_MISSING
from ops_admin.intune.assignments.inputs import mapping_of, parse_fetch_inputs, parse_restore_inputs
from ops_admin.intune.assignments.planning import Wanted, full_mapping, plan, source_of, to_send
from ops_admin.intune.assignments.staleness import has_unfetched_versions, would_change_something
from ops_admin.intune.backups.queries import find_assigned_policies
from ops_admin.intune.operations import ATTEMPTS, RETRY_CODES, open_client, read_all_assignments, tenant_of
from ops_admin.intune.policies.chosen import find_chosen
from ops_admin.intune.policies.codes import SELECTION_CODES
from ops_admin.intune.policies.references import PolicyReference, find_references, list_references
from ops_admin.intune.policies.types import type_label
from ops_admin.runs.catalog import OperationType
from ops_admin.runs.handle import RunHandle, StopRequested

logger = logging.getLogger(__name__)

# Policies in one $batch, in memory at once, and in one transaction.
CHUNK = 20
COOLDOWN = timedelta(minutes=15)

_SKIPPED = _("policies of types that Intune does not assign to groups")

FAILURES: Mapping[str, object] = {**FAILURE_CODES, **ASSIGNING_CODES, **ASSIGNMENT_CODES, **SELECTION_CODES}


@dataclass(frozen=True)
class Chunk:
    """Some policies of one type."""

    policy_type: PolicyType
    policies: Sequence[PolicyReference]

    @property
    def label(self) -> str:
        """The type as pages show it."""
        return type_label(self.policy_type.key)


def fetch_assignments(handle: RunHandle) -> None:
    """Store the assignments of the tenant's policies with the current version of each policy."""
    chosen = find_chosen(handle.inputs)
    policies = _chosen(handle, chosen) if chosen is not None else list_references(tenant_of(handle).id)
    assignable = _assignable(handle, policies)
    with open_client(handle) as client:
        for chunk in _chunks(assignable):
            _store(handle, chunk, _read(client, chunk))
            handle.checkpoint()


def restore_assignments(handle: RunHandle) -> None:
    """Restore the assignments of policies from the source in the inputs, one policy after the other."""
    policies = _assignable(handle, _to_restore(handle))
    stored = source_of(tenant_of(handle).id, handle.inputs, [policy.id for policy in policies])
    mapping = full_mapping(tenant_of(handle).id, stored.values(), mapping_of(handle.inputs))
    with open_client(handle) as client:
        for chunk in _chunks(policies):
            written: list[PolicyReference] = []
            try:
                for policy, present in _read(client, chunk):
                    sent = _find_change(handle, chunk, present, plan(stored.get(policy.id), mapping))
                    if sent is not None:
                        handle.checkpoint()
                        written.append(policy)
                        _send(handle, client, chunk, policy, sent)
            except StopRequested:
                _fetch_written_before_stop(handle, client, chunk, written)
                raise
            _fetch_written(handle, client, chunk, written)


def _to_restore(handle: RunHandle) -> list[PolicyReference]:
    chosen = find_chosen(handle.inputs)
    if chosen is not None:
        return _chosen(handle, chosen)
    held = find_assigned_policies(int(str(handle.inputs["backup_set_id"])))
    _report_missing(handle, held.missing)
    return find_references(tenant_of(handle).id, held.policy_ids)


def _chosen(handle: RunHandle, policy_ids: list[int]) -> list[PolicyReference]:
    references = find_references(tenant_of(handle).id, policy_ids)
    _report_missing(handle, len(set(policy_ids)) - len(references))
    return references


def _report_missing(handle: RunHandle, missing: int) -> None:
    if missing:
        handle.failure(POLICY_MISSING, count=missing)
        handle.count(processed=missing, failed=missing)


def _assignable(handle: RunHandle, policies: Sequence[PolicyReference]) -> list[PolicyReference]:
    """Return the policies whose type is assigned to groups; the others are counted as skipped."""
    assignable = [policy for policy in policies if get_policy_type(policy.type).assignable]
    skipped = len(policies) - len(assignable)
    handle.count(processed=skipped, skipped=skipped, succeeded=0, failed=0, updated=0)
    handle.progress(total=handle.counts["processed"] + len(assignable))
    return assignable


def _chunks(policies: Sequence[PolicyReference]) -> Iterator[Chunk]:
    """Divide policies, which are sorted by type, into chunks of one type."""
    for key, group in groupby(policies, key=lambda policy: policy.type):
        while some := tuple(islice(group, CHUNK)):
            yield Chunk(get_policy_type(key), some)


def _read(client: GraphClient, chunk: Chunk) -> list[tuple[PolicyReference, AssignmentsReading]]:
    items = [{"id": policy.external_id} for policy in chunk.policies]
    readings = read_all_assignments(client, chunk.policy_type, items)
    return list(zip(chunk.policies, readings, strict=True))


def _store(handle: RunHandle, chunk: Chunk, readings: Sequence[tuple[PolicyReference, AssignmentsReading]]) -> None:
    """Store the assignments of one chunk, and report and count its failures."""
    now = utcnow()
    fetched = {policy.id: each.assignments for policy, each in readings if each.assignments is not None}
    stored = storage.record_fetched(fetched, handle.run_id, now)
    failed = {policy.id: each.error.code for policy, each in readings if each.error is not None}
    failed |= dict.fromkeys(fetched.keys() - stored, NO_VERSION)
    storage.record_failed(failed, handle.run_id, now)
    for code in failed.values():
        handle.failure(code, f"{chunk.label}: {_('the assignments of a policy could not be fetched')}")
    handle.count(processed=len(readings), succeeded=len(stored), failed=len(failed), updated=len(stored))


def _find_change(
    handle: RunHandle, chunk: Chunk, present: AssignmentsReading, wanted: Wanted
) -> list[JSONObject] | None:
    """Return the set to send for one policy. If there is nothing to send, count the policy and return None."""
    # Without the present assignments nothing is sent: /assign would remove those that have to stay.
    code = wanted.code or (present.error.code if present.error else None)
    if code is not None or present.assignments is None:
        _fail(handle, chunk, code or UNEXPECTED_RESPONSE)
        return None
    sent = to_send(present.assignments, wanted, handle.inputs.get("mode"))
    if sent is None:
        handle.count(processed=1, succeeded=1)
    return sent


def _send(
    handle: RunHandle, client: GraphClient, chunk: Chunk, policy: PolicyReference, sent: Sequence[JSONObject]
) -> None:
    try:
        assign(client, chunk.policy_type, policy.external_id, sent)
    except (GraphError, InvalidAssignment) as error:
        logger.warning("run %s could not assign policy %s: %s", handle.run_id, policy.id, error)
        _fail(handle, chunk, error.code)
        return
    handle.count(processed=1, succeeded=1, updated=1)


def _fail(handle: RunHandle, chunk: Chunk, code: str) -> None:
    handle.failure(code, f"{chunk.label}: {_('the assignments of a policy were not restored')}")
    handle.count(processed=1, failed=1)


def _fetch_written_before_stop(
    handle: RunHandle, client: GraphClient, chunk: Chunk, written: Sequence[PolicyReference]
) -> None:
    """Try to fetch what a run wrote before it stops, so that pages show it. Gives up if that has to wait."""
    try:
        _fetch_written(handle, client, chunk, written)
    except StopRequested:
        logger.warning("run %s ends without having looked at what it wrote last", handle.run_id)


def _fetch_written(handle: RunHandle, client: GraphClient, chunk: Chunk, written: Sequence[PolicyReference]) -> None:
    """Store the present assignments of the policies. The restore does not fail if they cannot be read."""
    if not written:
        return
    readings = _read(client, Chunk(chunk.policy_type, written))
    fetched = {policy.id: each.assignments for policy, each in readings if each.assignments is not None}
    storage.record_fetched(fetched, handle.run_id, utcnow())


ASSIGNMENTS_FETCH = OperationType(
    key="assignments.fetch",
    label=_("Assignments fetch"),
    capability=Capability.ASSIGNMENTS_FETCH,
    handler=fetch_assignments,
    identity_inputs=("policy_ids", "selection", "all"),
    parse_inputs=parse_fetch_inputs,
    max_attempts=ATTEMPTS,
    retry_codes=RETRY_CODES,
    cooldown=COOLDOWN,
    is_stale=has_unfetched_versions,
    resume="anywhere",
    skipped=_SKIPPED,
    failure_codes=FAILURES,
)
ASSIGNMENTS_RESTORE = OperationType(
    key="assignments.restore",
    label=_("Assignments restore"),
    capability=Capability.ASSIGNMENTS_RESTORE,
    handler=restore_assignments,
    identity_inputs=("policy_ids", "selection", "all", "version", "backup_set_id", "mapping", "mode"),
    parse_inputs=parse_restore_inputs,
    cooldown=COOLDOWN,
    is_stale=would_change_something,
    # Never repeated automatically: after writing, the run stores assignments where it may have read those to restore,
    # and groups would be mapped twice. A person who sees the plan may start it again.
    resume="never",
    skipped=_SKIPPED,
    failure_codes=FAILURES,
)
