"""Runs waiting for a decision have a state of their own: shown, filtered by, and counted (R31, R43)."""

import re

import pytest
from flask import Flask

from ops_admin.access.capabilities import Role
from ops_admin.access.queries import Tenant, User
from ops_admin.runs import queries, service
from ops_admin.runs.ledger import AWAITS_DECISION, Actor, Run
from ops_admin.runs.queries import RunFilter, Scope, TenantActivity
from ops_admin.runs.states import Display, display_of
from ops_admin.runs.web import template_globals
from ops_admin.runs.web.presenter import badge_of_run, widget_row
from ops_admin.runs.web.template_globals import widget_rows
from tests.runs.test_monitoring import make_old
from tests.runs.test_queries import make_legacy_run
from tests.support.clients import ConsoleClient
from tests.support.factories import make_completed_run, make_member, make_run, make_running_run, make_tenant

JSON = {"Accept": "application/json"}


@pytest.fixture
def tenant(app_context: Flask) -> Tenant:
    return make_tenant()


@pytest.fixture
def owner(tenant: Tenant) -> User:
    return make_member(tenant, Role.OWNER)


@pytest.fixture
def visitor(client: ConsoleClient, owner: User) -> ConsoleClient:
    client.sign_in(owner.email)
    return client


def make_waiting(tenant: Tenant) -> Run:
    return make_run(tenant, context={AWAITS_DECISION: True})


def seeing(tenant: Tenant) -> Scope:
    return Scope(frozenset({tenant.id}), frozenset())


def listed(tenant: Tenant, **wanted: object) -> list[int]:
    page = queries.list_runs(seeing(tenant), RunFilter(**wanted))  # type: ignore[arg-type]  # passed through
    return [run.id for run in page.rows]


def test_it_is_told_from_the_queue_by_a_word_of_its_own(tenant: Tenant) -> None:
    run = make_waiting(tenant)

    assert (run.status, run.outcome, run.display) == ("queued", "pending", Display.AWAITING)
    assert badge_of_run(run).label == "Waiting for a decision"


@pytest.mark.parametrize("pair", [("running", "pending"), ("completed", "cancelled"), ("queued", "odd"), ("", "")])
def test_only_what_is_queued_can_wait_for_a_decision(pair: tuple[str, str]) -> None:
    assert display_of(*pair, awaits_decision=True) is display_of(*pair)


def test_a_filter_by_state_tells_the_two_apart_and_one_by_status_does_not(tenant: Tenant) -> None:
    queued, waiting = make_run(tenant), make_waiting(tenant)

    assert listed(tenant, display=Display.QUEUED) == [queued.id]
    assert listed(tenant, display=Display.AWAITING) == [waiting.id]
    assert listed(tenant, status="queued") == [waiting.id, queued.id]
    assert queries.matching_ids(seeing(tenant), RunFilter(display=Display.QUEUED), "active", 10) == [queued.id]


def test_each_state_is_counted_for_itself(tenant: Tenant) -> None:
    make_run(tenant), make_waiting(tenant), make_waiting(tenant), make_running_run(tenant), make_completed_run(tenant)

    counted = queries.count_by_state(seeing(tenant), RunFilter())

    numbers = {state: count.number for state, count in counted.items() if count.number}
    assert numbers == {Display.QUEUED: 1, Display.AWAITING: 2, Display.RUNNING: 1, Display.COMPLETED: 1}
    assert queries.count_active_by_tenant(seeing(tenant)) == {tenant.id: TenantActivity(under_way=2, awaiting=2)}


def test_what_was_decided_or_cancelled_waits_no_more(tenant: Tenant) -> None:
    taken, given_up = make_waiting(tenant), make_waiting(tenant)
    service.reassign(taken.id, Actor.worker("Ada"))
    service.request_cancel(given_up.id, Actor.worker("Ada"))

    assert listed(tenant, display=Display.AWAITING) == []
    assert (listed(tenant, display=Display.QUEUED), listed(tenant, display=Display.CANCELLED)) == (
        [taken.id], [given_up.id],
    )  # fmt: skip


@pytest.mark.parametrize("context", [None, [], {}, {AWAITS_DECISION: None}, {AWAITS_DECISION: False}])
def test_a_context_that_says_nothing_of_it_means_the_queue(tenant: Tenant, context: object) -> None:
    run = make_run(tenant)
    make_old(run, context=context)

    assert listed(tenant, display=Display.QUEUED) == [run.id]
    assert listed(tenant, display=Display.AWAITING) == []


def test_an_old_row_that_only_looks_queued_breaks_no_count(tenant: Tenant) -> None:
    make_legacy_run(tenant, "queued", "odd")

    counted = queries.count_by_state(seeing(tenant), RunFilter())

    assert (counted[Display.QUEUED].number, counted[Display.AWAITING].number) == (0, 0)


def test_the_widget_folds_it_and_counts_it_apart(tenant: Tenant) -> None:
    running, waiting, ended = make_running_run(tenant), make_waiting(tenant), make_completed_run(tenant)

    shown = widget_rows(seeing(tenant), [ended.id])

    assert [row.run_id for row in shown.rows] == [ended.id, running.id]
    assert [row.run_id for row in shown.folded] == [waiting.id]
    assert (shown.under_way, shown.awaiting, shown.more) == (1, 1, 0)


def test_it_takes_no_room_from_what_moves(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "MOST_ACTIVE", 2)
    monkeypatch.setattr(template_globals, "MOST_ACTIVE", 2)
    moving = [make_run(tenant).id for _ in range(3)]
    for _ in range(3):
        make_waiting(tenant)

    shown = widget_rows(seeing(tenant))

    assert [row.run_id for row in shown.rows] == moving[:0:-1]
    assert (shown.folded, shown.under_way, shown.awaiting, shown.more) == ((), 3, 3, 1)


def test_to_those_outside_it_is_queued(tenant: Tenant, visitor: ConsoleClient) -> None:
    run = make_waiting(tenant)

    payload = widget_row(run).payload()
    body = visitor.get(f"/operations/{run.id}", headers=JSON).get_json()

    assert (payload["status"], payload["awaits_decision"]) == ("queued", True)
    assert (body["status"], body["outcome"]) == ("queued", "pending")


def test_the_list_has_a_chip_for_it_while_there_is_any(tenant: Tenant, visitor: ConsoleClient) -> None:
    def shown_at() -> str:
        found = re.search(r'state=awaiting"\s+data-hides-at-zero="(\d+)"', visitor.get("/operations").text)
        assert found is not None
        return found[1]

    assert shown_at() == "0"
    make_waiting(tenant)
    assert shown_at() == "1"
    assert "data-hides-at-zero" not in visitor.get("/operations?state=awaiting").text, "who asks for it sees the chip"


def test_the_fragment_holds_one_quiet_line_for_all_of_it(tenant: Tenant, visitor: ConsoleClient) -> None:
    runs = [make_waiting(tenant) for _ in range(2)]

    fragment = visitor.get("/operations/active").text

    assert "2 waiting for a decision" in fragment
    assert 'data-under-way="0"' in fragment
    folded = fragment.partition('data-slot="folded-rows"')[2]
    assert {int(found) for found in re.findall(r'data-run-id="(\d+)"', folded)} == {run.id for run in runs}
