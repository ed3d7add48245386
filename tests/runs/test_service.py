"""The ledger's only writer: guarded statements, history and events, on both engines (R2 to R5)."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Literal, TypeVar

import pytest
from flask import Flask
from sqlalchemy import event, text, update
from sqlalchemy.exc import IntegrityError

from ops_admin.access.models import DbUser
from ops_admin.infra.database import NotInTransaction, db, single_statement, transaction
from ops_admin.runs import events, queries, service
from ops_admin.runs.events import RunCompleted, RunEnqueued, RunEvent, RunProgressed
from ops_admin.runs.history import EventType, HistoryEvent
from ops_admin.runs.ledger import Actor, Failure, NewRun, Run
from ops_admin.runs.states import Outcome, Status
from tests.runs.operations import registered
from tests.runs.test_queries import make_legacy_run
from tests.support.factories import WORKER, make_completed_run, make_member, make_run, make_running_run, make_tenant
from tests.support.network import poll_until

T = TypeVar("T")

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def told() -> Iterator[list[RunEvent]]:
    """The events that subscribers receive during a test."""
    heard: list[RunEvent] = []
    kinds = (RunEnqueued, RunProgressed, RunCompleted)
    for kind in kinds:
        events.after_commit[kind].connect(heard.append)
    yield heard
    for kind in kinds:
        events.after_commit[kind].disconnect(heard.append)


def in_threads(app: Flask, number: int, work: Callable[[int], T]) -> list[T]:
    """Run `work` in `number` threads that start together, each in its own application context."""
    barrier = threading.Barrier(number)

    def one(index: int) -> T:
        with app.app_context():
            barrier.wait()
            return work(index)

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(one, range(number)))


def new_run(identity: str = "a" * 64) -> NewRun:
    tenant = make_tenant()
    return NewRun(tenant.workspace_id, tenant.id, None, "System", "inventory.sync", identity)


def test_a_run_starts_once_however_often_it_is_taken_up_again() -> None:
    first = make_running_run()
    service.requeue(first, WORKER, {"code": "worker.stopped"})
    again = service.claim(first, Actor.worker("another worker"))
    assert again is not None
    assert (again.started_at, again.attempt, again.times_begun) == (first.started_at, 1, 2)


def test_a_new_run_is_queued_and_pending() -> None:
    run, created = service.create(new_run())
    assert created
    assert (run.status, run.outcome, run.revision) == ("queued", "pending", 1)
    assert run.created_at.tzinfo is not None


def test_a_second_start_of_an_active_identity_finds_the_first() -> None:
    new = new_run()
    first, _ = service.create(new)
    assert service.create(new) == (first, False)
    service.claim(first, WORKER)
    assert service.create(new)[0].id == first.id


def test_after_its_end_an_identity_can_run_again() -> None:
    new = new_run()
    first, _ = service.create(new)
    service.claim(first, WORKER)
    service.finish(first.id, Outcome.SUCCEEDED, actor=WORKER)
    second, created = service.create(new)
    assert created
    assert second.id != first.id


def test_workspace_runs_are_deduplicated_by_workspace() -> None:
    workspace = make_tenant().workspace_id
    new = NewRun(workspace, None, None, "System", "ops.reconcile", "b" * 64)
    first, _ = service.create(new)
    assert service.create(new) == (first, False)
    other = make_tenant().workspace_id
    assert service.create(NewRun(other, None, None, "System", "ops.reconcile", "b" * 64))[1]


def test_of_many_identical_creations_one_wins(app: Flask) -> None:
    new = new_run()
    answers = in_threads(app, 12, lambda _: service.create(new))
    assert sum(created for _, created in answers) == 1
    assert len({run.id for run, _ in answers}) == 1


def test_of_many_claims_one_wins(app: Flask) -> None:
    run = make_run()
    claims = in_threads(app, 12, lambda index: service.claim(run, Actor.worker(f"worker {index}")))
    assert len([claim for claim in claims if claim is not None]) == 1


def test_of_many_finishers_one_wins_and_its_outcome_stays(app: Flask) -> None:
    run = make_running_run()
    outcomes = [Outcome.SUCCEEDED, Outcome.FAILED, Outcome.PARTIALLY_SUCCEEDED] * 4
    ends = in_threads(
        app, 12, lambda index: service.finish(run.id, outcomes[index], actor=Actor.worker(f"worker {index}"))
    )
    winners = [end for end in ends if end is not None]
    assert len(winners) == 1
    assert queries.get_run(run.id) == winners[0]
    assert [line.to_status for line in queries.transitions_of(run.id)] == ["queued", "running", "completed"]


def test_an_ended_run_never_changes_again() -> None:
    run = make_completed_run(counts={"total": 1, "processed": 1})
    assert service.claim(run, WORKER) is None
    assert service.advance(run, {"processed": 2}) is None
    assert service.heartbeat(run) is None
    assert service.begin_attempt(run, 2, WORKER, "graph.timeout") is None
    assert service.finish(run.id, Outcome.FAILED, actor=WORKER) is None
    assert service.request_cancel(run.id, Actor.worker("Ada")) is None
    assert queries.get_run(run.id) == run


@pytest.mark.parametrize(("status", "outcome"), [("queued", "failed"), ("running", "cancelled")])
@pytest.mark.own_app
def test_a_row_of_an_earlier_system_that_only_looks_active_never_changes(status: str, outcome: str) -> None:
    run = make_legacy_run(make_tenant(), status, outcome)
    assert service.claim(run, WORKER) is None
    assert service.heartbeat(run) is None
    assert service.update_context(run, {"backup_set_id": 7}) is None
    assert service.finish(run.id, Outcome.SUCCEEDED, actor=WORKER, expect=[Status.QUEUED, Status.RUNNING]) is None
    assert service.request_cancel(run.id, Actor.worker("Ada")) is None
    assert queries.get_run(run.id) == run


def test_a_queued_run_cannot_end_as_a_running_one() -> None:
    assert service.finish(make_run().id, Outcome.SUCCEEDED, actor=WORKER) is None


def test_a_run_cannot_end_as_pending() -> None:
    with pytest.raises(ValueError, match="pending"):
        service.finish(make_running_run().id, Outcome.PENDING, actor=WORKER)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("queued", "succeeded"),
        ("running", "failed"),
        ("completed", "pending"),
        ("failed", "failed"),
        ("done", "pending"),
    ],
)
def test_the_database_itself_refuses_an_impossible_pair(status: str, outcome: str) -> None:
    run = make_run()
    change = text("update operation_runs set status = :status, outcome = :outcome where id = :id")
    with pytest.raises(IntegrityError), transaction() as session:
        session.execute(change, {"status": status, "outcome": outcome, "id": run.id})


def test_the_database_itself_refuses_a_second_active_run_of_an_identity() -> None:
    first, second = make_run(), make_run()
    copy = text("update operation_runs set tenant_id = :t, run_identity_hash = :h where id = :id")
    with pytest.raises(IntegrityError), transaction() as session:
        session.execute(copy, {"t": first.tenant_id, "h": first.run_identity_hash, "id": second.id})


def test_every_transition_leaves_a_line_with_who_and_why() -> None:
    user = make_member(tenant := make_tenant())
    run = make_run(tenant, user)
    service.claim(run, Actor.worker("worker one"))
    service.finish(
        run.id, Outcome.FAILED, actor=Actor.worker("worker one"), event=HistoryEvent.finished("graph.throttled")
    )
    lines = [(t.from_status, t.to_status, t.outcome, t.actor, t.reason) for t in queries.transitions_of(run.id)]
    assert lines == [
        (None, "queued", "pending", user.display_name, ""),
        ("queued", "running", "pending", "worker one", ""),
        ("running", "completed", "failed", "worker one", "graph.throttled"),
    ]


def test_what_a_worker_writes_late_does_not_reach_the_next_claim() -> None:
    first = make_running_run(context={"inputs": {}})
    service.requeue(first, WORKER, {"code": "worker.stopped"})
    second = service.claim(first, WORKER)
    assert second is not None

    late = [
        service.update_context(first, {"backup_set_id": 7}),
        service.advance(first, {"processed": 9}),
        service.heartbeat(first),
        service.begin_attempt(first, 2, WORKER, "graph.timeout"),
        service.requeue(first, WORKER, {"code": "worker.stopped"}),
        service.finish(first.id, Outcome.FAILED, actor=WORKER, claim=first.claim),
        service.finish_claimed(first, Outcome.SUCCEEDED, actor=WORKER, counts={}),
    ]

    assert late == [None] * 7
    assert queries.get_run(first.id) == second


def test_between_two_claims_nothing_that_the_first_worker_writes_counts() -> None:
    first = make_running_run()
    queued = service.requeue(first, WORKER, {"code": "worker.stopped"})
    assert service.finish(first.id, Outcome.FAILED, actor=WORKER, claim=first.claim, expect=[Status.QUEUED]) is None
    assert queries.get_run(first.id) == queued


def test_a_run_that_was_queued_again_has_no_heartbeat_of_the_worker_that_left() -> None:
    requeued = service.requeue(make_running_run(), WORKER, {"code": "worker.stopped"})
    assert requeued is not None
    assert (requeued.status, requeued.heartbeat_at) == ("queued", None)


def test_a_run_that_changed_since_it_was_read_is_not_handed_to_the_queue_again() -> None:
    read = make_run()
    service.add_to_context(read.id, restore_run_id=7)
    assert service.dispatch_again(read, Actor.system()) is None
    assert not any(line.is_of(EventType.DISPATCHED_AGAIN) for line in queries.transitions_of(read.id))


def test_a_line_of_history_keeps_what_happened_as_data() -> None:
    user = make_member(tenant := make_tenant())
    run = make_run(tenant, user)
    claimed = service.claim(run, WORKER)
    assert claimed is not None
    service.begin_attempt(claimed, 2, WORKER, "graph.timeout")
    service.request_cancel(run.id, Actor.user(user))
    lines = [(line.event, line.actor_id) for line in queries.transitions_of(run.id)]
    assert lines == [
        (HistoryEvent(EventType.CREATED), user.id),
        (HistoryEvent(EventType.CLAIMED), None),
        (HistoryEvent(EventType.ATTEMPT_BEGUN, {"attempt": 2, "code": "graph.timeout"}), None),
        (HistoryEvent(EventType.CANCEL_REQUESTED), user.id),
    ]


def test_the_revision_grows_with_every_change() -> None:
    queued = make_run()
    run = service.claim(queued, WORKER)
    assert run is not None
    revisions = [queued.revision, run.revision]
    for change in (
        service.advance(run, {"processed": 1}),
        service.heartbeat(run),
        service.finish(run.id, Outcome.SUCCEEDED, actor=WORKER),
    ):
        assert change is not None
        revisions.append(change.revision)
    assert revisions == sorted(set(revisions))


def test_counts_and_failures_are_normalised_on_the_way_in() -> None:
    run = make_running_run()
    failure = Failure("nobody.registered.this", "password=hunter2")
    changed = service.advance(run, {"processed": 3, "bananas": 4, "failed": -1}, [failure])
    assert changed is not None
    assert changed.counts == {"processed": 3}
    assert changed.failures == (Failure("unexpected_error", "[redacted]"),)


def test_what_a_run_is_begun_with_is_stored_without_secrets() -> None:
    inputs = {"note": "password=hunter2hunter2", "types": ["intents"], "client_secret": "hunter2hunter2"}
    run, _ = service.create(replace(new_run(), context={"inputs": inputs}))
    assert run == queries.get_run(run.id)
    assert run.inputs == {"note": "[redacted]", "types": ["intents"], "client_secret": "[redacted]"}


def test_the_reason_of_a_transition_is_short_and_without_secrets() -> None:
    run = make_running_run()
    why = {"code": "graph.timeout", "message": "password=hunter2hunter2"}
    service.annotate(run.id, Actor.system(), HistoryEvent(EventType.REPAIR_FAILED, why))
    long_code = f"password=hunter2hunter2 {'long ' * 100}"
    service.finish(run.id, Outcome.FAILED, actor=WORKER, event=HistoryEvent.finished(long_code))
    annotated, ended = queries.transitions_of(run.id)[-2:]
    assert annotated.event == HistoryEvent(EventType.REPAIR_FAILED, {"code": "graph.timeout", "message": "[redacted]"})
    assert ("hunter2" in ended.reason, "hunter2" in str(ended.event)) == (False, False)
    assert 190 < len(ended.reason) <= 200


def test_another_attempt_begins_without_the_results_of_the_last_one() -> None:
    run = make_running_run()
    service.advance(run, {"total": 9, "processed": 9}, [Failure("unexpected_error")])
    again = service.begin_attempt(run, 2, WORKER, "graph.timeout")
    assert again is not None
    assert (again.status, again.attempt, again.counts, again.failures) == ("running", 2, {}, ())


def test_subscribers_hear_what_is_committed(told: list[RunEvent]) -> None:
    run = make_running_run()
    service.finish(run.id, Outcome.SUCCEEDED, actor=WORKER)
    assert [type(event) for event in told] == [RunEnqueued, RunProgressed, RunCompleted]
    assert told[-1].run == queries.get_run(run.id)


def test_nobody_hears_of_what_is_rolled_back(told: list[RunEvent]) -> None:
    new = new_run()
    with pytest.raises(RuntimeError, match="power cut"), transaction():
        service.create(new)
        raise RuntimeError("power cut")
    assert told == []
    assert service.create(new)[1]


def test_a_subscriber_in_the_transaction_can_undo_the_end() -> None:
    run = make_running_run()

    def refuse(_: RunEvent) -> None:
        raise RuntimeError("the inbox is full")

    events.companions.connect(refuse)
    try:
        with pytest.raises(RuntimeError, match="inbox"):
            service.finish(run.id, Outcome.SUCCEEDED, actor=WORKER)
    finally:
        events.companions.disconnect(refuse)
    assert queries.get_run(run.id).status == Status.RUNNING


def test_cancelling_a_queued_run_ends_it_at_once() -> None:
    ended = service.request_cancel(make_run().id, Actor.worker("Ada"))
    assert ended is not None
    assert (ended.status, ended.outcome) == ("completed", "cancelled")


def test_cancelling_a_running_run_only_asks_it_to_stop() -> None:
    run = make_running_run()
    asked = service.request_cancel(run.id, Actor.worker("Ada"))
    assert asked is not None
    assert asked.status == Status.RUNNING
    assert asked.cancel_requested_at is not None
    assert service.request_cancel(run.id, Actor.worker("Ada")) is None
    assert queries.transitions_of(run.id)[-1].actor == "Ada"


def test_of_many_who_cancel_at_once_one_is_told_of(app: Flask) -> None:
    run = make_running_run()
    asked = in_threads(app, 12, lambda index: service.request_cancel(run.id, Actor.worker(f"User {index}")))
    assert len([each for each in asked if each is not None]) == 1
    assert [line.event for line in queries.transitions_of(run.id)][2:] == [HistoryEvent(EventType.CANCEL_REQUESTED)]


@pytest.mark.parametrize("database_url", ["postgres_url"], indirect=True)
def test_who_cancels_while_another_does_waits_and_sees_it(app: Flask) -> None:
    run = make_running_run()

    def ask() -> Run | None:
        with app.app_context():
            return service.request_cancel(run.id, Actor.worker("Grace"))

    waiting = text("select count(*) from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid))")
    with ThreadPoolExecutor(1) as pool:
        with transaction() as session:
            assert service.request_cancel(run.id, Actor.worker("Ada")) is not None
            second = pool.submit(ask)
            poll_until(lambda: session.execute(waiting).scalar_one(), timeout=60)
        assert second.result() is None
    asked = [line.actor for line in queries.transitions_of(run.id) if line.is_of(EventType.CANCEL_REQUESTED)]
    assert asked == ["Ada"]


@pytest.mark.parametrize("database_url", ["postgres_url"], indirect=True)
def test_a_single_statement_takes_no_second_connection(app_context: Flask) -> None:
    """Else a burst of starts empties the pool: each holds one connection and waits for another."""
    run = make_run()
    queries.get_run(run.id)
    with single_statement() as executor:
        executor.execute(text("update operation_runs set revision = revision + 1"))
        assert db.engine.pool.checkedout() == 1  # type: ignore[attr-defined]  # of a QueuePool
    assert queries.get_run(run.id).revision == run.revision + 1


@pytest.mark.parametrize("database_url", ["postgres_url"], indirect=True)
def test_what_a_worker_writes_within_a_transaction_waits_for_the_disk_with_it(app_context: Flask) -> None:
    run = make_running_run()
    with transaction() as session:
        session.execute(text("set local synchronous_commit = on"))
        assert service.heartbeat(run) is not None
        assert session.scalar(text("show synchronous_commit")) == "on"


@pytest.mark.parametrize("database_url", ["postgres_url"], indirect=True)
@pytest.mark.parametrize(("resume", "waits"), [("never", True), ("checkpoint", False)])
def test_a_claim_waits_for_the_disk_where_nothing_may_be_started_over(
    app_context: Flask, resume: Literal["never", "checkpoint"], waits: bool
) -> None:
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    with registered(lambda _: None, resume=resume):
        run = make_run(type="test.operation")
        event.listen(db.engine, "before_cursor_execute", note)
        assert service.claim(run, WORKER) is not None
        event.remove(db.engine, "before_cursor_execute", note)
    [statement] = [each for each in asked if "UPDATE operation_runs" in each]
    assert ("synchronous_commit" not in statement) is waits


def test_writing_outside_a_transaction_is_refused() -> None:
    with pytest.raises(NotInTransaction):
        db.session.execute(update(DbUser).values(display_name="Mallory"))
    db.session.add(DbUser(email="mallory@example.com", display_name="Mallory", password_hash=""))
    with pytest.raises(NotInTransaction):
        db.session.flush()
    db.session.rollback()
