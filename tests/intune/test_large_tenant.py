"""A sync keeps only a few policies in memory at a time (R40)."""

import tracemalloc

import pytest
from sqlalchemy import func, select

from ops_admin.access.queries import Tenant
from ops_admin.infra.database import db
from ops_admin.intune.policies.models import DbPolicyVersion
from ops_admin.runs.states import Outcome
from tests.graph.simulated import CONTOSO, Simulator
from tests.intune.synced import sync_inventory

CATALOG = "configurationPolicies"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def test_memory_does_not_grow_with_the_tenant(tenant: Tenant, simulator: Simulator) -> None:
    sync_inventory(tenant, "intents")  # loads what is loaded only once and must not be measured
    simulator.control("DELETE", f"tenants/{CONTOSO}/{CATALOG}")
    simulator.control("POST", f"tenants/{CONTOSO}/{CATALOG}/generate", count=300, settings=60)

    tracemalloc.start()
    run = sync_inventory(tenant, CATALOG)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    size = db.session.execute(select(func.sum(DbPolicyVersion.content_bytes))).scalar_one()
    assert (run.outcome, run.counts["created"]) == (Outcome.SUCCEEDED, 300)
    assert peak < size, "parsed JSON takes several times its text: this is less than a fifth of the tenant"
