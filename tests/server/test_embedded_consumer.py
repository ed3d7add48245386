"""The consumer inside the web process monitors its own threads."""

import threading
from collections.abc import Iterator

import pytest
from flask import Flask

from ops_admin.health import workers
from ops_admin.infra import database_retry
from ops_admin.infra.database import db, utcnow
from ops_admin.infra.extensions import huey
from ops_admin.runs.dispatch import start
from ops_admin.runs.ledger import Actor
from ops_admin.runs.queries import get_run
from ops_admin.runs.worker import execution
from ops_admin.server.worker import EmbeddedConsumer
from tests.runs.operations import registered
from tests.support.factories import make_tenant
from tests.support.network import poll_until


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """The default engine of the embedded shape."""
    return sqlite_url


@pytest.fixture
def consumer(app: Flask) -> Iterator[EmbeddedConsumer]:
    consumer = EmbeddedConsumer(app)
    consumer.start()
    yield consumer
    consumer.stop()
    execution.shutting_down.clear()
    database_retry.given_up.clear()


def threads_of(consumer: EmbeddedConsumer) -> list[threading.Thread]:
    return [thread for _, thread in consumer.threads.worker_threads]


@pytest.fixture
def deadly_task() -> Iterator[object]:
    """A task that kills the thread that runs it."""

    def die() -> None:
        raise SystemExit

    task = huey.task(name="die")(die)
    yield task
    huey._registry.unregister(task.task_class)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_died_is_replaced(consumer: EmbeddedConsumer, deadly_task: object) -> None:
    assert callable(deadly_task)
    deadly_task()
    poll_until(lambda: not all(thread.is_alive() for thread in threads_of(consumer)))
    consumer.threads.check_worker_health()
    assert all(thread.is_alive() for thread in threads_of(consumer))


def test_it_has_a_heartbeat_until_it_stops(app: Flask, consumer: EmbeddedConsumer) -> None:
    with app.app_context():
        assert workers.count_alive() == 1
    consumer.stop()
    with app.app_context():
        assert workers.count_alive() == 0


def test_an_old_heartbeat_does_not_count(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    now = utcnow()
    with app.app_context():
        workers.beat("a worker")
        monkeypatch.setattr("ops_admin.health.workers.utcnow", lambda: now + 2 * workers.ALIVE_FOR)
        assert workers.count_alive() == 0


def test_running_work_is_told_to_stop(consumer: EmbeddedConsumer) -> None:
    consumer.begin_to_stop()
    assert execution.shutting_down.is_set()


def test_work_that_hears_nothing_is_handed_back_although_the_process_still_waits_for_others(
    app: Flask, consumer: EmbeddedConsumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ops_admin.server.worker.STOP_SECONDS", 0.2)
    over = threading.Event()
    with app.app_context(), registered(lambda _: wait_for(over), resume="anywhere"):
        run = start("test.operation", actor=Actor.system(), tenant_id=make_tenant().id).run
        poll_until(lambda: status_of(run.id) == "running")
        consumer.begin_to_stop()
        try:
            poll_until(lambda: status_of(run.id) == "queued")
        finally:
            over.set()
            consumer.stop()


def wait_for(event: threading.Event) -> None:
    event.wait(60)


def status_of(run_id: int) -> str:
    db.session.rollback()
    return get_run(run_id).status
