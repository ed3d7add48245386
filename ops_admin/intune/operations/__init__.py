"""Shared by the handlers of this package: the Graph client of a run's tenant, and reading with it."""

import logging
from collections.abc import Mapping, Sequence

from ops_admin.access.queries import Tenant
from ops_admin.credentials.choosing import settings_for
from ops_admin.graph.assigning import AssignmentsReading, read_assignments
from ops_admin.graph.client import GraphClient
from ops_admin.graph.errors import TIMEOUT, UNAVAILABLE, UNEXPECTED_RESPONSE, GraphError
from ops_admin.graph.reading import PolicyReading, read_policies
from ops_admin.graph.resources import PolicyType
from ops_admin.graph.transport import JSONObject
from ops_admin.intune.secret_values import vault
from ops_admin.runs.codes import TENANT_MISSING
from ops_admin.runs.failures import OperationFailed
from ops_admin.runs.handle import RunHandle

logger = logging.getLogger(__name__)

ATTEMPTS = 2
RETRY_CODES = frozenset({UNAVAILABLE, TIMEOUT})
"""After these failures nothing was changed, and Graph may soon be available again (R21)."""


def open_client(handle: RunHandle, tenant: Tenant | None = None) -> GraphClient:
    """Return a client for the run's tenant or another one. Its waits end when the run is asked to stop (R44).

    It acts as the tenant's own application, else as the installation's (R75). Raises GraphError if the credentials
    cannot be read.
    """
    of = tenant or tenant_of(handle)
    return GraphClient(
        settings_for(of),
        of.external_id,
        wait=handle.wait,
        on_throttle=lambda throttled: handle.slowed_down(throttled.seconds),
        vault=vault(),
    )


def read_whole(client: GraphClient, policy_type: PolicyType, items: Sequence[JSONObject]) -> list[PolicyReading]:
    """Read policies in full, in the same order; failures are reported for each policy.

    If the response for all of them is unusable, they are read one by one: a single policy may be the cause.
    """
    try:
        return read_policies(client, policy_type, items)
    except GraphError as error:
        logger.warning("%s policies of type %s were not read: %s", len(items), policy_type.key, error)
        if error.code == UNEXPECTED_RESPONSE and len(items) > 1:
            return [reading for item in items for reading in read_whole(client, policy_type, [item])]
        return [PolicyReading(item, None, error) for item in items]


def read_all_assignments(
    client: GraphClient, policy_type: PolicyType, items: Sequence[JSONObject]
) -> list[AssignmentsReading]:
    """Read the assignments of policies, in the same order. If the whole batch fails, every result has the error."""
    try:
        return read_assignments(client, policy_type, items)
    except GraphError as error:
        number, key = len(items), policy_type.key
        logger.warning("the assignments of %s policies of type %s were not read: %s", number, key, error)
        return [AssignmentsReading(str(item["id"]), None, error) for item in items]


def read_along(
    client: GraphClient, policy_type: PolicyType, readings: Sequence[PolicyReading]
) -> Mapping[str, AssignmentsReading]:
    """Read the assignments of the policies that could be read, by id; none for a type without assignments."""
    items = [reading.item for reading in readings if reading.content is not None]
    if not policy_type.assignable or not items:
        return {}
    return {each.external_id: each for each in read_all_assignments(client, policy_type, items)}


def tenant_of(handle: RunHandle) -> Tenant:
    """Return the tenant of a run; raises OperationFailed when it no longer exists."""
    if handle.tenant is None:
        raise OperationFailed(TENANT_MISSING)
    return handle.tenant
