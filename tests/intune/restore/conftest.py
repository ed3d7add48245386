"""Two tenants of one workspace: one with policies, one with groups only."""

import pytest
from flask import Flask

from ops_admin.access.queries import Tenant
from tests.graph.simulated import CONTOSO, FABRIKAM, Simulator
from tests.intune.synced import sync_groups
from tests.support.factories import make_tenant, make_workspace


@pytest.fixture
def tenants(app_context: Flask, simulator: Simulator) -> tuple[Tenant, Tenant]:
    """Contoso, which holds the demo policies, and Fabrikam, which holds none; both with their groups cached."""
    workspace = make_workspace()
    contoso = make_tenant(workspace, "Contoso", CONTOSO)
    fabrikam = make_tenant(workspace, "Fabrikam", FABRIKAM)
    sync_groups(contoso)
    sync_groups(fabrikam)
    return contoso, fabrikam


@pytest.fixture
def source(tenants: tuple[Tenant, Tenant]) -> Tenant:
    """The tenant that is backed up."""
    return tenants[0]


@pytest.fixture
def target(tenants: tuple[Tenant, Tenant]) -> Tenant:
    """The tenant that is restored into."""
    return tenants[1]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only, for time: where the engine matters a module says so by asking for both."""
    return sqlite_url
