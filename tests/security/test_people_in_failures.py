"""What a run stores of a failure names nobody whom the console knows, on both engines (R7)."""

import pytest
from flask import Flask
from sqlalchemy import select

from ops_admin.access.capabilities import Role
from ops_admin.access.queries import Tenant, User
from ops_admin.auth.accounts import disable_user
from ops_admin.infra.database import db
from ops_admin.notifications.queries import inbox
from ops_admin.runs import queries, service
from ops_admin.runs.failures import OperationFailed, register_codes
from ops_admin.runs.handle import RunHandle
from ops_admin.runs.history import EventType, HistoryEvent
from ops_admin.runs.ledger import Actor, Failure, Run
from ops_admin.runs.models import DbOperationRun, DbOperationRunTransition
from ops_admin.runs.states import Outcome
from ops_admin.runs.worker import execution
from tests.runs.operations import registered
from tests.support.clients import ConsoleClient
from tests.support.factories import WORKER, make_member, make_run, make_running_run, make_tenant, make_user

CODE = "graph.throttled"
SAID = "Policy Baseline 2.1 Windows: {} has no license, see 10.1.2.3"
KEPT = "Policy Baseline 2.1 Windows: [redacted] has no license, see [redacted]"
FORMER = "Miriam Graham"

register_codes({CODE: "Microsoft Graph asked to slow down."})


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def database_url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(request.param))


@pytest.fixture
def tenant(app_context: Flask) -> Tenant:
    return make_tenant()


@pytest.fixture
def colleague(tenant: Tenant) -> User:
    """Somebody with an account who has nothing to do with the run."""
    return make_user(name="Adele Vance")


def stored(run: Run) -> list[Failure]:
    db.session.rollback()
    return list(queries.get_run(run.id).failures)


@pytest.mark.parametrize("said", ["Adele Vance", "adele.vance", "Vance, Adele", "Adele Vance (Contoso)"])
def test_progress_and_end_keep_no_name(tenant: Tenant, colleague: User, said: str) -> None:
    run = make_running_run(tenant)
    advanced = service.advance(run, {"total": 1}, [Failure(CODE, SAID.format(said))])
    assert advanced is not None
    assert "Vance" not in advanced.failures[0].message
    service.finish(run.id, Outcome.FAILED, actor=WORKER, recorded=[Failure(CODE, SAID.format(said))])
    [failure] = stored(run)
    assert failure.message.replace(" (Contoso)", "") == KEPT


def test_a_run_that_is_queued_again_keeps_no_name(tenant: Tenant, colleague: User) -> None:
    run = make_running_run(tenant)
    service.requeue(run, WORKER, {"seconds": 1}, {}, [Failure(CODE, SAID.format("Adele Vance"))])
    assert [failure.message for failure in stored(run)] == [KEPT]


def test_the_initiator_is_not_named_even_if_they_have_another_name_now(tenant: Tenant) -> None:
    run = make_running_run(tenant, User(make_user(name="Miriam Weber").id, "", FORMER))
    assert run.initiator_name == FORMER
    service.finish(run.id, Outcome.FAILED, actor=WORKER, recorded=[Failure(CODE, SAID.format(FORMER))])
    assert [failure.message for failure in stored(run)] == [KEPT]


def test_whoever_may_not_sign_in_any_more_is_not_named_either(tenant: Tenant, colleague: User) -> None:
    disable_user(colleague.id)
    run = make_running_run(tenant)
    service.finish(run.id, Outcome.FAILED, actor=WORKER, recorded=[Failure(CODE, SAID.format("Adele Vance"))])
    assert [failure.message for failure in stored(run)] == [KEPT]


def test_the_history_keeps_no_name(tenant: Tenant, colleague: User) -> None:
    run = make_run(tenant)
    event = HistoryEvent(EventType.REPAIR_FAILED, {"code": CODE, "message": SAID.format("Adele Vance")})
    service.annotate(run.id, Actor.system(), event)
    db.session.rollback()
    last = queries.transitions_of(run.id)[-1]
    assert last.event is not None
    assert last.event.data == {"code": CODE, "message": KEPT}


def test_a_handler_that_names_people_names_nobody_to_anybody(
    client: ConsoleClient, tenant: Tenant, colleague: User
) -> None:
    user = make_member(tenant, Role.OWNER)

    def work(handle: RunHandle) -> None:
        handle.failure(CODE, SAID.format("Adele Vance"))
        raise OperationFailed(CODE, "user Jane Doe said: call +49 30 901820")

    with registered(work):
        run = make_run(tenant, user, type="test.operation")
        execution.execute(run.id)
    assert [failure.message for failure in stored(run)] == [KEPT, "user [redacted] said: call [redacted]"]
    client.sign_in(user.email)
    texts = [client.get(path).text for path in (f"/operations/{run.id}", "/operations", "/notifications")]
    texts += [inbox(user.id).rows[0].body, str(client.get_json(f"/operations/{run.id}")), everything_stored_of(run)]
    for text in texts:
        assert not [name for name in ("Adele", "Vance", "Jane", "Doe", "901820", "10.1.2.3") if name in text]


def everything_stored_of(run: Run) -> str:
    tables = ((DbOperationRun.__table__, "id"), (DbOperationRunTransition.__table__, "operation_run_id"))
    return str(
        [row for table, key in tables for row in db.session.execute(select(table).where(table.c[key] == run.id))]
    )
