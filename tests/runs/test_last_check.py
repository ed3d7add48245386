"""A housekeeping pass that finds nothing makes no run, so Monitoring shows when the last one took place (R48)."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from ops_admin.access.capabilities import Role
from ops_admin.access.queries import Tenant
from ops_admin.health import schedule
from ops_admin.infra.database import transaction, utcnow
from ops_admin.runs import queries
from ops_admin.runs.queries import RunFilter
from ops_admin.runs.worker import reconciler
from tests.runs.test_reconciler import let_pass, scope_of, stored
from tests.support.clients import ConsoleClient
from tests.support.factories import make_member, make_running_run, make_tenant


@pytest.fixture
def tenant(app_context: Flask) -> Tenant:
    return make_tenant()


@pytest.fixture
def visitor(client: ConsoleClient, tenant: Tenant) -> ConsoleClient:
    client.sign_in(make_member(tenant, Role.READONLY).email)
    return client


def head_of(visitor: ConsoleClient) -> str:
    """The text in the head of Monitoring, with times in UTC."""
    page = visitor.get("/operations").text.partition("<main")[2].partition('class="pills"')[0]
    return " ".join(re.sub("<[^>]+>", " ", page).split())


def move_back(**time: int) -> None:
    with transaction() as session:
        then = stored(utcnow() - timedelta(**time))
        session.execute(text("update schedule_marks set at = :then where name = 'housekeeping'"), {"then": then})


def test_a_pass_that_finds_nothing_is_told_in_monitoring_and_makes_no_run(
    tenant: Tenant, visitor: ConsoleClient
) -> None:
    assert "Last housekeeping check: none yet" in head_of(visitor)

    reconciler.reconcile_when_needed()

    at = schedule.last_housekeeping().at
    assert at is not None
    assert abs(utcnow() - at) < timedelta(seconds=30)
    assert f"Last housekeeping check: {at:%Y-%m-%d %H:%M} UTC" in head_of(visitor)
    assert queries.list_runs(scope_of(tenant), RunFilter()).rows == ()


def test_a_pass_that_starts_a_repair_is_told_as_well(tenant: Tenant) -> None:
    let_pass(make_running_run(tenant))

    reconciler.reconcile_when_needed()

    assert schedule.last_housekeeping().at is not None


def test_each_pass_is_told_anew(tenant: Tenant) -> None:
    reconciler.reconcile_when_needed()
    move_back(hours=1)

    reconciler.reconcile_when_needed()

    at = schedule.last_housekeeping().at
    assert at is not None
    assert utcnow() - at < timedelta(minutes=1)


@pytest.mark.parametrize(("minutes", "is_overdue"), [(4, False), (6, True)])
def test_that_no_pass_was_made_for_minutes_is_pointed_out(
    visitor: ConsoleClient, minutes: int, is_overdue: bool
) -> None:
    reconciler.reconcile_when_needed()
    move_back(minutes=minutes)

    assert ("Housekeeping is overdue." in head_of(visitor)) is is_overdue


def test_a_pass_that_could_not_look_at_a_workspace_is_not_told_as_one(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("no such thing")

    let_pass(make_running_run(tenant))
    monkeypatch.setattr(reconciler, "findings", fail)

    reconciler.reconcile_when_needed()

    assert schedule.last_housekeeping().at is None


def test_the_tick_of_the_clock_is_no_pass_of_housekeeping(tenant: Tenant) -> None:
    schedule.tick()

    assert schedule.last_housekeeping().at is None
