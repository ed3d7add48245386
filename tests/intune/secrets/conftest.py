"""Tenants that are as strict as real ones, with planted secrets."""

from collections.abc import Iterator

import pytest
from flask import Flask

from ops_admin.access.queries import Tenant
from tests.graph.simulated import CONTOSO, FABRIKAM, Simulator, running_simulator
from tests.intune.secrets.planting import plant
from tests.support.factories import make_tenant, make_workspace


@pytest.fixture(scope="package")
def service() -> Iterator[Simulator]:
    """A simulator that hides what a real tenant hides."""
    with running_simulator("--strict") as simulator:
        yield simulator


@pytest.fixture
def tenants(app_context: Flask, simulator: Simulator) -> tuple[Tenant, Tenant]:
    """Two tenants of one workspace. The first has only the planted policies of these types; the second none."""
    workspace = make_workspace()
    found = make_tenant(workspace, "Contoso", CONTOSO), make_tenant(workspace, "Fabrikam", FABRIKAM)
    for tenant in found:
        for type_key in ("deviceConfigurations", "configurationPolicies"):
            simulator.control("DELETE", f"tenants/{tenant.external_id}/{type_key}")
    plant(simulator, found[0])
    return found


@pytest.fixture
def tenant(tenants: tuple[Tenant, Tenant]) -> Tenant:
    """The tenant with the planted policies."""
    return tenants[0]


@pytest.fixture
def target(tenants: tuple[Tenant, Tenant]) -> Tenant:
    """The tenant that is restored into."""
    return tenants[1]
