"""A PostgreSQL that refuses writes, as after a failover: starts are refused with a reason, and no result is lost."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from ops_admin.access.capabilities import Role
from ops_admin.infra.database import db
from ops_admin.runs import queries, service
from ops_admin.runs.handle import RunHandle
from ops_admin.runs.ledger import Run
from ops_admin.runs.worker import execution
from tests.runs.operations import registered
from tests.support.clients import ConsoleClient
from tests.support.engines import PostgresServer
from tests.support.factories import make_member, make_run, make_tenant, sign_in

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def database_url(postgres_url: str) -> str:
    return postgres_url


@pytest.fixture
def make_read_only(app_context: Flask, postgres_server: PostgresServer) -> Callable[[bool], None]:
    """Make the test's database read-only, or writable again. Applies to connections opened from then on."""
    name = db.engine.url.database

    def make(is_read_only: bool) -> None:
        postgres_server.execute(f"alter database {name} set default_transaction_read_only = {is_read_only}")

    return make


def test_a_start_is_refused_in_words_until_the_server_lets_write_again(
    app: Flask, client: ConsoleClient, make_read_only: Callable[[bool], None]
) -> None:
    app.testing = False  # so that errors are answered as in production
    tenant = make_tenant()
    sign_in(client, make_member(tenant, Role.OWNER))
    start = f"/tenants/{tenant.id}/directory/sync"
    make_read_only(True)
    db.session.remove()
    db.engine.dispose()
    refused = client.post(start, headers={"Accept": "application/json"})
    make_read_only(False)
    # Without a restart: the connection that could not write was dropped.
    taken = client.post(start, headers={"Accept": "application/json"})
    said = refused.get_json()["error"]["title"]
    assert (refused.status_code, said) == (503, "The console cannot write to its database")
    assert taken.status_code == 202


def test_the_result_of_a_run_waits_until_the_server_lets_write_again(
    make_read_only: Callable[[bool], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    finish, raised = service.finish_claimed, []

    def finish_in_vain_at_first(*args: Any, **kwargs: Any) -> Run | None:
        try:
            return finish(*args, **kwargs)
        except OperationalError as error:
            raised.append(error)
            make_read_only(False)
            raise

    def work(handle: RunHandle) -> None:
        handle.count(processed=7, succeeded=7)
        make_read_only(True)
        db.session.close()  # connections that are open keep what they may do
        db.engine.dispose()

    monkeypatch.setattr(service, "finish_claimed", finish_in_vain_at_first)
    with registered(work):
        run = make_run(type="test.operation")
        execution.execute(run.id)
    ended = queries.get_run(run.id)
    assert (ended.outcome, ended.counts) == ("succeeded", {"processed": 7, "succeeded": 7})
    assert len(raised) == 1
