"""Stopping a run and starting it again: guards, dedupe, history (R44)."""

from collections.abc import Iterator

import pytest

from ops_admin.access.capabilities import Role
from ops_admin.access.queries import Tenant
from ops_admin.runs import queries, service
from ops_admin.runs.catalog import OperationType
from ops_admin.runs.history import EventType, HistoryEvent
from ops_admin.runs.ledger import Actor
from ops_admin.runs.worker import execution
from tests.runs.operations import do_nothing, registered
from tests.support.clients import ConsoleClient
from tests.support.factories import (
    make_completed_run,
    make_member,
    make_run,
    make_running_run,
    make_tenant,
    make_user,
    sign_in,
)

pytestmark = pytest.mark.usefixtures("app_context")

JSON = {"Accept": "application/json"}


@pytest.fixture
def tenant() -> Tenant:
    return make_tenant()


@pytest.fixture
def manager(client: ConsoleClient, tenant: Tenant) -> ConsoleClient:
    """The browser of somebody who may stop runs."""
    return sign_in(client, make_member(tenant, Role.MANAGER))


@pytest.fixture
def operation() -> Iterator[OperationType]:
    with registered(do_nothing, identity_inputs=("types",)) as operation:
        yield operation


def test_a_queued_run_ends_at_once_and_its_message_does_no_harm(manager: ConsoleClient, tenant: Tenant) -> None:
    run = make_run(tenant)
    answer = manager.post(f"/operations/{run.id}/stop", headers=JSON)
    assert (answer.status_code, answer.get_json()["outcome"]) == (202, "cancelled")
    execution.execute(run.id)
    assert queries.get_run(run.id).outcome == "cancelled"


@pytest.mark.parametrize(("own", "told"), [(True, True), (False, False)])
def test_who_started_a_run_and_may_not_stop_it_is_told_who_may(
    client: ConsoleClient, tenant: Tenant, own: bool, told: bool
) -> None:
    operator = make_member(tenant, Role.OPERATOR)
    run = make_running_run(tenant, operator if own else make_member(tenant, Role.OPERATOR))
    page = sign_in(client, operator).get(f"/operations/{run.id}").text
    assert ("A manager or an owner can stop this run" in page) == told
    assert f"/operations/{run.id}/stop" not in page


def test_a_running_run_is_asked_once_and_says_by_whom(manager: ConsoleClient, tenant: Tenant) -> None:
    run = make_running_run(tenant)
    assert manager.post(f"/operations/{run.id}/stop", headers=JSON).status_code == 202
    assert manager.post(f"/operations/{run.id}/stop", headers=JSON).status_code == 409
    asked = [line for line in queries.transitions_of(run.id) if line.is_of(EventType.CANCEL_REQUESTED)]
    assert [line.actor.startswith("User") for line in asked] == [True]
    assert "Asked to stop" in manager.get(f"/operations/{run.id}").text


def test_an_ended_run_cannot_be_stopped(manager: ConsoleClient, tenant: Tenant) -> None:
    run = make_completed_run(tenant)
    assert manager.post(f"/operations/{run.id}/stop", headers=JSON).status_code == 409
    assert queries.get_run(run.id) == run


def test_starting_again_uses_the_same_inputs_and_both_histories_say_so(
    manager: ConsoleClient, tenant: Tenant, operation: OperationType
) -> None:
    first = make_completed_run(tenant, type=operation.key, context={"inputs": {"types": ["intents"]}})
    answer = manager.post(f"/operations/{first.id}/start-again", headers=JSON)
    assert (answer.status_code, answer.get_json()["created"]) == (202, True)
    second = queries.get_run(answer.get_json()["run_id"])
    assert second.inputs == {"types": ["intents"]}
    assert second.context["retry_of"] == first.id
    assert queries.transitions_of(first.id)[-1].event == HistoryEvent.naming(EventType.STARTED_AGAIN, second.id)
    assert queries.transitions_of(second.id)[-1].event == HistoryEvent.naming(EventType.RETRY_OF, first.id)


def test_starting_again_finds_the_run_that_is_active(
    manager: ConsoleClient, tenant: Tenant, operation: OperationType
) -> None:
    first = make_completed_run(tenant, type=operation.key)
    answers = [manager.post(f"/operations/{first.id}/start-again", headers=JSON).get_json() for _ in range(2)]
    assert [answer["created"] for answer in answers] == [True, False]
    assert answers[0]["run_id"] == answers[1]["run_id"]
    assert len(queries.transitions_of(first.id)) == 4


def test_an_active_run_cannot_be_started_again(manager: ConsoleClient, tenant: Tenant) -> None:
    assert manager.post(f"/operations/{make_run(tenant).id}/start-again", headers=JSON).status_code == 409


def test_an_operation_that_nobody_knows_any_more_cannot_be_started_again(
    manager: ConsoleClient, tenant: Tenant
) -> None:
    run = make_completed_run(tenant, type="gone.operation")
    page = manager.post(f"/operations/{run.id}/start-again", headers={"HX-Request": "true"}).text
    assert "cannot be started any more" in page
    assert "Start again" not in manager.get(f"/operations/{run.id}").text


@pytest.mark.parametrize(("role", "stops", "starts"), [
    (Role.READONLY, 403, 403), (Role.OPERATOR, 403, 202), (Role.MANAGER, 202, 202), (Role.OWNER, 202, 202),
])  # fmt: skip
def test_each_role_may_what_it_may_and_sees_no_other_button(
    client: ConsoleClient, tenant: Tenant, operation: OperationType, role: Role, stops: int, starts: int
) -> None:
    sign_in(client, make_member(tenant, role))
    running, ended = make_running_run(tenant), make_completed_run(tenant, type=operation.key)
    assert (f"/operations/{running.id}/stop" in client.get(f"/operations/{running.id}").text) is (stops == 202)
    assert (f"/operations/{ended.id}/start-again" in client.get(f"/operations/{ended.id}").text) is (starts == 202)
    assert client.post(f"/operations/{running.id}/stop", headers=JSON).status_code == stops
    assert client.post(f"/operations/{ended.id}/start-again", headers=JSON).status_code == starts


def test_an_outsider_learns_nothing(client: ConsoleClient, tenant: Tenant) -> None:
    sign_in(client, make_user())
    run = make_run(tenant)
    for action in ("stop", "start-again"):
        assert client.post(f"/operations/{run.id}/{action}", headers=JSON).status_code == 404
    assert queries.get_run(run.id) == run


def test_without_scripts_the_form_leads_back_to_the_run(manager: ConsoleClient, tenant: Tenant) -> None:
    run = make_run(tenant)
    answer = manager.post(f"/operations/{run.id}/stop", follow_redirects=True)
    assert answer.request.path == f"/operations/{run.id}"
    assert "Cancelled before it began" in answer.text


def test_a_remark_changes_nothing_of_the_run() -> None:
    run = make_completed_run()
    service.annotate(run.id, Actor.worker("Ada"), HistoryEvent(EventType.STALLED, {"revision": 1}))
    assert queries.get_run(run.id) == run
    assert queries.transitions_of(run.id)[-1].actor == "Ada"
