"""The pages of a tenant's schedules: who may set what, and how invalid input is explained (R36, R38)."""

from typing import Any

import pytest

from ops_admin.access.capabilities import Role
from ops_admin.access.queries import Tenant
from ops_admin.intune.schedules import storage, views
from ops_admin.intune.schedules.queries import Schedule, list_schedules
from ops_admin.intune.schedules.rules import Frequency, Rule
from tests.support.clients import ConsoleClient
from tests.support.factories import make_completed_run, make_member, make_tenant, sign_in

pytestmark = pytest.mark.usefixtures("app_context")

NIGHTLY = {
    "operation": "inventory.sync",
    "frequency": "daily",
    "at_time": "02:30",
    "time_zone": "Europe/Berlin",
    "every_hours": "six",
    "weekday": "0",
}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def tenant() -> Tenant:
    return make_tenant()


@pytest.fixture
def manager(client: ConsoleClient, tenant: Tenant) -> ConsoleClient:
    return sign_in(client, make_member(tenant, Role.MANAGER))


def address(tenant: Tenant, *more: object) -> str:
    return "/".join(["", "tenants", str(tenant.id), "schedules", *map(str, more)])


def make_schedule(tenant: Tenant, rule: Rule | None = None) -> Schedule:
    rule = rule or Rule(Frequency.WEEKLY, at_time="23:15", weekday=4, time_zone="Asia/Tokyo")
    schedule_id = storage.add_schedule(tenant.id, "inventory.sync", rule, make_member(tenant, Role.MANAGER))
    return next(each for each in list_schedules(tenant.id) if each.id == schedule_id)


def only(tenant: Tenant) -> Schedule:
    [schedule] = list_schedules(tenant.id)
    return schedule


def test_a_manager_sets_a_schedule(manager: ConsoleClient, tenant: Tenant) -> None:
    answer = manager.post(address(tenant), data=NIGHTLY, follow_redirects=True)
    schedule = only(tenant)
    assert schedule.rule == Rule(Frequency.DAILY, at_time="02:30", time_zone="Europe/Berlin")
    assert schedule.is_enabled
    assert "Daily at 02:30" in answer.text
    assert "Europe/Berlin" in manager.get(address(tenant)).text


def test_the_next_due_time_is_sent_for_the_readers_own_zone(manager: ConsoleClient, tenant: Tenant) -> None:
    due = make_schedule(tenant).next_due_at
    assert due is not None
    assert f'datetime="{due.isoformat(timespec="milliseconds")}"' in manager.get(address(tenant)).text


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"at_time": "25:00"}, "Enter a time of day"),
        ({"at_time": ""}, "Enter a time of day"),
        ({"at_time": "٠٢:٣٠"}, "Enter a time of day"),
        ({"time_zone": "Berlin"}, "Choose a time zone"),
        ({"time_zone": "../../etc/passwd"}, "Choose a time zone"),
        ({"frequency": "hours"}, "Enter a number of hours"),
        ({"frequency": "hours", "every_hours": "0"}, "Enter a number of hours"),
        ({"frequency": "hours", "every_hours": "9" * 5000}, "Enter a number of hours"),
        ({"frequency": "weekly", "weekday": "7"}, "Not a valid choice"),
        ({"frequency": "hourly"}, "Not a valid choice"),
        ({"operation": "restore.execute"}, "Not a valid choice"),
    ],
)
def test_invalid_input_is_explained_and_kept(
    manager: ConsoleClient, tenant: Tenant, wrong: dict[str, str], said: str
) -> None:
    answer = manager.post(address(tenant), data={**NIGHTLY, **wrong})
    assert (answer.status_code, said in answer.text) == (422, True)
    assert 'value="six"' in answer.text or "every_hours" in wrong
    assert not list_schedules(tenant.id)


def test_a_schedule_is_changed_paused_resumed_and_deleted(manager: ConsoleClient, tenant: Tenant) -> None:
    place = address(tenant, make_schedule(tenant).id)
    assert 'value="Asia/Tokyo"' in manager.get(f"{place}/edit").text
    manager.post(place, data={**NIGHTLY, "frequency": "hours", "every_hours": "12"})
    assert only(tenant).rule.every_hours == 12
    assert "Paused" in manager.post(f"{place}/pause", follow_redirects=True).text
    assert not only(tenant).is_enabled
    manager.post(f"{place}/resume")
    assert only(tenant).is_enabled
    manager.post(f"{place}/delete")
    assert not list_schedules(tenant.id)
    assert manager.get(place).status_code == 404


def test_history_leads_to_its_runs_and_says_what_was_pruned(manager: ConsoleClient, tenant: Tenant) -> None:
    schedule, run = make_schedule(tenant), make_completed_run(tenant)
    assert schedule.next_due_at is not None
    at = schedule.next_due_at
    storage.record_start(schedule, at, "started", run.id)
    storage.record_start(schedule, at, "started", 999_999)
    storage.record_start(schedule, at, "failed", failure_code="dispatch.failed")
    page = manager.get(address(tenant, schedule.id)).text
    for said in (f'href="/operations/{run.id}"', "Run #999999, pruned", "Could not be started", "dispatch.failed"):
        assert said in page


def test_a_reader_sees_schedules_and_changes_none(client: ConsoleClient, tenant: Tenant) -> None:
    schedule = make_schedule(tenant)
    sign_in(client, make_member(tenant, Role.OPERATOR))
    page = client.get(address(tenant, schedule.id))
    assert (page.status_code, "/pause" in page.text, "/edit" in page.text) == (200, False, False)
    assert "New schedule" not in client.get(address(tenant)).text
    for path in ("", f"/{schedule.id}", f"/{schedule.id}/pause", f"/{schedule.id}/delete"):
        assert client.post(address(tenant) + path, data=NIGHTLY).status_code == 403


def test_a_schedule_of_another_tenant_does_not_exist(manager: ConsoleClient, tenant: Tenant) -> None:
    foreign = make_schedule(make_tenant())
    for path in ("", "/edit"):
        assert manager.get(f"{address(tenant, foreign.id)}{path}").status_code == 404
    for path in ("", "/pause", "/resume", "/delete"):
        assert manager.post(f"{address(tenant, foreign.id)}{path}", data=NIGHTLY).status_code == 404


def test_the_number_of_schedules_is_limited(
    manager: ConsoleClient, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "MOST_SCHEDULES", 1)
    make_schedule(tenant)
    answer: Any = manager.post(address(tenant), data=NIGHTLY, follow_redirects=True)
    assert "already" in answer.text
    assert len(list_schedules(tenant.id)) == 1


def test_a_run_leads_back_to_its_schedule(manager: ConsoleClient, tenant: Tenant) -> None:
    schedule = make_schedule(tenant)
    run = make_completed_run(tenant, context={"schedule_id": schedule.id})
    assert f'href="{address(tenant, schedule.id)}"' in manager.get(f"/operations/{run.id}").text
