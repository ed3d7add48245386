"""`backup.create` (R42): reads the selected policies from the tenant and stores them in a backup set.

For what happens when the run ends early, see docs/adr/0014-assignments-and-backups.md.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace

from flask_babel import lazy_gettext as _

from ops_admin.access.capabilities import Capability
from ops_admin.graph.assigning import ASSIGNING_CODES
from ops_admin.graph.canonical import content_hash
from ops_admin.graph.client import GraphClient
from ops_admin.graph.drafts import find_id
from ops_admin.graph.errors import FAILURE_CODES, UNEXPECTED_RESPONSE
from ops_admin.graph.reading import PolicyReading, find_name
from ops_admin.graph.resources import PolicyType, get_policy_type
from ops_admin.infra.database import utcnow
from ops_admin.intune.assignment_hashes import assignments_hash
from ops_admin.intune.backups import queries, storage
from ops_admin.intune.backups.inputs import parse_inputs
from ops_admin.intune.backups.items import CapturedItem
from ops_admin.intune.backups.lifecycle import follow_run
from ops_admin.intune.backups.models import LONGEST_EXTERNAL_ID
from ops_admin.intune.backups.operations.references import ReferenceNames
from ops_admin.intune.names import LONGEST_NAME, clean_name
from ops_admin.intune.operations import (
    ATTEMPTS,
    RETRY_CODES,
    open_client,
    read_along,
    tenant_of,
)
from ops_admin.intune.operations.chunks import Source, read_in_chunks, spool_lists
from ops_admin.intune.operations.readers import Readers
from ops_admin.intune.policies.chosen import find_chosen
from ops_admin.intune.policies.codes import SELECTION_CODES
from ops_admin.intune.policies.references import find_references
from ops_admin.intune.policies.types import POLICY_TYPES, type_label
from ops_admin.intune.secret_values import vault
from ops_admin.intune.spool import Item, Spool
from ops_admin.redaction.secret_marks import mask, unknown_places
from ops_admin.redaction.secret_places import State, secret_places
from ops_admin.runs.catalog import OperationType
from ops_admin.runs.handle import RunHandle
from ops_admin.runs.queries import get_run

MISSING_AT_ONCE = 500

POLICY_MISSING = "backup.policy_missing"
WHOLE_LIST = ""
"""The external id of the item that stands for a type whose list could not be read."""

FAILURES: Mapping[str, object] = {
    **FAILURE_CODES,
    **ASSIGNING_CODES,
    **SELECTION_CODES,
    POLICY_MISSING: _("A selected policy is not among this tenant's policies any more. Choose again."),
}


def create_backup(handle: RunHandle) -> None:
    """Capture the policies that the inputs choose into this run's set."""
    set_id = _open_set(handle)
    with ExitStack() as stack:
        client = stack.enter_context(open_client(handle))
        chosen = find_chosen(handle.inputs)
        if chosen is not None:
            sources = _chosen_policies(handle, chosen, stack, set_id)
        else:
            types = handle.inputs.get("types")
            keys = types if isinstance(types, list) else list(POLICY_TYPES)
            sources = [Source(get_policy_type(key), stack.enter_context(Spool()), utcnow()) for key in keys]
        readers = stack.enter_context(Readers(handle, client))
        if chosen is None:
            sources = spool_lists(readers, sources)
        _report_sources(handle, sources, set_id)
        _capture(handle, readers, sources, set_id, ReferenceNames(client, tenant_of(handle).id))
    storage.close_set(set_id)


def _open_set(handle: RunHandle) -> int:
    """Open a set, or the one that an earlier attempt of this run opened."""
    run = get_run(handle.run_id)
    name = handle.inputs.get("name") or f"Backup {run.created_at:%Y-%m-%d %H:%M}"
    set_id = storage.open_set(
        storage.NewSet(
            run_id=run.id,
            workspace_id=run.workspace_id,
            tenant_id=tenant_of(handle).id,
            name=str(name),
            with_assignments=bool(handle.inputs.get("assignments")),
            created_by_name=run.initiator_name,
        )
    )
    handle.update_context(backup_set_id=set_id)
    return set_id


def _chosen_policies(handle: RunHandle, policy_ids: list[int], stack: ExitStack, set_id: int) -> list[Source]:
    """Group the selected policies by type. They are read individually, because no list is read."""
    references = find_references(tenant_of(handle).id, policy_ids)
    _report_missing(handle, sorted(set(policy_ids) - {reference.id for reference in references}), set_id)
    sources: dict[str, Source] = {}
    for reference in references:
        if reference.type not in sources:
            policy_type = replace(get_policy_type(reference.type), read_each=True)
            sources[reference.type] = Source(policy_type, stack.enter_context(Spool()), utcnow())
        source = sources[reference.type]
        source.spool.add({"id": reference.external_id, source.policy_type.name_field: reference.name})
    return list(sources.values())


def _report_missing(handle: RunHandle, policy_ids: Sequence[int], set_id: int) -> None:
    """Store and report chosen policies that are not in the console. Their type is unknown."""
    rows = [CapturedItem("", str(each), f"Policy {each}", failure_code=POLICY_MISSING) for each in policy_ids]
    for begin in range(0, len(rows), MISSING_AT_ONCE):
        storage.record_items(set_id, tenant_of(handle).id, rows[begin : begin + MISSING_AT_ONCE])
    if rows:
        handle.failure(POLICY_MISSING, count=len(rows))
    handle.count(processed=len(rows), failed=len(rows))


def _report_sources(handle: RunHandle, sources: Sequence[Source], set_id: int) -> None:
    """Report lists that failed. If nothing could be listed at all, the run fails and may be retried."""
    failed = [(source, source.error) for source in sources if source.error]
    found = sum(source.spool.length for source in sources)
    if failed and len(failed) == len(sources) and not found:
        raise failed[0][1]
    for source, error in failed:
        handle.failure(error.code, f"{type_label(source.key)}: {_('the list could not be read to its end')}")
    rows = [
        CapturedItem(source.key, WHOLE_LIST, type_label(source.key), failure_code=error.code)
        for source, error in failed
    ]
    storage.record_items(set_id, tenant_of(handle).id, rows)
    handle.count(processed=len(failed), failed=len(failed), succeeded=0)
    handle.progress(total=found + handle.counts["processed"])


def _capture(
    handle: RunHandle, readers: Readers, sources: Sequence[Source], set_id: int, names: ReferenceNames
) -> None:
    """Capture the policies while others are read. What an earlier attempt captured is not read again."""
    captured = {source.key: storage.captured_ids(set_id, source.key) for source in sources}
    wants_assignments = bool(handle.inputs.get("assignments"))

    def is_captured(source: Source, item: Item) -> bool:
        return find_id(item) in captured[source.key]

    def prepare(client: GraphClient, source: Source, readings: Sequence[PolicyReading]) -> list[CapturedItem]:
        return list(_items(client, source.policy_type, readings, with_assignments=wants_assignments))

    for chunk in read_in_chunks(readers, sources, prepare, is_captured):
        storage.record_items(set_id, tenant_of(handle).id, names.with_references(chunk.prepared))
        _count(handle, chunk.source, chunk.size - len(chunk.prepared), chunk.prepared)
        handle.checkpoint()


def _items(
    client: GraphClient, policy_type: PolicyType, readings: Sequence[PolicyReading], *, with_assignments: bool
) -> Iterator[CapturedItem]:
    """Turn readings into items, with assignments if they are wanted and the type has any."""
    found = read_along(client, policy_type, readings) if with_assignments else {}
    for item in (_to_item(policy_type, reading) for reading in readings):
        reading = found.get(item.external_id)
        if reading is None:
            yield item
        elif reading.assignments is None:
            yield replace(item, assignments_failure_code=reading.failure_code)
        else:
            yield replace(item, assignments=reading.assignments, assignments_hash=assignments_hash(reading.assignments))


def _to_item(policy_type: PolicyType, reading: PolicyReading) -> CapturedItem:
    external_id = reading.external_id or ""
    is_storable = 0 < len(external_id) <= LONGEST_EXTERNAL_ID and external_id.isprintable()
    stored_id = external_id if is_storable else _substitute_id(reading.item)
    name = clean_name(find_name(policy_type, reading.content or reading.item))
    name = name or f"Unnamed policy {stored_id[:8]}"[:LONGEST_NAME]
    if reading.content is None or not is_storable:
        code = reading.error.code if reading.error else UNEXPECTED_RESPONSE
        return CapturedItem(policy_type.key, stored_id, name, failure_code=code)
    whole = CapturedItem(policy_type.key, stored_id, name, reading.content, content_hash(reading.content))
    # Whatever has a mark was read just now, so its value is known.
    unknown = [place for place in secret_places(reading.content) if place.state is State.WITHHELD]
    return replace(whole, sealed_secrets=reading.sealed_secrets, unknown_secrets=len(unknown))


def _substitute_id(item: Item) -> str:
    """Derive an id for a policy without a usable one from its list item, so that it is the same in every attempt."""
    return f"without-id-{hashlib.sha256(json.dumps(item, sort_keys=True).encode()).hexdigest()[:16]}"


def _count(handle: RunHandle, source: Source, known: int, items: Sequence[CapturedItem]) -> None:
    # A policy without its assignments counts as captured; the failure is reported all the same.
    failed = sum(item.failure_code is not None for item in items)
    for item in items:
        if item.failure_code:
            handle.failure(item.failure_code, f"{type_label(source.key)}: {_('a policy could not be read')}")
        if item.assignments_failure_code:
            text = _("the assignments of a policy could not be read")
            handle.failure(item.assignments_failure_code, f"{type_label(source.key)}: {text}")
    handle.count(processed=known + len(items), succeeded=known + len(items) - failed, failed=failed)


def seal_old_items() -> int:
    """Look for secrets in the items in which nobody did; returns how many had some (R56). Can be repeated."""
    return sum(_seal(item_id) for item_id in queries.list_unsealed())


def _seal(item_id: int) -> bool:
    document = queries.read_item(item_id)
    if document is None or document.content is None:
        return False
    masked = mask(document.content, vault().digest)
    unknown = unknown_places(masked.content, masked.secrets)
    sealed = storage.Sealed(masked.content, content_hash(masked.content), vault().seal(masked.secrets), len(unknown))
    storage.seal_item(item_id, sealed)
    return bool(masked.secrets)


BACKUP_CREATE = OperationType(
    key="backup.create",
    label=_("Backup"),
    capability=Capability.BACKUP_CREATE,
    handler=create_backup,
    # Without the name: a second start with the same choice returns the active run.
    identity_inputs=("policy_ids", "selection", "types", "all", "assignments"),
    parse_inputs=parse_inputs,
    max_attempts=ATTEMPTS,
    retry_codes=RETRY_CODES,
    follow=follow_run,
    resume="checkpoint",
    failure_codes=FAILURES,
)
