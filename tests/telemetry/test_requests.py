"""Every request has an id: in its response, on its log lines, and in the run that it starts."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from ops_admin.access.capabilities import Role
from ops_admin.access.queries import Tenant
from ops_admin.config import Settings
from ops_admin.runs.handle import RunHandle
from ops_admin.runs.queries import get_run
from ops_admin.runs.worker.execution import execute
from ops_admin.telemetry.fields import carried, lines_carry
from ops_admin.telemetry.requests import HEADER
from tests.support.application import make_settings
from tests.support.clients import ConsoleClient
from tests.support.factories import make_member, make_tenant

GIVEN = "7f00000143a8c01f0a2b"
JSON = {"Accept": "application/json"}


@pytest.fixture
def settings(sqlite_url: str, tmp_path: Path, proxies: str) -> Settings:
    return make_settings(tmp_path, sqlite_url, OPS_ADMIN_TRUSTED_PROXIES=proxies)


@pytest.fixture
def proxies() -> str:
    return "1"


@pytest.fixture
def tenant(app_context: Flask, client: ConsoleClient) -> Tenant:
    """A tenant whose operator is signed in."""
    tenant = make_tenant()
    client.sign_in(make_member(tenant, Role.OPERATOR).email)
    return tenant


@pytest.fixture
def lines() -> Iterator[list[tuple[str, dict[str, object]]]]:
    """Collect each log line of the console, with its fields."""
    found: list[tuple[str, dict[str, object]]] = []
    handler = logging.Handler()
    handler.emit = lambda record: found.append((record.getMessage(), dict(carried())))  # type: ignore[method-assign]
    log = logging.getLogger("ops_admin")
    level = log.level
    log.setLevel(logging.INFO)
    log.addHandler(handler)
    yield found
    log.removeHandler(handler)
    log.setLevel(level)


def test_a_trusted_proxy_sets_the_request_id(client: ConsoleClient) -> None:
    assert client.get("/healthz", headers={HEADER: GIVEN}).headers[HEADER] == GIVEN


@pytest.mark.parametrize(
    "given", ["", "short", "x" * 129, "with space and more", 'quote"quote"quote', "{{7*7}}{{7*7}}"]
)
def test_a_malformed_request_id_is_replaced(client: ConsoleClient, given: str) -> None:
    made = client.get("/healthz", headers={HEADER: given}).headers[HEADER]
    assert made != given
    assert len(made) == 32


@pytest.mark.parametrize("proxies", ["0"])
def test_a_client_without_a_proxy_cannot_set_the_request_id(client: ConsoleClient) -> None:
    assert client.get("/healthz", headers={HEADER: GIVEN}).headers[HEADER] != GIVEN


def test_errors_have_a_request_id_too(client: ConsoleClient) -> None:
    assert client.get("/no-such-page", headers={HEADER: GIVEN}).headers[HEADER] == GIVEN


def test_a_click_is_followed_to_the_end_of_its_run(
    client: ConsoleClient,
    tenant: Tenant,
    lines: list[tuple[str, dict[str, object]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(RunHandle, "wait", lambda handle, _seconds: handle.checkpoint())
    answer = client.post(f"/tenants/{tenant.id}/directory/sync", headers={HEADER: GIVEN, **JSON})
    assert answer.json
    run_id = answer.json["run_id"]
    execute(run_id)  # a worker has no request, only the run
    assert get_run(run_id).context["origin"] == {"request_id": GIVEN}
    told = {message: fields for message, fields in lines if fields.get("run_id") == run_id}
    assert all(fields["request_id"] == GIVEN for fields in told.values())
    ended = told[f"run {run_id} ended as failed: graph.unavailable"]
    assert ended["operation"] == "directory.groups.sync"
    assert (ended["tenant_id"], ended["attempt"]) == (tenant.id, get_run(run_id).attempt)
    assert f"run {run_id} is queued" in told


def test_nothing_is_carried_into_the_next_request(client: ConsoleClient) -> None:
    client.get("/healthz", headers={HEADER: GIVEN})
    assert carried() == {}


def test_log_fields_end_with_the_block() -> None:
    with lines_carry(run_id=1, tenant_id=None), lines_carry(attempt=2):
        assert carried() == {"run_id": 1, "attempt": 2}
    assert carried() == {}
