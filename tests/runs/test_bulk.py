"""Stopping and restarting many runs from the list: the ticked ones, or all that match (R17, R36, R44)."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from ops_admin.access import administration
from ops_admin.access.capabilities import Role
from ops_admin.access.queries import Tenant, User
from ops_admin.auth import accounts
from ops_admin.infra.extensions import huey
from ops_admin.runs import controls, queries, service
from ops_admin.runs.catalog import OperationType, catalog
from ops_admin.runs.dispatch import Started
from ops_admin.runs.failures import OperationFailed
from ops_admin.runs.handle import RunHandle
from ops_admin.runs.ledger import Run
from ops_admin.runs.states import Outcome
from ops_admin.runs.tasks import run_operation
from ops_admin.runs.web.bulk import choosing, views
from ops_admin.runs.worker import execution
from tests.runs.operations import do_nothing, registered
from tests.support.clients import ConsoleClient
from tests.support.factories import (
    WORKER,
    make_completed_run,
    make_member,
    make_run,
    make_running_run,
    make_tenant,
    make_workspace,
    sign_in,
)

JSON = {"Accept": "application/json"}
HTMX = {"HX-Request": "true"}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite alone: the service writes what these buttons do, and is tested on both engines."""
    return sqlite_url


@pytest.fixture
def tenant(app_context: Flask) -> Tenant:
    return make_tenant(name="Contoso")


@pytest.fixture
def user(tenant: Tenant) -> User:
    return make_member(tenant, Role.MANAGER)


@pytest.fixture
def manager(client: ConsoleClient, user: User) -> ConsoleClient:
    return sign_in(client, user)


@pytest.fixture
def operation() -> Iterator[OperationType]:
    with registered(do_nothing, identity_inputs=("number",)) as operation:
        yield operation


def make_ended(tenant: Tenant, operation: OperationType, *numbers: int, outcome: Outcome = Outcome.FAILED) -> list[int]:
    """Ended runs, one for each number, each with its own identity."""
    contexts = [{"inputs": {"number": number}} for number in numbers]
    return [make_completed_run(tenant, type=operation.key, outcome=outcome, context=each).id for each in contexts]


def make_foreign(user: User, role: Role) -> Tenant:
    """A tenant of another workspace, on which the user has another role."""
    other = make_tenant(make_workspace(), name="Fabrikam")
    administration.add_member(user.id, other.workspace_id, role)
    administration.grant_role(user.id, other.id, role)
    return other


def press(client: ConsoleClient, button: str, **form: Any) -> dict[str, int]:
    """The JSON answer to one of the list's buttons."""
    response = client.post(f"/operations/{button}", data=form, headers=JSON)
    assert response.status_code == 200, response.text
    answer: dict[str, int] = response.get_json()
    return answer


def started(client: ConsoleClient, button: str, **form: Any) -> list[Run]:
    """The runs that a bulk button started."""
    response = client.post(f"/operations/{button}", data=form, headers=JSON)
    assert response.status_code == 202, response.text
    return [queries.get_run(each["run_id"]) for each in response.get_json()["runs"]]


def outcomes(runs: list[int]) -> set[str]:
    return {queries.get_run(run_id).outcome for run_id in runs}


def test_each_ticked_run_is_stopped_as_its_own_rights_and_state_allow(
    manager: ConsoleClient, user: User, tenant: Tenant
) -> None:
    queued, running, ended = make_run(tenant), make_running_run(tenant), make_completed_run(tenant)
    readable, hidden = make_run(make_foreign(user, Role.READONLY)), make_run(make_tenant())
    ticked = [run.id for run in (queued, running, ended, readable, hidden)]
    assert press(manager, "stop", run_ids=ticked) == {
        "cancelled": 1, "asked": 1, "ended": 1, "not_yours": 1, "not_found": 1,
    }  # fmt: skip
    assert queries.get_run(readable.id) == readable
    assert queries.get_run(hidden.id) == hidden


def test_the_history_of_each_names_who_stopped_it(manager: ConsoleClient, user: User, tenant: Tenant) -> None:
    queued, running = make_run(tenant), make_running_run(tenant)
    press(manager, "stop", run_ids=[queued.id, running.id])
    for run in (queued, running):
        assert queries.transitions_of(run.id)[-1].actor == user.display_name


def test_asking_twice_is_said_and_written_once(manager: ConsoleClient, tenant: Tenant) -> None:
    run = make_running_run(tenant)
    press(manager, "stop", run_ids=[run.id])
    history = queries.transitions_of(run.id)
    assert press(manager, "stop", run_ids=[run.id, run.id]) == {"asked_before": 1}
    assert queries.transitions_of(run.id) == history


def test_ended_runs_are_started_again_and_equal_ones_only_once(
    manager: ConsoleClient, user: User, tenant: Tenant, operation: OperationType
) -> None:
    ids = make_ended(tenant, operation, 1, 2, 2)
    active, gone = make_run(tenant), make_completed_run(tenant, type="gone.operation")
    answer = press(manager, "start-again", run_ids=[*ids, active.id, gone.id])
    assert answer == {"started": 2, "under_way": 1, "not_ended": 1, "impossible": 1}
    again = [run for run in queries.active_runs(queries.Scope(frozenset({tenant.id}), frozenset())) if run != active]
    assert {run.initiator_name for run in again} == {user.display_name}
    assert {run.context["retry_of"] for run in again} <= set(ids)


def test_all_that_match_are_those_of_the_filters_on_every_page(manager: ConsoleClient, tenant: Tenant) -> None:
    wanted = [make_run(tenant, type="directory.groups.sync").id for _ in range(60)]
    other = make_run(tenant)
    answer = press(manager, "stop", all_matching="yes", type="directory.groups.sync", run_ids=[other.id])
    assert answer == {"cancelled": 60}
    assert outcomes(wanted) == {"cancelled"}
    assert queries.get_run(other.id) == other


def test_all_that_match_to_be_stopped_are_those_that_one_may_stop(
    manager: ConsoleClient, user: User, tenant: Tenant
) -> None:
    mine, theirs = make_run(tenant), make_run(make_foreign(user, Role.READONLY))
    assert press(manager, "stop", all_matching="yes") == {"cancelled": 1}
    assert outcomes([mine.id, theirs.id]) == {"cancelled", "pending"}


def test_all_that_match_are_confirmed_on_a_page_first(manager: ConsoleClient, tenant: Tenant) -> None:
    run = make_run(tenant)
    make_completed_run(tenant)
    form = {"all_matching": "yes", "tenant": str(tenant.id)}
    asked = manager.post("/operations/stop", data=form)
    assert (asked.status_code, asked.location) == (303, f"/operations/stop?tenant={tenant.id}")
    in_place = manager.post("/operations/stop", data=form, headers=HTMX)
    assert (in_place.status_code, in_place.headers["HX-Redirect"]) == (204, asked.location)
    page = manager.get(asked.location).text
    assert "1 active run matches" in page
    assert "Tenant: Contoso" in page
    assert queries.get_run(run.id) == run
    done = manager.post("/operations/stop", data=form | {"confirmed": "yes"}, follow_redirects=True)
    assert "1 cancelled before it began" in done.text
    assert done.request.full_path == f"/operations?tenant={tenant.id}"


@pytest.mark.parametrize(
    ("query", "said"), [("", True), ("?status=completed", True), ("?state=failed", False), ("?outcome=failed", False)]
)
def test_the_page_speaks_of_those_that_succeeded_only_where_they_may_be_among_them(
    manager: ConsoleClient, tenant: Tenant, query: str, said: bool
) -> None:
    make_completed_run(tenant, outcome=Outcome.FAILED)
    page = manager.get(f"/operations/start-again{query}").text
    assert ("those that succeeded" in page) == said
    assert "1 run that has ended matches" in page


def test_the_answer_says_for_how_many_of_the_chosen_something_was_done(manager: ConsoleClient, tenant: Tenant) -> None:
    ticked = [make_run(tenant).id, make_completed_run(tenant).id, make_completed_run(tenant).id]
    assert "Stop: 1 of 3 runs" in manager.post("/operations/stop", data={"run_ids": ticked}, headers=HTMX).text


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({}, "Choose at least one run"),
        ({"run_ids": ["x"]}, "is not the number of a run"),
        ({"run_ids": [2**70]}, "is not the number of a run"),
        ({"all_matching": "yes", "state": "strange"}, "Choose one of the values offered"),
        ({"all_matching": "yes", "q": "nothing has this name"}, "No run that matches"),
    ],
)
@pytest.mark.parametrize("button", ["stop", "start-again"])
def test_what_cannot_be_meant_does_nothing_in_every_form_of_answer(
    manager: ConsoleClient, button: str, form: dict[str, Any], words: str
) -> None:
    assert manager.post(f"/operations/{button}", data=form, headers=JSON).status_code == 422
    assert words in manager.post(f"/operations/{button}", data=form, headers=HTMX).text
    assert words in manager.post(f"/operations/{button}", data=form, follow_redirects=True).text


def test_more_than_can_be_taken_at_once_is_said(
    manager: ConsoleClient, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choosing, "MOST_RUNS", 2)
    runs = [make_run(tenant).id for _ in range(3)]
    for form in ({"all_matching": "yes"}, {"run_ids": runs}):
        assert manager.post("/operations/stop", data=form, headers=JSON).status_code == 422
    assert "Too many runs match" in manager.get("/operations/stop").text
    assert outcomes(runs) == {"pending"}


def test_many_runs_are_stopped_by_a_run_that_overtakes_them(
    manager: ConsoleClient, user: User, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "AT_ONCE", 2)
    runs = [make_run(tenant) for _ in range(3)]
    run_operation(runs[0].id)
    (bulk,) = started(manager, "stop", all_matching="yes")
    assert (bulk.type, bulk.tenant_id, bulk.user_id) == ("ops.bulk_cancel", None, user.id)
    assert outcomes([run.id for run in runs]) == {"pending"}
    assert huey.dequeue().args == [bulk.id]
    execution.execute(bulk.id)
    assert outcomes([run.id for run in runs]) == {"cancelled"}
    assert queries.transitions_of(runs[0].id)[-1].actor == user.display_name
    assert queries.get_run(bulk.id).counts["succeeded"] == 3


def test_the_run_for_many_finds_again_the_one_that_is_under_way(
    manager: ConsoleClient, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "AT_ONCE", 1)
    runs = [make_run(tenant).id for _ in range(2)]
    first, second = (started(manager, "stop", run_ids=runs) for _ in range(2))
    assert first == second


def test_the_run_for_many_says_of_each_why_it_was_left(
    manager: ConsoleClient, user: User, tenant: Tenant, operation: OperationType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "AT_ONCE", 2)
    ids = [*make_ended(tenant, operation, 1, 1), make_completed_run(tenant, type="gone.operation").id]
    (bulk,) = started(manager, "start-again", run_ids=ids)
    execution.execute(bulk.id)
    ended = queries.get_run(bulk.id)
    assert (ended.outcome, [each.code for each in ended.failures]) == ("partially_succeeded", ["bulk.impossible"])
    assert {name: ended.counts[name] for name in ("succeeded", "skipped", "failed")} == {
        "succeeded": 1, "skipped": 1, "failed": 1,
    }  # fmt: skip


def test_a_right_that_ended_before_the_run_for_many_began_counts_no_more(
    manager: ConsoleClient, user: User, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "AT_ONCE", 1)
    runs = [make_run(tenant).id for _ in range(2)]
    (bulk,) = started(manager, "stop", run_ids=runs)
    administration.grant_role(user.id, tenant.id, Role.READONLY)
    execution.execute(bulk.id)
    assert [each.code for each in queries.get_run(bulk.id).failures] == ["bulk.not_yours"]
    assert outcomes(runs) == {"pending"}


def test_many_runs_of_two_workspaces_are_two_runs(
    manager: ConsoleClient, user: User, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "AT_ONCE", 1)
    other = make_foreign(user, Role.OWNER)
    runs = [make_run(tenant).id, make_run(other).id]
    both = started(manager, "stop", run_ids=runs)
    assert {run.workspace_id for run in both} == {tenant.workspace_id, other.workspace_id}
    for run in both:
        execution.execute(run.id)
    assert outcomes(runs) == {"cancelled"}


def test_who_has_no_such_right_in_the_workspace_is_told_to_choose_fewer(
    client: ConsoleClient, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "AT_ONCE", 1)
    user = make_member(tenant, Role.READONLY)
    administration.grant_role(user.id, tenant.id, Role.MANAGER)
    runs = [make_run(tenant).id for _ in range(2)]
    refused = sign_in(client, user).post("/operations/stop", data={"run_ids": runs}, headers=HTMX)
    assert "at most 1 runs at once" in refused.text
    assert press(client, "stop", run_ids=runs[:1]) == {"cancelled": 1}


@pytest.mark.parametrize(("role", "stop", "start"), [
    (Role.READONLY, False, False), (Role.OPERATOR, False, True), (Role.MANAGER, True, True), (Role.OWNER, True, True),
])  # fmt: skip
def test_each_role_gets_the_boxes_and_buttons_that_it_may_use(
    client: ConsoleClient, tenant: Tenant, role: Role, stop: bool, start: bool
) -> None:
    sign_in(client, make_member(tenant, role))
    run = make_run(tenant)
    page = client.get("/operations").text
    assert ('formaction="/operations/stop"' in page, 'formaction="/operations/start-again"' in page) == (stop, start)
    assert (f'name="run_ids"\n           value="{run.id}"' in page) is (stop or start)
    verdict = "cancelled" if stop else "not_yours"
    assert press(client, "stop", run_ids=[run.id]) == {verdict: 1}


def test_the_form_carries_the_filters_and_says_how_many_match(manager: ConsoleClient, tenant: Tenant) -> None:
    for _ in range(51):
        make_run(tenant)
    page = manager.get("/operations?state=queued").text
    assert re.search(r'name="state" value="queued"', page)
    assert "All 51 that match" in page
    assert "that match" not in manager.get("/operations?state=running").text


def test_a_run_for_many_that_lost_the_answer_of_a_commit_starts_nothing_twice(
    manager: ConsoleClient, tenant: Tenant, operation: OperationType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "AT_ONCE", 1)
    ended = make_ended(tenant, operation, 1, 2)
    (bulk,) = started(manager, "start-again", run_ids=ended)
    start_again = controls.start_again

    def lose_the_answer(*args: Any) -> Started:
        if start_again(*args).created and args[0].id == ended[0]:
            raise OperationalError("commit", {}, Exception("connection reset"))
        return Started(args[0], "created")

    monkeypatch.setattr(controls, "start_again", lose_the_answer)
    execution.execute(bulk.id)
    handed_back = queries.get_run(bulk.id)
    assert (handed_back.status, handed_back.counts["processed"]) == ("queued", 1)
    again = [run for run in active_of(tenant) if run.type == operation.key]
    for run in again:
        execution.execute(run.id)
    execution.execute(bulk.id)
    assert active_of(tenant) == []
    assert (queries.get_run(bulk.id).outcome, queries.get_run(bulk.id).counts["succeeded"]) == ("succeeded", 2)


@pytest.fixture
def bulk(manager: ConsoleClient, tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run that is to stop two others."""
    monkeypatch.setattr(views, "AT_ONCE", 1)
    (bulk,) = started(manager, "stop", run_ids=[make_run(tenant).id for _ in range(2)])
    return bulk


def test_a_run_for_many_whose_worker_stops_is_handed_back_and_goes_on(bulk: Run, tenant: Tenant) -> None:
    execution.shutting_down.set()
    try:
        execution.execute(bulk.id)
    finally:
        execution.shutting_down.clear()
    assert (queries.get_run(bulk.id).status, len(active_of(tenant))) == ("queued", 2)
    execution.execute(bulk.id)
    assert (queries.get_run(bulk.id).outcome, active_of(tenant)) == ("succeeded", [])


def test_nothing_is_stopped_for_somebody_who_may_not_sign_in_any_more(bulk: Run, user: User, tenant: Tenant) -> None:
    accounts.disable_user(user.id)
    execution.execute(bulk.id)
    ended = queries.get_run(bulk.id)
    assert (ended.outcome, [each.code for each in ended.failures]) == ("failed", ["access.revoked"])
    assert len(active_of(tenant)) == 2


def test_stopping_ends_when_its_initiator_is_disabled_meanwhile(bulk: Run, user: User, tenant: Tenant) -> None:
    claimed = service.claim(bulk, WORKER)
    assert claimed
    accounts.disable_user(user.id)
    with pytest.raises(OperationFailed, match=r"bulk\.nobody"):
        catalog.get(bulk.type).handler(RunHandle(claimed, None))
    assert len(active_of(tenant)) == 2


def active_of(tenant: Tenant) -> list[Run]:
    return queries.active_runs(queries.Scope(frozenset({tenant.id}), frozenset()))
