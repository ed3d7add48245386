"""Due schedules are started once by System, and the result is recorded (R23, R24, R28)."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import text, update
from sqlalchemy.exc import OperationalError

from ops_admin.access.capabilities import Role
from ops_admin.access.queries import Tenant, User
from ops_admin.infra.database import db, transaction, utcnow
from ops_admin.infra.extensions import huey
from ops_admin.intune.schedules import storage, ticking
from ops_admin.intune.schedules.labels import SCHEDULABLE
from ops_admin.intune.schedules.models import DbSyncSchedule
from ops_admin.intune.schedules.queries import Schedule, ScheduleStart, find_schedule, list_starts
from ops_admin.intune.schedules.rules import Frequency, Rule
from ops_admin.runs import queries, service
from ops_admin.runs.catalog import catalog
from ops_admin.runs.dispatch import start
from ops_admin.runs.ledger import Actor, Run
from ops_admin.runs.states import Outcome
from ops_admin.runs.worker import execution, pruning
from ops_admin.runs.worker.reconciler import RECONCILE
from tests.support.factories import WORKER, make_member, make_tenant

pytestmark = pytest.mark.usefixtures("app_context")

EVERY_SIX_HOURS = Rule(Frequency.HOURS, every_hours=6)


@pytest.fixture
def tenant() -> Tenant:
    return make_tenant()


@pytest.fixture
def user(tenant: Tenant) -> User:
    return make_member(tenant, Role.MANAGER)


def make_due(
    tenant: Tenant, user: User, since: timedelta = timedelta(seconds=30), key: str = SCHEDULABLE[0]
) -> Schedule:
    """Add a schedule that has been due for a while."""
    schedule_id = storage.add_schedule(tenant.id, key, EVERY_SIX_HOURS, user)
    with transaction() as session:
        mine = update(DbSyncSchedule).where(DbSyncSchedule.id == schedule_id)
        session.execute(mine.values(next_due_at=utcnow() - since))
    return again(tenant, schedule_id)


def again(tenant: Tenant, schedule_id: int) -> Schedule:
    db.session.rollback()
    schedule = find_schedule(tenant.id, schedule_id)
    assert schedule is not None
    return schedule


def runs_of(tenant: Tenant) -> tuple[Run, ...]:
    db.session.rollback()
    return queries.list_runs(queries.Scope(frozenset({tenant.id}), frozenset()), queries.RunFilter()).rows


def last_of(schedule: Schedule) -> ScheduleStart:
    return starts_of(schedule)[0]


def starts_of(schedule: Schedule) -> list[ScheduleStart]:
    db.session.rollback()
    return list_starts(schedule.id, 9)


def next_due_of(schedule: Schedule) -> datetime:
    assert schedule.next_due_at is not None
    return schedule.next_due_at


def test_a_schedule_that_can_never_be_due_again_is_paused(tenant: Tenant, user: User) -> None:
    bad, good = make_due(tenant, user, timedelta(minutes=2)), make_due(tenant, user, key=SCHEDULABLE[1])
    with transaction() as session:
        mine = update(DbSyncSchedule).where(DbSyncSchedule.id == bad.id)
        session.execute(mine.values(frequency=Frequency.DAILY, at_time="06:00", time_zone="Mars/Phobos"))
    ticking.start_due(utcnow())
    assert last_of(good).result == "started"
    assert (last_of(bad).result, last_of(bad).run_id) == ("failed", None)
    assert not again(tenant, bad.id).is_enabled


def test_a_clock_that_was_ahead_for_a_moment_stops_no_schedule(tenant: Tenant, user: User) -> None:
    schedule = make_due(tenant, user)
    ticking.start_due(utcnow() + timedelta(days=365))
    assert next_due_of(again(tenant, schedule.id)) > utcnow() + timedelta(days=300)
    ticking.start_due(utcnow())
    assert next_due_of(again(tenant, schedule.id)) <= utcnow() + timedelta(hours=6)
    assert len(starts_of(schedule)) == 1


def test_due_schedules_are_not_delayed_by_a_backlog(tenant: Tenant) -> None:
    start(SCHEDULABLE[0], actor=Actor.system(), tenant_id=tenant.id)
    for task in huey.read_periodic(datetime(2026, 1, 1, tzinfo=UTC)):
        huey.enqueue(task)
    start(RECONCILE, actor=Actor.system(), workspace_id=tenant.workspace_id)
    db.session.rollback()
    taken = [(task.name, *task.args) for task in iter(huey.dequeue, None)]
    names = [name for name, *_ in taken]
    backlog = names.index("run_operation")
    assert {"tick", "schedules", "reconcile"} <= set(names[:backlog])
    [housekeeping, sync] = [run_id for name, *args in taken for run_id in args if name == "run_operation"]
    assert (queries.get_run(housekeeping).type, queries.get_run(sync).type) == (RECONCILE, SCHEDULABLE[0])


def test_everything_that_can_be_scheduled_is_in_the_catalog() -> None:
    assert {catalog.get(key).scope for key in SCHEDULABLE} == {"tenant"}


def test_what_is_due_is_started_by_system(tenant: Tenant, user: User) -> None:
    schedule = make_due(tenant, user)
    ticking.tick()
    [run] = runs_of(tenant)
    assert (run.type, run.user_id, run.initiator_name) == ("inventory.sync", None, "System")
    assert run.context["schedule_id"] == schedule.id
    assert run.id in huey.waiting_run_ids()


def test_nobody_is_notified_of_a_run_that_the_clock_started(tenant: Tenant, user: User) -> None:
    make_due(tenant, user)
    ticking.tick()
    [run] = runs_of(tenant)
    service.claim(run, WORKER)
    service.finish(run.id, Outcome.FAILED, actor=WORKER)
    assert db.session.execute(text("select count(*) from notifications")).scalar_one() == 0


def test_the_result_is_recorded_and_the_next_due_time_set(tenant: Tenant, user: User) -> None:
    schedule = make_due(tenant, user)
    ticking.start_due(utcnow())
    [run] = runs_of(tenant)
    after, noted = again(tenant, schedule.id), last_of(schedule)
    assert (noted.result, noted.run_id, noted.due_at) == ("started", run.id, schedule.next_due_at)
    assert after.last_run_id == run.id
    assert next_due_of(after) == next_due_of(schedule) + timedelta(hours=6)


def test_what_is_not_due_is_not_started(tenant: Tenant, user: User) -> None:
    storage.add_schedule(tenant.id, "inventory.sync", EVERY_SIX_HOURS, user)
    ticking.tick()
    assert not runs_of(tenant)


def test_several_missed_days_are_one_start(tenant: Tenant, user: User) -> None:
    schedule = make_due(tenant, user, since=timedelta(days=3, hours=1))
    for _ in range(3):
        ticking.tick()
    assert len(runs_of(tenant)) == 1
    assert utcnow() < next_due_of(again(tenant, schedule.id)) <= utcnow() + timedelta(hours=6)


def test_a_run_that_is_already_active_counts_as_the_start(tenant: Tenant, user: User) -> None:
    active = start("inventory.sync", actor=Actor.user(user), tenant_id=tenant.id).run
    schedule = make_due(tenant, user)
    ticking.tick()
    assert [run.id for run in runs_of(tenant)] == [active.id]
    assert (last_of(schedule).result, last_of(schedule).run_id) == ("active", active.id)
    assert queries.get_run(active.id).user_id == user.id


def test_a_paused_schedule_starts_nothing(tenant: Tenant, user: User) -> None:
    assert storage.pause(make_due(tenant, user))
    ticking.tick()
    assert not runs_of(tenant)


def test_a_resumed_schedule_does_not_make_up_for_its_pause(tenant: Tenant, user: User) -> None:
    schedule = make_due(tenant, user, since=timedelta(days=2))
    storage.pause(schedule)
    storage.resume(again(tenant, schedule.id))
    ticking.tick()
    assert not runs_of(tenant)
    assert next_due_of(again(tenant, schedule.id)) > utcnow()


def test_of_many_workers_one_starts_it(app_context: Flask, tenant: Tenant, user: User) -> None:
    schedules = [make_due(tenant, user), make_due(tenant, user, key="directory.groups.sync")]
    at_once, now = threading.Barrier(6), utcnow()

    def work() -> None:
        with app_context.app_context():
            at_once.wait()
            ticking.start_due(now)

    workers = [threading.Thread(target=work) for _ in range(at_once.parties)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(run.type for run in runs_of(tenant)) == ["directory.groups.sync", "inventory.sync"]
    assert [[each.result for each in starts_of(one)] for one in schedules] == [["started"]] * 2


def test_a_worker_with_an_older_revision_starts_nothing(tenant: Tenant, user: User) -> None:
    seen = make_due(tenant, user)
    ticking.start_due(utcnow())
    ticking._start(seen, utcnow())
    assert len(starts_of(seen)) == 1


def test_a_concurrent_change_wins_over_a_due_time(tenant: Tenant, user: User) -> None:
    seen = make_due(tenant, user)
    storage.change_schedule(seen, "inventory.sync", Rule(Frequency.HOURS, every_hours=1), user)
    ticking._start(seen, utcnow())
    assert not runs_of(tenant)


def test_a_failed_start_is_recorded_and_blocks_no_other(tenant: Tenant, user: User) -> None:
    broken, fine = make_due(tenant, user, key="no.such.operation"), make_due(tenant, user)
    ticking.tick()
    assert (last_of(broken).result, last_of(broken).failure_code) == ("failed", "unexpected_error")
    assert (last_of(fine).result, len(runs_of(tenant))) == ("started", 1)
    assert next_due_of(again(tenant, broken.id)) > utcnow()


def test_what_is_due_while_the_database_is_away_stays_due(
    tenant: Tenant, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OperationalError("insert", {}, Exception("server closed the connection unexpectedly"))

    schedule = make_due(tenant, user)
    with monkeypatch.context() as patch:
        patch.setattr(ticking, "start", refuse)
        with pytest.raises(OperationalError):
            ticking.start_due(utcnow())
    assert (again(tenant, schedule.id), starts_of(schedule)) == (schedule, [])
    ticking.start_due(utcnow())
    assert [each.result for each in starts_of(schedule)] == ["started"]


def test_a_failing_queue_is_recorded_with_the_run(tenant: Tenant, user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise RuntimeError("no queue")

    schedule = make_due(tenant, user)
    monkeypatch.setattr("ops_admin.runs.tasks.run_operation", refuse)
    ticking.tick()
    [run] = runs_of(tenant)
    assert (last_of(schedule).result, last_of(schedule).failure_code) == ("failed", "dispatch.failed")
    assert (last_of(schedule).run_id, run.outcome) == (run.id, "failed")


def test_the_history_of_a_schedule_is_bounded(tenant: Tenant, user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "MOST_STARTS", 3)
    schedule = make_due(tenant, user)
    for number in range(5):
        storage.record_start(schedule, utcnow(), "failed", failure_code=f"code.{number}")
    assert [each.failure_code for each in starts_of(schedule)] == ["code.4", "code.3", "code.2"]


def test_the_last_run_of_a_schedule_is_not_pruned(tenant: Tenant, user: User) -> None:
    schedule = make_due(tenant, user)
    for _ in range(2):
        ticking.start_due(utcnow() + timedelta(days=1))
        [run, *_] = runs_of(tenant)
        service.request_cancel(run.id, Actor.worker("Olivia Owner"))
        with transaction() as session:
            session.execute(update(DbSyncSchedule).values(next_due_at=utcnow()))
    last, first = runs_of(tenant)
    with transaction() as session:
        long_ago = utcnow() - timedelta(days=100)
        session.execute(text("update operation_runs set created_at = :then, completed_at = :then"), stored(long_ago))
    execution.execute(pruning.start_prune(tenant.workspace_id, 30).run.id)
    assert again(tenant, schedule.id).last_run_id == last.id
    assert [run.id for run in runs_of(tenant)] == [last.id]
    assert queries.find_run(first.id) is None


def stored(moment: datetime) -> dict[str, object]:
    return {"then": str(moment.replace(tzinfo=None)) if db.engine.dialect.name == "sqlite" else moment}
