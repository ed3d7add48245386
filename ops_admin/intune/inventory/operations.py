"""`inventory.sync` (R40): list every type, then read and store what was listed; see docs/adr/0011-inventory-sync.md."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _

from ops_admin.access.capabilities import Capability
from ops_admin.graph.canonical import content_hash
from ops_admin.graph.client import GraphClient
from ops_admin.graph.drafts import find_id
from ops_admin.graph.errors import FAILURE_CODES, UNEXPECTED_RESPONSE, GraphError
from ops_admin.graph.reading import PolicyReading, find_name, list_policies
from ops_admin.graph.resources import PolicyType, get_policy_type
from ops_admin.infra.database import utcnow
from ops_admin.intune.inventory.inputs import parse_inputs, types_of
from ops_admin.intune.inventory.spool import Item, Spool
from ops_admin.intune.inventory.storage import record_attempt
from ops_admin.intune.operations import ATTEMPTS, RETRY_CODES, open_client, read_whole, tenant_of
from ops_admin.intune.policies.models import LONGEST_EXTERNAL_ID
from ops_admin.intune.policies.observations import Observation
from ops_admin.intune.policies.storage import mark_missing, record_sightings
from ops_admin.intune.policies.types import type_label
from ops_admin.runs.catalog import OperationType
from ops_admin.runs.handle import RunHandle

logger = logging.getLogger(__name__)

# One $batch; also what is held in memory at once, and written in one transaction.
CHUNK = 20
# After so many chunks in a row of which nothing could be read, the rest of a type is not asked for.
MOST_LOST_CHUNKS = 2


@dataclass
class Listing:
    """One policy type of the tenant as its list showed it; `error` None means that the list was read to its end."""

    policy_type: PolicyType
    spool: Spool
    begun_at: datetime
    error: GraphError | None = None

    @property
    def label(self) -> str:
        """The type in the words of the pages."""
        return type_label(self.policy_type.key)


def sync_inventory(handle: RunHandle) -> None:
    """Bring the stored policies of the tenant up to date; a type that fails leaves what is stored of it."""
    with ExitStack() as stack:
        client = stack.enter_context(open_client(handle))
        listings = [
            _list_type(handle, client, get_policy_type(key), stack.enter_context(Spool()))
            for key in types_of(handle.inputs)
        ]
        _report_listing(handle, listings)
        for listing in listings:
            _sync_type(handle, client, listing)
    _count_types_of_empty_tenant(handle, listings)


def _list_type(handle: RunHandle, client: GraphClient, policy_type: PolicyType, spool: Spool) -> Listing:
    """Spool what a type's list shows; the same policy on two pages (the list moved meanwhile) is one policy."""
    listing = Listing(policy_type, spool, utcnow())
    seen: set[str] = set()
    try:
        for page in list_policies(client, policy_type):
            for item in page:
                if _is_new(seen, item):
                    spool.add(item)
            handle.checkpoint()
    except GraphError as error:
        logger.warning("run %s could not list %s: %s", handle.run_id, policy_type.key, error)
        listing.error = error
    return listing


def _is_new(seen: set[str], item: Item) -> bool:
    external_id = find_id(item)
    if external_id is None:
        return True
    if external_id in seen:
        return False
    seen.add(external_id)
    return True


def _report_listing(handle: RunHandle, listings: Sequence[Listing]) -> None:
    """Say which lists failed; where none could be read at all, the run fails as a whole (and may be tried again)."""
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
    # A list that could not be read counts as one item that failed: "55 of 55" would be told as a whole success.
    lost = len(errors)
    handle.progress(total=found + lost, processed=lost, succeeded=0, failed=lost, created=0, updated=0)


def _problem(listing: Listing, text: object, error: GraphError | None = None) -> str:
    """Name the type that it is about; what the code means is explained beside it."""
    status = f" (HTTP {error.status})" if error and error.status else ""
    return f"{listing.label}: {text}{status}"


def _sync_type(handle: RunHandle, client: GraphClient, listing: Listing) -> None:
    """Read and store the policies of one listing, and note how it went."""
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
    """Yield the listed policies read whole, chunk by chunk, with the time before they were read."""
    lost_in_a_row = 0
    error: GraphError | None = None
    for items in listing.spool.chunks(CHUNK):
        read_at = utcnow()
        if lost_in_a_row == MOST_LOST_CHUNKS:
            yield read_at, _unread(items, error)
            continue
        readings = read_whole(client, listing.policy_type, items)
        is_lost = not any(reading.content for reading in readings)
        lost_in_a_row, error = (lost_in_a_row + 1, readings[-1].error) if is_lost else (0, None)
        yield read_at, readings


def _unread(items: Sequence[Item], error: GraphError | None) -> list[PolicyReading]:
    return [PolicyReading(item, None, error) for item in items]


def _store(handle: RunHandle, listing: Listing, read_at: datetime, readings: Sequence[PolicyReading]) -> str | None:
    """Write one chunk and count it; returns the code of its first failure."""
    observations = [_sighting(listing.policy_type, reading, read_at) for reading in readings]
    storable = [observation for observation in observations if _is_storable(observation.external_id)]
    key = listing.policy_type.key
    recorded = record_sightings(tenant_of(handle).id, key, storable, handle.run_id)
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


def _sighting(policy_type: PolicyType, reading: PolicyReading, read_at: datetime) -> Observation:
    external_id = reading.external_id or ""
    name = find_name(policy_type, reading.content or reading.item)
    if reading.content is None or not _is_storable(external_id):
        code = reading.error.code if reading.error else UNEXPECTED_RESPONSE
        return Observation(external_id, name, read_at, failure_code=code)
    return Observation(external_id, name, read_at, reading.content, content_hash(reading.content))


def _is_storable(external_id: str) -> bool:
    return 0 < len(external_id) <= LONGEST_EXTERNAL_ID and external_id.isprintable()


def _count_types_of_empty_tenant(handle: RunHandle, listings: Sequence[Listing]) -> None:
    """Where some lists failed and the others were empty there is no policy to count: count the types instead.

    Otherwise a tenant without policies in which one of fifteen types fails would look like a failure of all (R19).
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
