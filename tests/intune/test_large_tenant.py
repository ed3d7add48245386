"""A sync keeps only a few policies in memory at a time (R40)."""

import tracemalloc

import pytest

from ops_admin.access.queries import Tenant
from ops_admin.runs.states import Outcome
from tests.graph.simulated import CONTOSO, Simulator
from tests.intune.synced import sync_inventory

CATALOG = "configurationPolicies"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def test_memory_does_not_grow_with_the_tenant(tenant: Tenant, simulator: Simulator) -> None:
    sync_inventory(tenant, "intents")  # loads what is loaded only once and must not be measured

    small, large = peak_of(tenant, simulator, 250), peak_of(tenant, simulator, 1250)

    assert large < 1.2 * small


def peak_of(tenant: Tenant, simulator: Simulator, policies: int) -> int:
    """The most memory that a sync of so many policies takes, in bytes."""
    simulator.control("DELETE", f"tenants/{CONTOSO}/{CATALOG}")
    for made in range(0, policies, 250):
        simulator.control("POST", f"tenants/{CONTOSO}/{CATALOG}/generate", count=min(250, policies - made), settings=30)
    tracemalloc.start()
    run = sync_inventory(tenant, CATALOG)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (run.outcome, run.counts["created"]) == (Outcome.SUCCEEDED, policies)
    return peak
