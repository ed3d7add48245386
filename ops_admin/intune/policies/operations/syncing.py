"""`policies.sync` (R41): reads chosen policies again, without listing all policies of the tenant."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby

from flask_babel import gettext as _

from ops_admin.graph.assigning import AssignmentsReading
from ops_admin.graph.canonical import content_hash
from ops_admin.graph.client import GraphClient
from ops_admin.graph.errors import NOT_FOUND, UNAVAILABLE, UNEXPECTED_RESPONSE
from ops_admin.graph.reading import PolicyReading, find_name
from ops_admin.graph.resources import PolicyType, find_policy_type
from ops_admin.infra.database import utcnow
from ops_admin.intune.operations import open_client, read_along, read_whole, tenant_of
from ops_admin.intune.policies.codes import POLICY_NOT_FOUND, UNKNOWN_TYPE
from ops_admin.intune.policies.observations import Observation, with_assignments
from ops_admin.intune.policies.operations.choosing import batches, chosen_ids
from ops_admin.intune.policies.references import PolicyReference, find_references
from ops_admin.intune.policies.storage import Recorded, mark_gone, record_observations
from ops_admin.intune.policies.types import type_label
from ops_admin.runs.failures import OperationFailed
from ops_admin.runs.handle import RunHandle

# Policies in one $batch, in memory at once, and in one transaction.
CHUNK = 20


def sync_policies(handle: RunHandle) -> None:
    """Update the selected policies. Those that the tenant no longer has are marked as missing."""
    ids = chosen_ids(handle)
    references = find_references(tenant_of(handle).id, ids)
    handle.progress(total=len(ids), processed=0, succeeded=0, failed=0, created=0, updated=0)
    _fail(handle, POLICY_NOT_FOUND, len(ids) - len(references))
    with open_client(handle) as client:
        for key, group in groupby(references, key=lambda reference: reference.type):
            policy_type = find_policy_type(key)
            if policy_type is None:
                _fail(handle, UNKNOWN_TYPE, len(list(group)), key)
            else:
                _sync_type(handle, client, replace(policy_type, read_each=True), list(group))


def _fail(handle: RunHandle, code: str, number: int, message: str = "") -> None:
    if number:
        handle.failure(code, message, number)
        handle.count(processed=number, failed=number)


def _sync_type(
    handle: RunHandle, client: GraphClient, policy_type: PolicyType, references: Sequence[PolicyReference]
) -> None:
    for positions in batches(range(len(references)), CHUNK):
        chunk = [references[position] for position in positions]
        read_at = utcnow()
        items = [{"id": each.external_id, policy_type.name_field: each.name} for each in chunk]
        readings = read_whole(client, policy_type, items)
        _raise_if_unavailable(handle, readings)
        assigned = read_along(client, policy_type, readings)
        _store(handle, policy_type, read_at, list(zip(chunk, readings, strict=True)), assigned)
        handle.checkpoint()


def _raise_if_unavailable(handle: RunHandle, readings: Sequence[PolicyReading]) -> None:
    """Fail the run, so that it is retried (R21), if Graph is unavailable and no policy was read yet."""
    errors = [reading.error for reading in readings]
    if not handle.counts.get("succeeded") and all(error and error.code == UNAVAILABLE for error in errors):
        raise OperationFailed(UNAVAILABLE)


def _store(
    handle: RunHandle,
    policy_type: PolicyType,
    read_at: datetime,
    read: Sequence[tuple[PolicyReference, PolicyReading]],
    assigned: Mapping[str, AssignmentsReading],
) -> None:
    """Store and count one chunk. A policy that no longer exists in the tenant is not a failure."""
    tenant_id, key = tenant_of(handle).id, policy_type.key
    gone = [each.external_id for each, reading in read if reading.error and reading.error.code == NOT_FOUND]
    observations = [
        with_assignments(_observation(policy_type, *pair, read_at), assigned.get(pair[0].external_id))
        for pair in read
        if pair[0].external_id not in gone
    ]
    recorded = record_observations(tenant_id, key, observations, handle.run_id) if observations else Recorded()
    marked = mark_gone(tenant_id, key, gone, read_at, utcnow()) if gone else 0
    codes = [observation.failure_code for observation in observations if observation.failure_code]
    for code in codes:
        handle.failure(code, f"{type_label(key)}: {_('a policy could not be read')}")
    for observation in observations:
        if observation.assignments_failure_code:
            text = _("the assignments of a policy could not be read")
            handle.failure(observation.assignments_failure_code, f"{type_label(key)}: {text}")
    handle.count(
        processed=len(read),
        succeeded=len(read) - len(codes),
        failed=len(codes),
        created=recorded.created,
        updated=recorded.updated + marked,
    )


def _observation(
    policy_type: PolicyType, reference: PolicyReference, reading: PolicyReading, read_at: datetime
) -> Observation:
    name = find_name(policy_type, reading.content) if reading.content else reference.name
    if reading.content is None:
        code = reading.error.code if reading.error else UNEXPECTED_RESPONSE
        return Observation(reference.external_id, name, read_at, failure_code=code)
    seen = Observation(reference.external_id, name, read_at, reading.content, content_hash(reading.content))
    return replace(seen, sealed_secrets=reading.sealed_secrets, former_hash=reading.former_hash)
