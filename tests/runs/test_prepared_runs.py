"""Runs that mirror a domain record: created when it is ready, queued when somebody decides (R43)."""

import json
from collections.abc import Iterator

import pytest
from flask import Flask

from ops_admin.access.capabilities import Role
from ops_admin.access.queries import Tenant
from ops_admin.infra.database import db
from ops_admin.infra.extensions import huey
from ops_admin.runs import queries, service
from ops_admin.runs.catalog import InvalidInputs, OperationType
from ops_admin.runs.dispatch import prepare, start
from ops_admin.runs.ledger import Actor, Run
from ops_admin.runs.web.presenter import badge_of_run, widget_row
from ops_admin.runs.web.timeline import steps_of
from ops_admin.runs.worker.execution import execute
from tests.runs.operations import do_nothing, registered
from tests.support.factories import WORKER, make_member, make_tenant

SYSTEM = Actor.system()


class Record:
    """A domain record: whether it may be started, and which run started it."""

    def __init__(self) -> None:
        self.is_ready = True
        self.started_by: int | None = None

    def admit(self, run: Run) -> bool:
        if not self.is_ready:
            raise InvalidInputs({"record": "It is a draft."})
        if self.started_by == run.id:
            return False
        self.started_by = run.id
        return True


@pytest.fixture
def record() -> Record:
    return Record()


@pytest.fixture
def operation(app_context: Flask, record: Record) -> Iterator[OperationType]:
    with registered(do_nothing, admit=record.admit) as operation:
        yield operation


@pytest.fixture
def tenant(app_context: Flask) -> Tenant:
    return make_tenant()


def messages() -> list[int]:
    """The run ids of the waiting messages."""
    db.session.commit()
    return [json.loads(bytes(item))["message"]["args"][0] for item in huey.storage.enqueued_items()]


def test_a_prepared_run_is_queued_and_has_no_message(operation: OperationType, tenant: Tenant) -> None:
    run = prepare(operation.key, actor=SYSTEM, tenant_id=tenant.id, context={"record_id": 7})

    assert (run.status, run.outcome, run.context["record_id"]) == ("queued", "pending", 7)
    assert messages() == []


def test_a_prepared_run_says_that_it_waits_for_a_person_until_one_has_decided(
    operation: OperationType, tenant: Tenant
) -> None:
    prepared = prepare(operation.key, actor=SYSTEM, tenant_id=tenant.id)
    waiting = widget_row(prepared)
    taken = start(operation.key, actor=SYSTEM, tenant_id=tenant.id).run

    assert (waiting.status, waiting.display, badge_of_run(prepared).label) == (
        "queued", "awaiting", "Waiting for a decision",
    )  # fmt: skip
    assert waiting.payload()["awaits_decision"] is True
    assert (badge_of_run(taken).label, widget_row(taken).payload().get("awaits_decision")) == ("Queued", None)
    assert taken.revision > prepared.revision


def test_the_history_tells_the_waiting_from_the_queue(operation: OperationType, tenant: Tenant) -> None:
    prepare(operation.key, actor=SYSTEM, tenant_id=tenant.id)
    run = start(operation.key, actor=SYSTEM, tenant_id=tenant.id).run

    steps = steps_of(run, queries.transitions_of(run.id))

    assert [step.badge.label for step in steps] == ["Queued", "Waiting for a decision"]


def test_what_ended_undecided_waits_no_more(operation: OperationType, tenant: Tenant) -> None:
    prepared = prepare(operation.key, actor=SYSTEM, tenant_id=tenant.id)

    ended = service.request_cancel(prepared.id, Actor.worker("Ada"))

    assert ended
    assert badge_of_run(ended).label == "Cancelled"


def test_a_start_takes_the_prepared_run_and_queues_it_once(operation: OperationType, tenant: Tenant) -> None:
    prepared = prepare(operation.key, actor=SYSTEM, tenant_id=tenant.id)
    user = make_member(tenant, Role.OWNER)

    first = start(operation.key, actor=Actor.user(user), tenant_id=tenant.id)
    second = start(operation.key, actor=SYSTEM, tenant_id=tenant.id)

    assert (first.answer, second.answer) == ("created", "active")
    assert first.run.id == second.run.id == prepared.id
    assert (first.run.user_id, first.run.initiator_name) == (user.id, user.display_name)
    assert messages() == [prepared.id]


def test_whoever_comes_when_it_is_worked_on_already_does_not_take_it(operation: OperationType, tenant: Tenant) -> None:
    prepare(operation.key, actor=SYSTEM, tenant_id=tenant.id)
    taken = start(operation.key, actor=SYSTEM, tenant_id=tenant.id).run
    claimed = service.claim(taken, WORKER)

    assert service.reassign(taken.id, Actor.user(make_member(tenant))) is None
    assert queries.get_run(taken.id) == claimed


def test_a_record_that_is_not_ready_leaves_nothing_behind(
    operation: OperationType, tenant: Tenant, record: Record
) -> None:
    record.is_ready = False

    with pytest.raises(InvalidInputs):
        start(operation.key, actor=SYSTEM, tenant_id=tenant.id)

    assert queries.active_runs(queries.Scope(frozenset({tenant.id}), frozenset())) == []
    assert messages() == []


def test_a_start_without_a_prepared_run_makes_one(operation: OperationType, tenant: Tenant) -> None:
    started = start(operation.key, actor=SYSTEM, tenant_id=tenant.id)
    execute(started.run.id)

    again = start(operation.key, actor=SYSTEM, tenant_id=tenant.id)

    assert (started.answer, again.answer) == ("created", "created")
    assert again.run.id != started.run.id


def test_only_an_operation_that_mirrors_a_record_is_prepared(app_context: Flask, tenant: Tenant) -> None:
    with registered(do_nothing) as operation, pytest.raises(ValueError, match="mirrors no record"):
        prepare(operation.key, actor=SYSTEM, tenant_id=tenant.id)
