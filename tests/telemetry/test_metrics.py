"""What Prometheus is told, and who may ask."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from ops_admin.config import Settings
from ops_admin.health import schedule, workers
from ops_admin.infra.database import db, transaction, utcnow
from ops_admin.runs import service
from ops_admin.runs.ledger import AWAITS_DECISION
from ops_admin.runs.models import DbOperationRun
from ops_admin.runs.states import Outcome
from ops_admin.runs.tasks import run_operation
from tests.support.application import make_settings
from tests.support.clients import ConsoleClient
from tests.support.factories import WORKER, make_run, make_running_run

TOKEN = "a-token-for-tests"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return make_settings(tmp_path, database_url, OPS_ADMIN_METRICS_TOKEN=TOKEN)


def scrape(client: ConsoleClient) -> str:
    answer = client.get("/metrics", headers=BEARER)
    assert answer.status_code == 200, answer.text
    return answer.text


def figure(told: str, name: str) -> float:
    """Return one figure by its name with labels; 0 if it was never counted."""
    found = re.search(rf"^{re.escape(name)} (\S+)$", told, re.MULTILINE)
    return float(found[1]) if found else 0.0


@pytest.mark.parametrize("given", [None, "Bearer wrong", TOKEN, f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer ü"])
def test_without_the_token_nothing_is_told(client: ConsoleClient, given: str | None) -> None:
    answer = client.get("/metrics", headers={"Authorization": given} if given else {})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert "ops_admin_" not in answer.text


def test_without_a_token_in_the_settings_there_is_no_such_address(app: Flask, client: ConsoleClient) -> None:
    app.config["SETTINGS"] = make_settings(app.config["SETTINGS"].data_dir, app.config["SETTINGS"].database_url)
    answer = client.get("/metrics", headers={"Authorization": "Bearer None"})
    assert answer.status_code == 404
    assert "OPS_ADMIN_METRICS_TOKEN" in answer.text


def test_the_queue_is_told_with_the_age_of_what_waits_longest(app_context: Flask, client: ConsoleClient) -> None:
    for age in (30, 600, 90):
        with transaction() as session:
            run = make_run()
            row = session.get_one(DbOperationRun, run.id)
            row.updated_at = utcnow() - timedelta(seconds=age)
            run_operation(run.id)
    told = scrape(client)
    assert figure(told, "ops_admin_queue_messages") == 3
    assert 600 <= figure(told, "ops_admin_queue_oldest_seconds") < 660


def test_a_run_that_waits_for_a_decision_does_not_make_the_queue_look_old(
    app_context: Flask, client: ConsoleClient
) -> None:
    with transaction() as session:
        prepared = make_run(context={AWAITS_DECISION: True})
        session.get_one(DbOperationRun, prepared.id).updated_at = utcnow() - timedelta(days=3)
    told = scrape(client)
    assert figure(told, "ops_admin_queue_messages") == figure(told, "ops_admin_queue_oldest_seconds") == 0
    active = 'ops_admin_runs_active{status="%s",type="inventory.sync"}'
    assert (figure(told, active % "awaiting"), figure(told, active % "queued")) == (1, 0)


def test_active_and_ended_runs_are_told_by_type(app_context: Flask, client: ConsoleClient) -> None:
    ended = 'ops_admin_runs_ended_total{outcome="partially_succeeded",type="inventory.sync"}'
    before = figure(scrape(client), ended)
    make_run(type="inventory.sync")
    run = make_running_run(type="inventory.sync")
    active = 'ops_admin_runs_active{status="%s",type="inventory.sync"}'
    told = scrape(client)
    assert (figure(told, active % "queued"), figure(told, active % "running")) == (1, 1)
    service.finish(run.id, Outcome.PARTIALLY_SUCCEEDED, actor=WORKER, counts={})
    told = scrape(client)
    assert figure(told, ended) == before + 1
    assert figure(told, active % "running") == 0


def test_unknown_types_share_one_label(app_context: Flask, client: ConsoleClient) -> None:
    for number in range(3):
        make_run(type=f"old.thing.{number}")
    assert figure(scrape(client), 'ops_admin_runs_active{status="queued",type="unknown"}') == 3


def test_workers_and_the_schedule_are_told(app_context: Flask, client: ConsoleClient) -> None:
    assert figure(scrape(client), "ops_admin_schedule_age_seconds") == float("inf")
    workers.beat("one")
    schedule.tick()
    told = scrape(client)
    assert figure(told, "ops_admin_workers_alive") == 1
    assert figure(told, "ops_admin_schedule_age_seconds") < 60


def test_requests_are_told_by_route_not_by_address(client: ConsoleClient) -> None:
    client.get("/operations/4711")
    client.get("/no/such/page")
    told = scrape(client)
    assert figure(told, 'ops_admin_http_requests_total{method="GET",route="/operations/<int:run_id>",status="302"}') > 0
    assert figure(told, 'ops_admin_http_requests_total{method="GET",route="-",status="404"}') > 0
    assert "/operations/4711" not in told


def test_methods_that_a_caller_makes_up_share_one_label(client: ConsoleClient) -> None:
    client.open("/login", method="BREW")
    told = scrape(client)
    assert 'method="OTHER"' in told
    assert "BREW" not in told


@pytest.mark.own_app
def test_without_a_database_the_process_still_tells_of_itself(app_context: Flask, client: ConsoleClient) -> None:
    assert figure(scrape(client), "ops_admin_database_up") == 1
    with transaction() as session:
        session.execute(text("alter table schedule_marks rename to gone"))
    told = scrape(client)
    assert "ops_admin_database_up 0.0" in told
    assert "process_cpu_seconds_total" in told
    db.session.rollback()
