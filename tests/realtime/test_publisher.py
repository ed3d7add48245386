"""What is sent when a run changes (R24), and that it never delays the work."""

import logging
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from flask import Flask

from ops_admin.access.capabilities import Role
from ops_admin.infra.database import after_commit, transaction
from ops_admin.realtime import publisher
from ops_admin.runs import service
from ops_admin.runs.ledger import Failure
from ops_admin.runs.queries import get_run
from ops_admin.runs.states import Outcome
from tests.support.application import dispose, make_app, make_settings
from tests.support.factories import (
    WORKER,
    claim,
    make_completed_run,
    make_member,
    make_run,
    make_running_run,
    make_tenant,
)
from tests.support.network import free_port
from tests.support.sockets import Sockets

WIDGET_ROW = {
    "run_id",
    "revision",
    "tenant_id",
    "workspace_id",
    "label",
    "type",
    "status",
    "percent",
    "counts",
    "initiator",
    "started_at",
    "created_at",
    "completed_at",
    "eta_seconds",
    "url",
}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine is enough, because nothing here depends on it."""
    return sqlite_url


@pytest.fixture
def context(app_context: Flask) -> Flask:
    """The context in which runs are written."""
    return app_context


def test_a_run_is_told_from_its_start_to_its_end(context: Flask, sockets: Sockets) -> None:
    tenant = make_tenant()
    listener = sockets.open(make_member(tenant))
    run = make_run(tenant)
    run = claim(run)
    service.advance(run, {"total": 4, "processed": 1})
    service.finish(run.id, Outcome.SUCCEEDED, actor=WORKER)
    listener.wait_for("run-completed")
    assert listener.names() == ["run-enqueued", "run-progress", "run-progress", "run-completed"]
    assert [payload["revision"] for _, payload in listener.heard] == [1, 2, 3, 4]
    assert [payload["percent"] for _, payload in listener.heard] == [None, None, 25, 25]


def test_an_event_carries_the_widget_row_and_nothing_else(context: Flask, sockets: Sockets) -> None:
    tenant = make_tenant()
    listener = sockets.open(make_member(tenant))
    run = make_run(tenant, context={"inputs": {"note": "for nobody's eyes"}})
    service.claim(run, WORKER)
    service.finish(run.id, Outcome.FAILED, actor=WORKER, recorded=[Failure("graph.throttled", "raw")])
    payload = listener.wait_for("run-completed")
    assert set(payload) == WIDGET_ROW
    assert "nobody's" not in str(listener.heard)
    assert "raw" not in str(listener.heard)


def test_while_a_run_runs_its_events_carry_the_last_sign_of_life(context: Flask, sockets: Sockets) -> None:
    tenant = make_tenant()
    listener = sockets.open(make_member(tenant))
    run = make_running_run(tenant)
    beaten = service.heartbeat(run, tell=True)
    service.finish(run.id, Outcome.SUCCEEDED, actor=WORKER)
    listener.wait_for("run-completed")
    queued, claimed, beat, ended = (payload for _, payload in listener.heard)
    assert [set(payload) - WIDGET_ROW for payload in (queued, ended)] == [set(), set()]
    assert set(claimed) - WIDGET_ROW == {"heartbeat_at"}
    assert beaten is not None
    assert beaten.heartbeat_at is not None
    assert (beat["heartbeat_at"], beat["heartbeat"]) == (beaten.heartbeat_at.isoformat(), True)
    assert beat["revision"] > claimed["revision"], "a page takes it for news"


def test_a_heartbeat_is_told_only_where_somebody_asks_for_it(context: Flask, sockets: Sockets) -> None:
    tenant = make_tenant()
    listener = sockets.open(make_member(tenant))
    run = make_running_run(tenant)
    service.heartbeat(run)
    service.finish(run.id, Outcome.SUCCEEDED, actor=WORKER)
    listener.wait_for("run-completed")
    assert listener.names() == ["run-enqueued", "run-progress", "run-completed"]


def test_what_is_rolled_back_is_not_told(context: Flask, sockets: Sockets) -> None:
    tenant = make_tenant()
    listener = sockets.open(make_member(tenant))
    with pytest.raises(ZeroDivisionError), transaction():
        make_run(tenant)
        raise ZeroDivisionError
    told = make_run(tenant)
    listener.wait_for("run-enqueued", told.id)
    assert listener.names() == ["run-enqueued"]


def test_a_notification_reaches_its_user_alone(context: Flask, sockets: Sockets) -> None:
    tenant = make_tenant()
    user, colleague = make_member(tenant), make_member(tenant, Role.OWNER)
    mine, also_mine, theirs = sockets.open(user), sockets.open(user), sockets.open(colleague)
    run = make_completed_run(tenant, user)
    for listener in (mine, also_mine):
        assert listener.wait_for("notification-created")["url"] == f"/operations/{run.id}"
    theirs.wait_for("run-completed", run.id)
    assert "notification-created" not in theirs.names()


def test_a_push_that_fails_does_not_hold_up_the_work(context: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ConnectionResetError

    monkeypatch.setattr("ops_admin.realtime.publisher.socketio.emit", fail)
    run = make_completed_run(user=make_member(make_tenant()))
    assert get_run(run.id).outcome == Outcome.SUCCEEDED


@pytest.fixture
def without_its_redis(tmp_path: Path, database_url: str) -> Iterator[Flask]:
    settings = make_settings(tmp_path, database_url, OPS_ADMIN_REDIS_URL=f"redis://127.0.0.1:{free_port()}/0")
    app = make_app(settings)
    with app.app_context():
        yield app
    dispose(app)


def test_a_redis_that_is_away_does_not_hold_up_the_work(without_its_redis: Flask) -> None:
    begun = time.monotonic()
    run = make_completed_run()
    assert get_run(run.id).outcome == Outcome.SUCCEEDED
    assert time.monotonic() - begun < 5


def test_that_redis_is_away_is_said_once_and_that_it_is_back(
    without_its_redis: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    publisher.redis_outage.end()
    caplog.clear()
    tenant = make_tenant()
    make_completed_run(tenant)
    make_completed_run(tenant)
    monkeypatch.setattr("ops_admin.realtime.publisher.socketio.emit", lambda *_, **__: None)
    make_completed_run(tenant)
    make_completed_run(tenant)
    told = [line for line in caplog.messages if "can be told" in line or "cannot be told" in line]
    assert len(told) == 2
    assert told[0].startswith("Redis cannot be told (ConnectionError)")
    assert told[1] == "Redis can be told again"
    assert "Traceback" not in caplog.text


def test_what_else_fails_after_a_commit_is_named_and_told_in_full(
    context: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    with transaction():
        after_commit(lambda: [].pop())
        after_commit(partial(publisher.publish_notification, 1, None))  # type: ignore[arg-type]  # the fault
    here = "test_what_else_fails_after_a_commit_is_named_and_told_in_full"
    lines = [line for line in caplog.messages if line.startswith("after a commit")]
    assert lines[0].endswith(f"{here} failed")
    assert lines[1] == "after a commit, ops_admin.realtime.publisher.publish_notification failed"
    assert "IndexError: pop from empty list" in caplog.text
