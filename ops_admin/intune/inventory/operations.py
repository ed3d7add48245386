"""`inventory.sync` (R40): lists every policy type, then reads and stores the policies.

See docs/adr/0011-inventory-sync.md.
"""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime

from flask_babel import lazy_gettext as _

from ops_admin.access.capabilities import Capability
from ops_admin.graph.assigning import AssignmentsReading
from ops_admin.graph.canonical import content_hash
from ops_admin.graph.client import GraphClient
from ops_admin.graph.errors import FAILURE_CODES, UNEXPECTED_RESPONSE, GraphError
from ops_admin.graph.reading import PolicyReading, find_name
from ops_admin.graph.resources import PolicyType, get_policy_type
from ops_admin.infra.database import json_text, utcnow
from ops_admin.intune.inventory.inputs import parse_inputs, types_of
from ops_admin.intune.inventory.storage import forget_attempts, record_attempt
from ops_admin.intune.operations import ATTEMPTS, RETRY_CODES, open_client, read_along, tenant_of
from ops_admin.intune.operations.chunks import Source, read_in_chunks, spool_lists
from ops_admin.intune.operations.readers import Readers
from ops_admin.intune.policies.models import LONGEST_EXTERNAL_ID
from ops_admin.intune.policies.observations import Observation, with_assignments
from ops_admin.intune.policies.storage import mark_missing, record_observations
from ops_admin.intune.policies.types import type_label
from ops_admin.intune.spool import Spool
from ops_admin.runs.catalog import OperationType
from ops_admin.runs.handle import RunHandle


def sync_inventory(handle: RunHandle) -> None:
    """Update the stored policies of the tenant. If a type fails, its stored policies are kept."""
    with ExitStack() as stack:
        client = stack.enter_context(open_client(handle))
        wanted = [
            Source(get_policy_type(key), stack.enter_context(Spool()), utcnow()) for key in types_of(handle.inputs)
        ]
        readers = stack.enter_context(Readers(handle, client))
        listings = spool_lists(readers, wanted)
        forget_attempts(tenant_of(handle).id, {each.key for each in wanted} - {each.key for each in listings})
        _report_listing(handle, listings)
        _read_and_store(handle, readers, listings)
    _count_types_of_empty_tenant(handle, listings)


def _report_listing(handle: RunHandle, listings: Sequence[Source]) -> None:
    """Report lists that failed. If none could be read at all, the run fails and may be retried."""
    errors = [(listing, listing.error) for listing in listings if listing.error]
    found = sum(listing.spool.length for listing in listings)
    nothing = len(errors) == len(listings) and not found
    for listing, error in errors:
        if nothing:
            record_attempt(tenant_of(handle).id, listing.key, handle.run_id, utcnow(), error.code)
        if not nothing or error.code != errors[0][1].code:
            handle.failure(error.code, _problem(listing, _("the list could not be read to its end"), error))
    if nothing:
        raise errors[0][1]
    # A list that could not be read counts as one failed item; otherwise the run would count as a full success.
    lost = len(errors)
    handle.progress(total=found + lost, processed=lost, succeeded=0, failed=lost, created=0, updated=0)


def _problem(listing: Source, text: object, error: GraphError | None = None) -> str:
    """Return the text of a failure with the type's label. The code is explained elsewhere."""
    status = f" (HTTP {error.status})" if error and error.status else ""
    return f"{type_label(listing.key)}: {text}{status}"


def _read_and_store(handle: RunHandle, readers: Readers, listings: Sequence[Source]) -> None:
    """Store the policies while others are read, and finish each type when all of its policies are stored."""
    codes = {listing.key: listing.error.code for listing in listings if listing.error}
    for listing in listings:
        if not listing.spool.length:
            _finish_type(handle, listing, codes.get(listing.key))
    for chunk in read_in_chunks(readers, listings, _observe):
        failed = _store(handle, chunk.source, chunk.prepared)
        if failed:
            codes.setdefault(chunk.source.key, failed)
        handle.checkpoint()
        if chunk.is_last:
            _finish_type(handle, chunk.source, codes.get(chunk.source.key))


def _finish_type(handle: RunHandle, listing: Source, failure_code: str | None) -> None:
    """Record the attempt. Policies that a complete list did not show are missing."""
    tenant_id = tenant_of(handle).id
    if listing.error is None:
        mark_missing(tenant_id, listing.key, listing.begun_at, utcnow())
    record_attempt(tenant_id, listing.key, handle.run_id, utcnow(), failure_code)


def _store(handle: RunHandle, listing: Source, observations: Sequence[Observation]) -> str | None:
    """Store and count one chunk; returns the code of its first failure."""
    storable = [observation for observation in observations if _is_storable(observation.external_id)]
    recorded = record_observations(tenant_of(handle).id, listing.key, storable, handle.run_id)
    codes = [observation.failure_code for observation in observations if observation.failure_code]
    for code in codes:
        handle.failure(code, _problem(listing, _("a policy could not be read")))
    # A policy without its assignments counts as read; the failure is reported all the same.
    unassigned = [each.assignments_failure_code for each in observations if each.assignments_failure_code]
    for code in unassigned:
        handle.failure(code, _problem(listing, _("the assignments of a policy could not be read")))
    handle.count(
        processed=len(observations),
        succeeded=len(observations) - len(codes),
        failed=len(codes),
        created=recorded.created,
        updated=recorded.updated,
    )
    return next(iter(codes + unassigned), None)


def _observe(client: GraphClient, source: Source, readings: Sequence[PolicyReading]) -> list[Observation]:
    """Return the policies as they were when their list was begun, because part of each comes from there.

    What another run has stored since then is newer.
    """
    assigned = read_along(client, source.policy_type, readings)
    return [_observation(source.policy_type, reading, assigned, source.begun_at) for reading in readings]


def _observation(
    policy_type: PolicyType, reading: PolicyReading, assigned: Mapping[str, AssignmentsReading], read_at: datetime
) -> Observation:
    external_id = reading.external_id or ""
    name = find_name(policy_type, reading.content or reading.item)
    if reading.content is None or not _is_storable(external_id):
        code = reading.error.code if reading.error else UNEXPECTED_RESPONSE
        return Observation(external_id, name, read_at, failure_code=code)
    seen = Observation(external_id, name, read_at, json_text(reading.content), content_hash(reading.content))
    seen = replace(seen, sealed_secrets=reading.sealed_secrets, former_hash=reading.former_hash)
    return with_assignments(seen, assigned.get(external_id))


def _is_storable(external_id: str) -> bool:
    return 0 < len(external_id) <= LONGEST_EXTERNAL_ID and external_id.isprintable()


def _count_types_of_empty_tenant(handle: RunHandle, listings: Sequence[Source]) -> None:
    """Count types instead of policies if some lists failed and all others were empty.

    Otherwise a sync of an empty tenant would count as failed when the list of a single type failed (R19).
    """
    failed = sum(listing.error is not None for listing in listings)
    if failed and not any(listing.spool.length for listing in listings):
        whole = len(listings) - failed
        handle.progress(total=len(listings), processed=len(listings), succeeded=whole, failed=failed)


INVENTORY_SYNC = OperationType(
    key="inventory.sync",
    label=_("Inventory sync"),
    capability=Capability.INVENTORY_SYNC,
    handler=sync_inventory,
    identity_inputs=("types",),
    parse_inputs=parse_inputs,
    max_attempts=ATTEMPTS,
    retry_codes=RETRY_CODES,
    restarts=2,
    resume="anywhere",
    failure_codes=FAILURE_CODES,
)
