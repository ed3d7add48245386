"""Adjusted clocks, concurrent housekeepers, finishers racing a reaper: a run ends once, and correctly (R3, R48)."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, tzinfo

import pytest
from flask import Flask

from ops_admin.access.queries import Tenant
from ops_admin.infra import database
from ops_admin.infra.database import db
from ops_admin.runs import queries, service
from ops_admin.runs.handle import RunHandle
from ops_admin.runs.ledger import NewRun, Run
from ops_admin.runs.states import Outcome
from ops_admin.runs.worker import execution, reconciler
from tests.faults.verdict import Ledger
from tests.runs.operations import registered
from tests.support.factories import WORKER, make_member, make_running_run, make_tenant
from tests.support.network import poll_until

NUMBER = 8
HOUR = timedelta(hours=1)


@pytest.fixture
def tenant(app_context: Flask) -> Tenant:
    return make_tenant()


@pytest.fixture
def ledger(database_url: str) -> Iterator[Ledger]:
    ledger = Ledger(database_url)
    yield ledger
    ledger.close()


@contextmanager
def clock_moved(by: timedelta) -> Iterator[None]:
    """Shift the clock of this process by `by` while the block runs."""

    class MovedClock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "MovedClock":
            return cls.fromtimestamp((datetime.now(UTC) + by).timestamp(), tz)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "datetime", MovedClock)
        yield


@contextmanager
def live_run(app: Flask, tenant: Tenant) -> Iterator[Run]:
    """A run whose handler is at work, silently, until the block ends."""
    begun, over = threading.Event(), threading.Event()

    def work(_: RunHandle) -> None:
        begun.set()
        over.wait(60)

    def execute(run_id: int) -> None:
        with app.app_context():
            execution.execute(run_id)

    with registered(work):
        run = service.create(new_run(tenant))[0]
        thread = threading.Thread(target=execute, args=(run.id,))
        thread.start()
        try:
            assert begun.wait(30)
            yield run
        finally:
            over.set()
            thread.join()


def new_run(tenant: Tenant) -> NewRun:
    return NewRun(tenant.workspace_id, tenant.id, None, "System", "test.operation", "a" * 64, {})


def reconcile(tenant: Tenant) -> Run:
    return reconciler.work_off([tenant.workspace_id])[tenant.workspace_id]


@pytest.mark.parametrize("by", [HOUR, -HOUR], ids=["forward", "back"])
def test_a_clock_that_is_set_ends_no_run_that_lives_and_saves_none_that_is_dead(
    app: Flask, tenant: Tenant, ledger: Ledger, monkeypatch: pytest.MonkeyPatch, by: timedelta
) -> None:
    monkeypatch.setattr(execution, "SECONDS_BETWEEN_HEARTBEATS", 0.5)
    monkeypatch.setattr(reconciler, "SECONDS_TO_SPEAK_UP", 4)
    dead = make_running_run(tenant, type="from.another.version")
    with live_run(app, tenant) as alive:
        with clock_moved(by):
            reconcile(tenant)
        assert queries.get_run(alive.id).status == "running"
    db.session.rollback()
    assert queries.get_run(alive.id).outcome == "succeeded"
    assert [failure.code for failure in queries.get_run(dead.id).failures] == ["worker.lost"]
    assert ledger.contradictions() == []


def at_once(app: Flask, *workers: Callable[[], object]) -> None:
    """Start all workers at the same moment, each in its own thread and context."""
    barrier = threading.Barrier(len(workers))

    def begin(work: Callable[[], object]) -> None:
        with app.app_context():
            barrier.wait(30)
            work()

    with ThreadPoolExecutor(len(workers)) as pool:
        list(pool.map(begin, workers))


def test_of_two_housekeepers_at_once_one_repairs(app: Flask, tenant: Tenant, ledger: Ledger) -> None:
    user = make_member(tenant)
    with clock_moved(-HOUR):
        lost = [make_running_run(tenant, user, type="inventory.sync", identity=f"{n:064}") for n in range(NUMBER)]
    found = list(reconciler.findings(tenant.workspace_id))
    assert len(found) == NUMBER

    def repair_all() -> None:
        for finding in found:
            reconciler.repair(finding)

    at_once(app, repair_all, repair_all)
    assert ledger.contradictions() == []
    ends = ledger.rows("select count(*) from operation_run_transitions where reason = 'worker.lost'")
    again = ledger.rows("select count(*) from operation_runs where status = 'queued'")
    assert (ends, again) == ([(NUMBER,)], [(1,)]), "all are one identity of inputs: one successor"
    assert len(ledger.rows("select id from notifications")) == len(lost)


def test_a_finisher_and_a_reaper_end_a_run_once(app: Flask, tenant: Tenant, ledger: Ledger) -> None:
    user = make_member(tenant)
    with clock_moved(-HOUR):
        runs = [make_running_run(tenant, user, type="test.operation", identity=f"{n:064}") for n in range(NUMBER)]
    for finding in list(reconciler.findings(tenant.workspace_id)):
        run_id, won = finding.run.id, race(app, finding)
        assert won in (["finisher"], ["reaper"])
        db.session.rollback()
        assert queries.get_run(run_id).outcome == ("succeeded" if won == ["finisher"] else "failed")
    assert (len(runs), ledger.contradictions()) == (NUMBER, [])


def race(app: Flask, finding: reconciler.Finding) -> list[str]:
    """Let a run's worker and housekeeping end it at the same moment. Returns who won."""
    won: list[str] = []

    def finish() -> None:
        done = service.finish(finding.run.id, Outcome.SUCCEEDED, actor=WORKER, counts={"processed": 1})
        won.extend(["finisher"] if done is not None else [])

    def reap() -> None:
        won.extend(["reaper"] if reconciler.repair(finding) else [])

    at_once(app, finish, reap)
    return won


def test_a_heartbeat_of_the_future_is_not_life_for_ever(tenant: Tenant) -> None:
    with clock_moved(HOUR):
        dead = make_running_run(tenant, type="from.another.version")
    reconcile(tenant)
    poll_until(lambda: queries.get_run(dead.id).is_terminal)
