"""Queued work does not outlive its initiator's rights (R68), on both engines."""

from collections.abc import Callable, Iterator

import pytest

from ops_admin.access import administration
from ops_admin.access.capabilities import Role
from ops_admin.access.queries import Tenant, User
from ops_admin.access.signals import rights_changed
from ops_admin.auth import accounts
from ops_admin.runs import queries, service
from ops_admin.runs.dispatch import start
from ops_admin.runs.handle import RunHandle
from ops_admin.runs.ledger import AWAITS_DECISION, Actor, Run
from ops_admin.runs.worker import execution
from tests.runs.operations import registered
from tests.support.factories import WORKER, claim, make_member, make_run, make_tenant

pytestmark = pytest.mark.usefixtures("app_context")

TEST = "test.operation"
LOSSES: dict[str, Callable[[User, Tenant], None]] = {
    "role taken away": lambda user, tenant: administration.revoke_role(user.id, tenant.id),
    "role lowered": lambda user, tenant: administration.grant_role(user.id, tenant.id, Role.READONLY),
    "membership ended": lambda user, tenant: administration.remove_member(user.id, tenant.workspace_id),
    "account disabled": lambda user, tenant: accounts.disable_user(user.id),
}


@pytest.fixture
def worked() -> Iterator[list[int]]:
    """The ids of the runs that the handler has worked on."""
    done: list[int] = []

    def work(handle: RunHandle) -> None:
        done.append(handle.run_id)

    with registered(work):
        yield done


@pytest.fixture
def tenant() -> Tenant:
    return make_tenant()


@pytest.fixture
def operator(tenant: Tenant) -> User:
    return make_member(tenant, Role.OPERATOR)


def codes_of(run: Run) -> list[str]:
    return [failure.code for failure in run.failures]


def lose_unheard(monkeypatch: pytest.MonkeyPatch, user: User, tenant: Tenant) -> None:
    """Take the role away as a process that dies right after its commit would: nobody hears of it."""
    with monkeypatch.context() as patch:
        patch.setattr(rights_changed, "send", lambda user_id: None)
        administration.revoke_role(user.id, tenant.id)


def test_a_worker_does_not_begin_what_its_initiator_may_not_do_any_more(
    monkeypatch: pytest.MonkeyPatch, worked: list[int], tenant: Tenant, operator: User
) -> None:
    run = make_run(tenant, operator, type=TEST)
    lose_unheard(monkeypatch, operator, tenant)

    execution.execute(run.id)

    ended = queries.get_run(run.id)
    assert worked == []
    assert (ended.status, ended.outcome, ended.started_at, codes_of(ended)) == (
        "completed",
        "failed",
        None,
        ["access.revoked"],
    )
    assert [line.reason for line in queries.transitions_of(run.id)][-1] == "access.revoked"


def test_a_worker_begins_what_its_initiator_may_still_do(worked: list[int], tenant: Tenant, operator: User) -> None:
    run = make_run(tenant, operator, type=TEST)
    execution.execute(run.id)
    assert (worked, queries.get_run(run.id).outcome) == ([run.id], "succeeded")


def test_what_was_handed_back_is_asked_about_again(
    monkeypatch: pytest.MonkeyPatch, worked: list[int], tenant: Tenant, operator: User
) -> None:
    run = make_run(tenant, operator, type=TEST)
    run = claim(run)
    service.requeue(run, WORKER, {"code": "worker.stopped"})
    lose_unheard(monkeypatch, operator, tenant)

    execution.execute(run.id)

    assert (worked, codes_of(queries.get_run(run.id))) == ([], ["access.revoked"])


@pytest.mark.parametrize("loss", LOSSES)
def test_losing_the_right_ends_what_is_queued(worked: list[int], tenant: Tenant, operator: User, loss: str) -> None:
    run = make_run(tenant, operator, type=TEST)

    LOSSES[loss](operator, tenant)

    ended = queries.get_run(run.id)
    assert (ended.outcome, codes_of(ended)) == ("failed", ["access.revoked"])
    execution.execute(run.id)
    assert worked == []


@pytest.mark.usefixtures("worked")
def test_what_others_started_and_what_the_user_may_still_do_stays_queued(tenant: Tenant, operator: User) -> None:
    colleague = make_member(tenant, Role.OPERATOR)
    other_tenant = administration.add_tenant(tenant.workspace_id, "0f8fad5b-d9cb-469f-a165-70867728950e", "Other")
    administration.grant_role(operator.id, other_tenant.id, Role.OPERATOR)
    kept = [
        make_run(tenant, colleague, type=TEST),
        make_run(tenant, type=TEST),
        make_run(other_tenant, operator, type=TEST),
    ]

    administration.revoke_role(operator.id, tenant.id)

    assert [queries.get_run(run.id).status for run in kept] == ["queued"] * 3


@pytest.mark.usefixtures("worked")
def test_a_run_that_waits_for_a_decision_stays_for_whoever_decides(tenant: Tenant, operator: User) -> None:
    run = make_run(tenant, operator, type=TEST, context={AWAITS_DECISION: True})
    administration.revoke_role(operator.id, tenant.id)
    assert queries.get_run(run.id).status == "queued"


def test_what_runs_already_goes_on(worked: list[int], tenant: Tenant, operator: User) -> None:
    run = make_run(tenant, operator, type=TEST)
    service.claim(run, WORKER)
    administration.revoke_role(operator.id, tenant.id)
    assert queries.get_run(run.id).status == "running"


def test_a_run_of_the_workspace_needs_the_role_there(worked: list[int], tenant: Tenant) -> None:
    manager = make_member(tenant, Role.MANAGER)
    with registered(lambda handle: None, key="test.workspace", scope="workspace"):
        run = start("test.workspace", actor=Actor.user(manager), workspace_id=tenant.workspace_id).run
        administration.add_member(manager.id, tenant.workspace_id, Role.READONLY)
        assert codes_of(queries.get_run(run.id)) == ["access.revoked"]
