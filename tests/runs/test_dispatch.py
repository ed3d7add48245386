"""Starting: guard, identity, run and message in one transaction (R5, R10 to R14, R22)."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text, update

from ops_admin.access.capabilities import Role
from ops_admin.access.guards import NotAllowed, NotVisible
from ops_admin.access.queries import Tenant
from ops_admin.infra.database import db, transaction, utcnow
from ops_admin.infra.extensions import huey
from ops_admin.runs import events, queries, service
from ops_admin.runs.catalog import InvalidInputs, OperationType, UnknownOperation, no_inputs
from ops_admin.runs.dispatch import start
from ops_admin.runs.events import RunEnqueued, RunEvent
from ops_admin.runs.ledger import Actor, Run
from ops_admin.runs.models import DbOperationRun
from ops_admin.runs.states import Outcome
from ops_admin.runs.worker import execution
from tests.runs.operations import do_nothing, registered
from tests.support.factories import WORKER, make_member, make_tenant, make_user

pytestmark = pytest.mark.usefixtures("app_context")

SYSTEM = Actor.system()


@pytest.fixture
def operation() -> Iterator[OperationType]:
    with registered(do_nothing, identity_inputs=("types",)) as operation:
        yield operation


@pytest.fixture
def tenant() -> Tenant:
    return make_tenant()


def test_a_start_makes_a_queued_run_and_one_message_with_its_id(operation: OperationType, tenant: Tenant) -> None:
    started = start(operation.key, actor=SYSTEM, tenant_id=tenant.id, inputs={"types": ["intents"]})
    assert (started.answer, started.created, started.run.status) == ("created", True, "queued")
    assert messages() == [started.run.id]
    assert started.run.context == {"inputs": {"types": ["intents"]}}
    assert started.run.initiator_name == "System"


def test_a_second_start_answers_with_the_active_run_and_queues_nothing(
    operation: OperationType, tenant: Tenant
) -> None:
    first = start(operation.key, actor=SYSTEM, tenant_id=tenant.id)
    second = start(operation.key, actor=SYSTEM, tenant_id=tenant.id)
    assert (second.answer, second.created, second.run.id) == ("active", False, first.run.id)
    assert len(messages()) == 1


def test_other_identity_inputs_make_another_run(operation: OperationType, tenant: Tenant) -> None:
    one = start(operation.key, actor=SYSTEM, tenant_id=tenant.id, inputs={"types": ["intents"]})
    other = start(operation.key, actor=SYSTEM, tenant_id=tenant.id, inputs={"types": ["mobileApps"]})
    assert one.run.id != other.run.id


def test_inputs_that_are_no_identity_do_not(operation: OperationType, tenant: Tenant) -> None:
    one = start(operation.key, actor=SYSTEM, tenant_id=tenant.id, inputs={"note": "a"})
    other = start(operation.key, actor=SYSTEM, tenant_id=tenant.id, inputs={"note": "b"})
    assert one.run.id == other.run.id


def test_a_rolled_back_start_leaves_neither_run_nor_message(operation: OperationType, tenant: Tenant) -> None:
    with pytest.raises(RuntimeError, match="power cut"), transaction():
        start(operation.key, actor=SYSTEM, tenant_id=tenant.id)
        raise RuntimeError("power cut")
    assert messages() == []
    assert db.session.execute(text("select count(*) from operation_runs")).scalar_one() == 0


def test_a_queue_that_refuses_ends_the_run_at_once(
    operation: OperationType, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(huey, "serialize_task", refuse)
    started = start(operation.key, actor=SYSTEM, tenant_id=tenant.id)
    assert (started.answer, started.run.outcome) == ("failed", "failed")
    assert [failure.code for failure in started.run.failures] == ["dispatch.failed"]
    assert queries.get_run(started.run.id) == started.run


@pytest.mark.own_app
def test_a_queue_table_that_is_gone_ends_the_run_at_once(operation: OperationType, tenant: Tenant) -> None:
    table = getattr(huey.storage, "table_task", "task")
    with transaction() as session:
        # The statement fails in the database, inside the run's transaction.
        session.execute(text(f"alter table {'huey_task' if 'huey' in table else 'task'} rename to elsewhere"))
    started = start(operation.key, actor=SYSTEM, tenant_id=tenant.id)
    assert [failure.code for failure in queries.get_run(started.run.id).failures] == ["dispatch.failed"]


def test_a_cooldown_answers_with_the_recent_success(tenant: Tenant) -> None:
    with registered(do_nothing, cooldown=timedelta(minutes=15)) as operation:
        first = start(operation.key, actor=SYSTEM, tenant_id=tenant.id)
        execution.execute(first.run.id)
        second = start(operation.key, actor=SYSTEM, tenant_id=tenant.id)
        assert (second.answer, second.run.id) == ("recent", first.run.id)
        with transaction() as session:
            session.execute(text("update operation_runs set completed_at = '2020-01-01 00:00:00'"))
        assert start(operation.key, actor=SYSTEM, tenant_id=tenant.id).answer == "created"


def test_a_success_that_does_not_count_any_more_answers_no_start(tenant: Tenant) -> None:
    asked: list[int] = []

    def is_stale(run: Run) -> bool:
        asked.append(run.id)
        return True

    with registered(do_nothing, cooldown=timedelta(minutes=15), is_stale=is_stale) as operation:
        first = start(operation.key, actor=SYSTEM, tenant_id=tenant.id)
        execution.execute(first.run.id)
        second = start(operation.key, actor=SYSTEM, tenant_id=tenant.id)
        third = start(operation.key, actor=SYSTEM, tenant_id=tenant.id)

    assert asked == [first.run.id] * 2, "of a success alone it is asked"
    assert (second.answer, third.answer, third.run.id) == ("created", "active", second.run.id)


@pytest.mark.parametrize(("key", "inputs"), [("assignments.fetch", {"all": True})])
@pytest.mark.parametrize(("age", "answer"), [("14:00", "recent"), ("15:01", "created")])
def test_assignments_cool_down_for_a_quarter_of_an_hour(
    tenant: Tenant, key: str, inputs: dict[str, object], age: str, answer: str
) -> None:
    run = start(key, actor=SYSTEM, tenant_id=tenant.id, inputs=inputs).run
    service.claim(run, WORKER)
    service.finish(run.id, Outcome.SUCCEEDED, actor=WORKER)
    minutes, seconds = map(int, age.split(":"))
    with transaction() as session:
        ended = utcnow() - timedelta(minutes=minutes, seconds=seconds)
        session.execute(update(DbOperationRun).values(completed_at=ended))

    assert start(key, actor=SYSTEM, tenant_id=tenant.id, inputs=inputs).answer == answer


def test_a_failed_run_starts_no_cooldown(tenant: Tenant) -> None:
    def fail(_: object) -> None:
        raise ValueError

    with registered(fail, cooldown=timedelta(minutes=15)) as operation:
        execution.execute(start(operation.key, actor=SYSTEM, tenant_id=tenant.id).run.id)
        assert start(operation.key, actor=SYSTEM, tenant_id=tenant.id).answer == "created"


def test_an_outsider_cannot_learn_that_the_tenant_exists(operation: OperationType, tenant: Tenant) -> None:
    with pytest.raises(NotVisible):
        start(operation.key, actor=Actor.user(make_user()), tenant_id=tenant.id)


def test_a_reader_may_not_start(operation: OperationType, tenant: Tenant) -> None:
    with pytest.raises(NotAllowed):
        start(operation.key, actor=Actor.user(make_member(tenant, Role.READONLY)), tenant_id=tenant.id)
    assert messages() == []


def test_an_unknown_operation_is_refused(tenant: Tenant) -> None:
    with pytest.raises(UnknownOperation):
        start("no.such.operation", actor=SYSTEM, tenant_id=tenant.id)


def test_wrong_inputs_are_named_and_start_nothing(tenant: Tenant) -> None:
    with registered(do_nothing, parse_inputs=no_inputs) as operation, pytest.raises(InvalidInputs) as refused:
        start(operation.key, actor=SYSTEM, tenant_id=tenant.id, inputs={"colour": "red"})
    assert list(refused.value.errors) == ["colour"]
    assert messages() == []


def test_a_workspace_operation_has_no_tenant(tenant: Tenant) -> None:
    with registered(do_nothing, scope="workspace") as operation:
        started = start(operation.key, actor=SYSTEM, workspace_id=tenant.workspace_id)
        assert (started.run.tenant_id, started.run.workspace_id) == (None, tenant.workspace_id)
        with pytest.raises(ValueError, match="workspace"):
            start(operation.key, actor=SYSTEM, tenant_id=tenant.id)


def test_the_user_is_kept_by_name(operation: OperationType, tenant: Tenant, app: Flask) -> None:
    user = make_member(tenant)
    started = start(operation.key, actor=Actor.user(user), tenant_id=tenant.id)
    assert (started.run.user_id, started.run.initiator_name) == (user.id, user.display_name)


def messages() -> list[int]:
    """The run ids of the waiting messages."""
    db.session.commit()
    return [json.loads(bytes(item))["message"]["args"][0] for item in huey.storage.enqueued_items()]


def test_a_start_for_the_wrong_scope_is_refused_in_words(operation: OperationType, tenant: Tenant) -> None:
    with pytest.raises(InvalidInputs, match="started for a tenant"):
        start(operation.key, actor=Actor.system(), workspace_id=tenant.workspace_id)


def test_a_refused_start_leaves_nothing_though_the_transaction_goes_on(tenant: Tenant) -> None:
    def refuse(_: Run) -> bool:
        raise InvalidInputs({"record": "is not ready"})

    heard: list[RunEvent] = []
    events.after_commit[RunEnqueued].connect(heard.append)
    with registered(do_nothing, admit=refuse), transaction(), pytest.raises(InvalidInputs):
        start("test.operation", actor=Actor.system(), tenant_id=tenant.id)
    events.after_commit[RunEnqueued].disconnect(heard.append)
    assert (queries.active_runs(queries.Scope(frozenset({tenant.id}), frozenset())), heard) == ([], [])
