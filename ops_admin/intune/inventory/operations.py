"""`inventory.sync` (R40): lists every policy type, then reads and stores the policies.

See docs/adr/0011-inventory-sync.md.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _

from ops_admin.access.capabilities import Capability
from ops_admin.graph.canonical import content_hash
from ops_admin.graph.client import GraphClient
from ops_admin.graph.errors import FAILURE_CODES, UNEXPECTED_RESPONSE, GraphError
from ops_admin.graph.reading import PolicyReading, find_name
from ops_admin.graph.resources import PolicyType, get_policy_type
from ops_admin.infra.database import utcnow
from ops_admin.intune.inventory.inputs import parse_inputs, types_of
from ops_admin.intune.inventory.storage import record_attempt
from ops_admin.intune.operations import ATTEMPTS, RETRY_CODES, open_client, read_whole, spool_list, tenant_of
from ops_admin.intune.policies.models import LONGEST_EXTERNAL_ID
from ops_admin.intune.policies.observations import Observation
from ops_admin.intune.policies.storage import mark_missing, record_observations
from ops_admin.intune.policies.types import type_label
from ops_admin.intune.spool import Spool
from ops_admin.runs.catalog import OperationType
from ops_admin.runs.handle import RunHandle

# Policies in one $batch, in memory at once, and in one transaction.
CHUNK = 20
# After this many unreadable chunks in a row, the rest of a type is not read.
MOST_LOST_CHUNKS = 2


@dataclass
class Listing:
    """The list of one policy type in the tenant. `error` is None if it was read to the end."""

    policy_type: PolicyType
    spool: Spool
    begun_at: datetime
    error: GraphError | None = None

    @property
    def label(self) -> str:
        """The type as pages show it."""
        return type_label(self.policy_type.key)


def sync_inventory(handle: RunHandle) -> None:
    """Update the stored policies of the tenant. If a type fails, its stored policies are kept."""
    with ExitStack() as stack:
        client = stack.enter_context(open_client(handle))
        listings = []
        for key in types_of(handle.inputs):
            listing = Listing(get_policy_type(key), stack.enter_context(Spool()), utcnow())
            listing.error = spool_list(handle, client, listing.policy_type, listing.spool)
            listings.append(listing)
        _report_listing(handle, listings)
        for listing in listings:
            _sync_type(handle, client, listing)
    _count_types_of_empty_tenant(handle, listings)


def _report_listing(handle: RunHandle, listings: Sequence[Listing]) -> None:
    """Report lists that failed. If none could be read at all, the run fails and may be retried."""
    errors = [(listing, listing.error) for listing in listings if listing.error]
    found = sum(listing.spool.length for listing in listings)
    nothing = len(errors) == len(listings) and not found
    for listing, error in errors:
        if nothing:
            record_attempt(tenant_of(handle).id, listing.policy_type.key, handle.run_id, utcnow(), error.code)
        if not nothing or error.code != errors[0][1].code:
            handle.failure(error.code, _problem(listing, _("the list could not be read to its end"), error))
    if nothing:
        raise errors[0][1]
    # A list that could not be read counts as one failed item; otherwise the run would count as a full success.
    lost = len(errors)
    handle.progress(total=found + lost, processed=lost, succeeded=0, failed=lost, created=0, updated=0)


def _problem(listing: Listing, text: object, error: GraphError | None = None) -> str:
    """Return the text of a failure with the type's label. The code is explained elsewhere."""
    status = f" (HTTP {error.status})" if error and error.status else ""
    return f"{listing.label}: {text}{status}"


def _sync_type(handle: RunHandle, client: GraphClient, listing: Listing) -> None:
    """Read and store the policies of one type, and record the attempt."""
    tenant_id, key = tenant_of(handle).id, listing.policy_type.key
    failure_code = listing.error.code if listing.error else None
    for read_at, readings in _readings(client, listing):
        failed = _store(handle, listing, read_at, readings)
        failure_code = failure_code or failed
        handle.checkpoint()
    if listing.error is None:
        mark_missing(tenant_id, key, listing.begun_at, utcnow())
    record_attempt(tenant_id, key, handle.run_id, utcnow(), failure_code)


def _readings(client: GraphClient, listing: Listing) -> Iterator[tuple[datetime, list[PolicyReading]]]:
    """Read the listed policies in full, and yield each chunk with the time before it was read."""
    lost_in_a_row = 0
    error: GraphError | None = None
    for items in listing.spool.chunks(CHUNK):
        read_at = utcnow()
        if lost_in_a_row == MOST_LOST_CHUNKS:
            yield read_at, [PolicyReading(item, None, error) for item in items]
            continue
        readings = read_whole(client, listing.policy_type, items)
        is_lost = not any(reading.content for reading in readings)
        lost_in_a_row, error = (lost_in_a_row + 1, readings[-1].error) if is_lost else (0, None)
        yield read_at, readings


def _store(handle: RunHandle, listing: Listing, read_at: datetime, readings: Sequence[PolicyReading]) -> str | None:
    """Store and count one chunk; returns the code of its first failure."""
    observations = [_observation(listing.policy_type, reading, read_at) for reading in readings]
    storable = [observation for observation in observations if _is_storable(observation.external_id)]
    key = listing.policy_type.key
    recorded = record_observations(tenant_of(handle).id, key, storable, handle.run_id)
    codes = [observation.failure_code for observation in observations if observation.failure_code]
    for code in codes:
        handle.failure(code, _problem(listing, _("a policy could not be read")))
    handle.count(
        processed=len(readings),
        succeeded=len(readings) - len(codes),
        failed=len(codes),
        created=recorded.created,
        updated=recorded.updated,
    )
    return codes[0] if codes else None


def _observation(policy_type: PolicyType, reading: PolicyReading, read_at: datetime) -> Observation:
    external_id = reading.external_id or ""
    name = find_name(policy_type, reading.content or reading.item)
    if reading.content is None or not _is_storable(external_id):
        code = reading.error.code if reading.error else UNEXPECTED_RESPONSE
        return Observation(external_id, name, read_at, failure_code=code)
    return Observation(external_id, name, read_at, reading.content, content_hash(reading.content))


def _is_storable(external_id: str) -> bool:
    return 0 < len(external_id) <= LONGEST_EXTERNAL_ID and external_id.isprintable()


def _count_types_of_empty_tenant(handle: RunHandle, listings: Sequence[Listing]) -> None:
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
