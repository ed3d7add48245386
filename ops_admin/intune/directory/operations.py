"""`directory.groups.sync` (R40): reads the tenant's groups and assignment filters into the cache."""

import logging
from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _

from ops_admin.access.capabilities import Capability
from ops_admin.graph.client import GraphClient
from ops_admin.graph.contents import is_storable
from ops_admin.graph.drafts import find_id
from ops_admin.graph.errors import (
    BAD_REQUEST,
    FAILURE_CODES,
    UNEXPECTED_RESPONSE,
    GraphError,
)
from ops_admin.graph.reading import list_groups
from ops_admin.infra.database import utcnow
from ops_admin.intune.directory.filters import note_attempt, replace_filters
from ops_admin.intune.directory.models import LONGEST_EXTERNAL_ID
from ops_admin.intune.directory.storage import record_attempt, record_groups, remove_vanished
from ops_admin.intune.names import clean_name
from ops_admin.intune.operations import ATTEMPTS, RETRY_CODES, open_client, tenant_of
from ops_admin.runs.catalog import OperationType
from ops_admin.runs.handle import RunHandle

logger = logging.getLogger(__name__)

_FILTERS = "deviceManagement/assignmentFilters"
_COUNT = {"$count": "true", "$select": "id", "$top": "1"}
_ADVANCED_QUERY = {"ConsistencyLevel": "eventual"}


def sync_groups(handle: RunHandle) -> None:
    """Update the cached groups and assignment filters. If a list cannot be read to the end, nothing is removed."""
    tenant_id = tenant_of(handle).id
    with open_client(handle) as client:
        # Filters come first: progress counts groups, so the run should end with the last group.
        unread = refresh_filters(tenant_id, client)
        handle.checkpoint()
        try:
            _sync(handle, client)
        except GraphError as error:
            record_attempt(tenant_id, handle.run_id, utcnow(), error.code)
            if not handle.counts.get("succeeded"):
                raise
            handle.failure(error.code, error.public_message)
        else:
            record_attempt(tenant_id, handle.run_id, utcnow(), None)
    if unread is not None:
        handle.failure(unread.code, str(_("Assignment filters: %(why)s", why=unread.public_message)))


def read_filter_names(client: GraphClient) -> dict[str, str]:
    """Read the tenant's assignment filters from Graph; returns names by id. Raises GraphError."""
    return {
        filter_id: clean_name(item.get("displayName")) or f"Unnamed filter {filter_id[:8]}"
        for item in client.items(_FILTERS)
        if (filter_id := find_id(item)) and len(filter_id) <= LONGEST_EXTERNAL_ID
    }


def refresh_filters(tenant_id: int, client: GraphClient) -> GraphError | None:
    """Update the cached assignment filters. If that fails, keep the cached ones and return the error."""
    try:
        replace_filters(tenant_id, read_filter_names(client))
    except GraphError as error:
        logger.warning("the assignment filters of tenant %s could not be read: %s", tenant_id, error)
        note_attempt(tenant_id, error.code)
        return error
    return None


def _sync(handle: RunHandle, client: GraphClient) -> None:
    tenant_id, begun_at = tenant_of(handle).id, utcnow()
    expected = _count_groups(client)
    seen: set[str] = set()
    for page in list_groups(client):
        _store(handle, [item for item in page if find_id(item) not in seen])
        seen.update(external_id for item in page if (external_id := find_id(item)))
        processed = handle.counts["processed"]
        if expected is not None:
            handle.progress(total=max(expected, processed))
        handle.checkpoint()
    deleted = remove_vanished(tenant_id, begun_at)
    handle.progress(total=handle.counts.get("processed", 0), deleted=deleted)


def _count_groups(client: GraphClient) -> int | None:
    """Return the number of groups for the progress bar, or None if Graph does not tell."""
    try:
        number = client.get("groups", params=_COUNT, headers=_ADVANCED_QUERY).get("@odata.count")
    except GraphError as error:
        # Other errors would affect the list as well.
        if error.code not in (BAD_REQUEST, UNEXPECTED_RESPONSE):
            raise
        logger.info("the number of groups is unknown: %s", error)
        return None
    return number if isinstance(number, int) and number >= 0 else None


def _store(handle: RunHandle, items: Sequence[dict[str, Any]]) -> None:
    known = {
        external_id: item
        for item in items
        if (external_id := find_id(item)) and len(external_id) <= LONGEST_EXTERNAL_ID
    }
    names = {
        external_id: clean_name(item.get("displayName")) or f"Unnamed group {external_id[:8]}"
        for external_id, item in known.items()
        if is_storable(item)
    }
    recorded = record_groups(tenant_of(handle).id, names, utcnow(), nameless=known.keys() - names.keys())
    without_id = [item for item in items if find_id(item) not in known]
    failed = len(without_id) + len(known) - len(names)
    if failed:
        handle.failure(UNEXPECTED_RESPONSE, str(_("Groups without a usable id or name.")), count=failed)
    handle.count(
        processed=len(names) + failed,
        succeeded=len(names),
        failed=failed,
        created=recorded.created,
        updated=recorded.updated,
    )


DIRECTORY_SYNC = OperationType(
    key="directory.groups.sync",
    label=_("Directory sync"),
    capability=Capability.DIRECTORY_SYNC,
    handler=sync_groups,
    max_attempts=ATTEMPTS,
    retry_codes=RETRY_CODES,
    restarts=2,
    resume="anywhere",
    failure_codes=FAILURE_CODES,
)
