"""What the handlers of this package share: the Graph client of a run's tenant."""

from flask import current_app

from ops_admin.access.queries import Tenant
from ops_admin.config import Settings
from ops_admin.graph.client import GraphClient
from ops_admin.graph.errors import TIMEOUT, UNAVAILABLE
from ops_admin.graph.settings import GraphSettings
from ops_admin.runs.codes import TENANT_MISSING
from ops_admin.runs.failures import OperationFailed
from ops_admin.runs.handle import RunHandle

ATTEMPTS = 2
RETRY_CODES = frozenset({UNAVAILABLE, TIMEOUT})
"""After these nothing was done, and Graph may be there again in a moment (R21)."""


def open_client(handle: RunHandle) -> GraphClient:
    """Return a client that waits where the run hears a request to stop (R44)."""
    settings: Settings = current_app.config["SETTINGS"]
    graph = GraphSettings(
        graph_url=settings.graph_url,
        login_url=settings.login_url,
        client_id=settings.graph_client_id,
        client_secret=settings.graph_client_secret,
    )
    return GraphClient(graph, tenant_of(handle).external_id, wait=handle.wait)


def tenant_of(handle: RunHandle) -> Tenant:
    """Return the tenant of a run; raises OperationFailed when it has none any more."""
    if handle.tenant is None:
        raise OperationFailed(TENANT_MISSING)
    return handle.tenant
