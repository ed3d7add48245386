"""Fixtures: the console with a simulated Microsoft tenant, reached over HTTP."""

from pathlib import Path

import pytest
from flask import Flask

from ops_admin.access.queries import Tenant
from ops_admin.config import Settings
from ops_admin.graph.resources import POLICY_TYPES
from ops_admin.intune.operations.readers import Readers
from ops_admin.runs.handle import RunHandle
from tests.graph.simulated import CONTOSO, FABRIKAM, Simulator
from tests.support.application import make_settings
from tests.support.factories import make_tenant


@pytest.fixture
def settings(database_url: str, tmp_path: Path, service: Simulator) -> Settings:
    """Settings with the simulator as Microsoft Graph."""
    graph = {"OPS_ADMIN_GRAPH_URL": service.url, "OPS_ADMIN_LOGIN_URL": service.url}
    return make_settings(tmp_path, database_url, **graph)


@pytest.fixture
def tenant(app_context: Flask, simulator: Simulator) -> Tenant:
    """The tenant with the demo policies."""
    return make_tenant(external_id=CONTOSO)


@pytest.fixture
def empty_tenant(app_context: Flask, simulator: Simulator) -> Tenant:
    """The tenant with groups but without policies."""
    for policy_type in POLICY_TYPES:
        simulator.control("DELETE", f"tenants/{FABRIKAM}/{policy_type.key}")
    return make_tenant(external_id=FABRIKAM)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits take no time, so that retries end at once; a request to stop still interrupts them."""
    monkeypatch.setattr(RunHandle, "wait", lambda handle, _seconds: handle.checkpoint())
    monkeypatch.setattr(Readers, "wait", lambda readers, _seconds: readers.check())
