"""The Monitoring pages as the server renders them (R26, R32, R33)."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import null, update

from ops_admin.access.capabilities import Role
from ops_admin.access.queries import Tenant, User
from ops_admin.infra.database import transaction, utcnow
from ops_admin.runs import service
from ops_admin.runs.ledger import Actor, Failure, Run
from ops_admin.runs.models import DbOperationRun
from ops_admin.runs.states import Outcome
from ops_admin.runs.web.template_globals import NO_CLOCK
from tests.support.clients import ConsoleClient
from tests.support.factories import WORKER, make_completed_run, make_member, make_run, make_running_run, make_tenant


@pytest.fixture
def tenant(app_context: Flask) -> Tenant:
    return make_tenant(name="Contoso")


@pytest.fixture
def owner(tenant: Tenant, client: ConsoleClient) -> User:
    user = make_member(tenant, Role.OWNER)
    client.sign_in(user.email)
    return user


def listed(client: ConsoleClient, address: str) -> list[int]:
    """The ids of the listed runs, from top to bottom."""
    return [int(found) for found in re.findall(r'<tr data-run-id="(\d+)"', client.get(address).text)]


def older_page(client: ConsoleClient, address: str) -> str:
    link = re.search(r'rel="next"\s+href="([^"]+)"', client.get(address).text)
    assert link is not None, "there is no older page"
    return link[1].replace("&amp;", "&")


def make_old(run: Run, **columns: object) -> None:
    """Give a row values that only an earlier system, or the passing of time, would produce."""
    with transaction() as session:
        session.execute(update(DbOperationRun).where(DbOperationRun.id == run.id).values(**columns))


def test_the_newest_run_is_on_top(client: ConsoleClient, owner: User, tenant: Tenant) -> None:
    runs = [make_run(tenant) for _ in range(3)]
    assert listed(client, "/operations") == [run.id for run in reversed(runs)]


def test_every_run_is_on_exactly_one_page(client: ConsoleClient, owner: User, tenant: Tenant) -> None:
    runs = [make_completed_run(tenant) for _ in range(60)]
    first = listed(client, "/operations")
    second = listed(client, older_page(client, "/operations"))
    assert first + second == [run.id for run in reversed(runs)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("state=failed", ["failed"]),
        ("outcome=succeeded", ["succeeded"]),
        ("status=completed", ["failed", "succeeded"]),
        ("state=queued", ["queued"]),
        ("q=groups", ["queued"]),
        ("type=inventory.sync", ["failed", "succeeded"]),
        ("initiator=System", ["queued", "succeeded"]),
        ("until=2020-01-01", []),
        ("within=1h&status=queued", ["queued"]),
    ],
)
def test_a_filter_leaves_what_it_says(
    client: ConsoleClient, owner: User, tenant: Tenant, query: str, expected: list[str]
) -> None:
    made = {
        "succeeded": make_completed_run(tenant),
        "failed": make_completed_run(tenant, owner, outcome=Outcome.FAILED),
        "queued": make_run(tenant, type="directory.groups.sync"),
    }
    found = listed(client, f"/operations?{query}")
    assert sorted(found) == sorted(made[name].id for name in expected)


def test_the_number_of_a_run_finds_it(client: ConsoleClient, owner: User, tenant: Tenant) -> None:
    wanted, _other = make_run(tenant), make_run(tenant)
    assert listed(client, f"/operations?q=%23{wanted.id}") == [wanted.id]


def test_a_wrong_filter_is_answered_with_its_explanation(client: ConsoleClient, owner: User) -> None:
    response = client.get("/operations?since=yesterday&q=kept")
    assert response.status_code == 422
    assert "Write a date" in response.text
    assert 'value="kept"' in response.text


def test_an_empty_list_names_the_filter(client: ConsoleClient, owner: User) -> None:
    assert "State: Failed" in client.get("/operations?state=failed").text


def test_runs_of_others_are_in_no_list(client: ConsoleClient, owner: User) -> None:
    make_run(make_tenant())
    assert listed(client, "/operations") == []


def test_an_htmx_request_gets_the_list_alone(client: ConsoleClient, owner: User, tenant: Tenant) -> None:
    make_run(tenant)
    fragment = client.get("/operations", headers={"HX-Request": "true"}).text
    assert '<section id="run-list"' in fragment
    assert "<html" not in fragment


def test_a_run_of_another_workspace_does_not_exist(client: ConsoleClient, owner: User) -> None:
    foreign = make_run(make_tenant())
    assert client.get(f"/operations/{foreign.id}").status_code == 404
    assert client.get(f"/operations/{foreign.id}", headers={"Accept": "application/json"}).status_code == 404


@pytest.mark.parametrize("number", ["0", "999999", "9" * 30])
def test_a_run_that_was_never_made_does_not_exist(client: ConsoleClient, owner: User, number: str) -> None:
    assert client.get(f"/operations/{number}").status_code == 404


def test_the_page_of_a_run_tells_what_happened(client: ConsoleClient, owner: User, tenant: Tenant) -> None:
    failures = (Failure("graph.throttled", "Microsoft Graph asked to wait for too long", 3),)
    counts = {"total": 10, "processed": 10, "failed": 3}
    run = make_completed_run(tenant, owner, outcome=Outcome.PARTIALLY_SUCCEEDED, counts=counts, failures=failures)
    page = client.get(f"/operations/{run.id}").text
    for expected in (
        "Partially succeeded",
        "10 of 10",
        "graph.throttled",
        "asked to wait",
        owner.display_name,
        "Contoso",
    ):
        assert expected in page


def test_a_run_without_a_tenant_has_a_page(client: ConsoleClient, owner: User, tenant: Tenant) -> None:
    run = make_completed_run(workspace_id=tenant.workspace_id, type="ops.reconcile_adapter_runs")
    assert "Whole workspace" in client.get(f"/operations/{run.id}").text


def test_the_json_of_a_run_has_the_fields_of_the_ledger(client: ConsoleClient, owner: User, tenant: Tenant) -> None:
    run = make_completed_run(tenant, owner, counts={"total": 2, "processed": 2})
    fields = client.get_json(f"/operations/{run.id}")
    assert fields["summary_counts"] == {"total": 2, "processed": 2}
    assert (fields["status"], fields["outcome"], fields["tenant_id"]) == ("completed", "succeeded", tenant.id)
    assert fields["created_at"] == run.created_at.isoformat()
    assert fields["failure_summary"] == []


def test_old_values_break_no_page(client: ConsoleClient, owner: User, tenant: Tenant) -> None:
    run = make_completed_run(tenant, owner, type="bulk.export_v1")
    make_old(run, context=null(), summary_counts=null(), failure_summary=null())
    assert "Unknown operation" in client.get("/operations").text
    assert client.get(f"/operations/{run.id}").status_code == 200


def test_the_fragment_tells_the_fate_of_what_a_page_shows(client: ConsoleClient, owner: User, tenant: Tenant) -> None:
    ended, silent, foreign = make_completed_run(tenant), make_completed_run(tenant), make_run(make_tenant())
    active = make_running_run(tenant)
    fragment = client.get(f"/operations/active?shown={ended.id},{foreign.id},x,{'9' * 40}").text
    told = {int(found) for found in re.findall(r'data-run-id="(\d+)"', fragment)}
    assert told == {ended.id, active.id}
    assert silent.id not in told


def test_the_widget_of_a_page_says_how_far_a_run_is(client: ConsoleClient, owner: User, tenant: Tenant) -> None:
    run = make_running_run(tenant)
    service.advance(run, {"total": 8, "processed": 2})
    page = client.get("/").text
    assert "2 of 8" in page
    assert 'value="25"' in page


def clock_on(client: ConsoleClient, address: str) -> str:
    found = re.search(r'data-slot="elapsed"[^>]*>([^<]*)<', client.get(address).text)
    assert found is not None
    return found[1]


def test_the_clock_of_a_run_that_was_handed_back_goes_on(client: ConsoleClient, owner: User, tenant: Tenant) -> None:
    run = make_running_run(tenant)
    make_old(run, started_at=utcnow() - timedelta(minutes=37))
    service.requeue(run, WORKER, {"code": "worker.stopped"})
    assert clock_on(client, f"/operations/{run.id}").startswith("37:")
    service.claim(run, Actor.worker("another worker"))
    assert clock_on(client, f"/operations/{run.id}").startswith("37:")
    assert "Attempt 2" in client.get(f"/operations/{run.id}").text


def test_what_nobody_has_begun_waits_and_what_never_began_took_no_time(
    client: ConsoleClient, owner: User, tenant: Tenant
) -> None:
    run = make_run(tenant)
    make_old(run, created_at=utcnow() - timedelta(minutes=24))
    assert clock_on(client, "/operations").startswith("waiting 24:")
    service.request_cancel(run.id, Actor.worker("Ada"))
    assert [clock_on(client, page) for page in ("/operations", f"/operations/{run.id}")] == [NO_CLOCK, NO_CLOCK]


@pytest.mark.parametrize(("counts", "hidden"), [({}, True), ({"total": 95, "processed": 40}, False)])
def test_a_bar_is_shown_of_an_end_only_where_it_says_how_far_the_run_got(
    client: ConsoleClient, owner: User, tenant: Tenant, counts: dict[str, int], hidden: bool
) -> None:
    run = make_completed_run(tenant, owner, outcome=Outcome.CANCELLED, counts=counts)
    bar = re.search(r"<progress[^>]*>", client.get(f"/operations/{run.id}").text)
    assert bar is not None
    assert ("hidden" in bar[0].split(), 'value="42"' in bar[0]) == (hidden, not hidden)


def said_of_stalling(client: ConsoleClient, address: str) -> set[str]:
    """What a page says about stalled runs: the note on a run's own page, and badges anywhere."""
    page = client.get(address).text
    badges = re.findall(r'tone-(\w+)"\s+data-slot="stall"\s*>([^<]+)<', page)
    notes = re.findall(r'data-slot="stall-note" data-stall="(\w+)"', page)
    return {*(f"{label}, {tone}" for tone, label in badges), *notes}


def test_a_number_of_skipped_items_is_explained(client: ConsoleClient, owner: User, tenant: Tenant) -> None:
    pages = [
        client.get(f"/operations/{make_completed_run(tenant, type='assignments.fetch', counts=counts).id}").text
        for counts in ({"total": 9, "processed": 9, "skipped": 6}, {"total": 9, "processed": 9, "skipped": 0})
    ]
    assert ["policies of types that Intune does not assign to groups" in page for page in pages] == [True, False]


def test_a_stalled_run_is_pointed_out(client: ConsoleClient, owner: User, tenant: Tenant) -> None:
    run = make_running_run(tenant)
    pages = (f"/operations/{run.id}", "/operations", "/operations/active")
    assert [said_of_stalling(client, page) for page in pages] == [set(), set(), set()]
    make_old(run, heartbeat_at=utcnow() - timedelta(minutes=1))
    assert [said_of_stalling(client, page) for page in pages] == [
        {"warning", "Stalled, yellow"},
        *[{"Stalled, yellow"}] * 2,
    ]
    make_old(run, heartbeat_at=utcnow() - timedelta(minutes=9))
    assert [said_of_stalling(client, page) for page in pages] == [{"danger", "Stalled, red"}, *[{"Stalled, red"}] * 2]
    service.finish(run.id, Outcome.FAILED, actor=Actor.worker("housekeeping"))
    assert [said_of_stalling(client, page) for page in pages] == [set(), set(), set()]
