"""Two tenants of one workspace: one with policies, one with only groups."""

import pytest
from flask import Flask

from ops_admin.access.queries import Tenant
from tests.graph.simulated import CONTOSO, FABRIKAM, Simulator
from tests.intune.synced import sync_groups
from tests.support.factories import make_tenant, make_workspace


@pytest.fixture
def tenants(app_context: Flask, simulator: Simulator) -> tuple[Tenant, Tenant]:
    """Contoso, which has the demo policies, and Fabrikam, which has none; the groups of both are cached."""
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
def database_url(request: pytest.FixtureRequest) -> str:
    """SQLite, to save time. Modules for which the engine matters are marked with `both_engines`."""
    return str(request.getfixturevalue(getattr(request, "param", "sqlite_url")))
