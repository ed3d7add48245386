"""Exactly one notification for a run and its initiator, on both engines, whoever else tries to finish it (R28)."""

import multiprocessing
import threading
from collections.abc import Callable, Mapping
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import TypeVar

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from ops_admin.access.queries import User
from ops_admin.infra.database import db, transaction
from ops_admin.notifications import queries
from ops_admin.notifications.events import notification_created
from ops_admin.notifications.models import DbNotification
from ops_admin.runs import service
from ops_admin.runs.history import HistoryEvent
from ops_admin.runs.ledger import Actor, Failure, Run
from ops_admin.runs.queries import get_run
from ops_admin.runs.states import Outcome
from tests.support.application import dispose, make_app, make_settings
from tests.support.factories import WORKER, make_completed_run, make_member, make_run, make_running_run, make_tenant

Result = TypeVar("Result")
RACERS = 6


@pytest.fixture(autouse=True)
def _context(app_context: Flask) -> None:
    """Every test here reads and writes."""


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[Mapping[str, object]]:
    """What browsers are notified of from here on."""
    heard: list[Mapping[str, object]] = []
    monkeypatch.setattr(notification_created, "_subscribers", [lambda _, payload: heard.append(payload)])
    return heard


def make_initiator() -> User:
    return make_member(make_tenant())


def only_notification_of(user: User) -> queries.Notification:
    (notification,) = queries.inbox(user.id).rows
    return notification


def count_notifications(run: Run) -> int:
    db.session.rollback()
    mine = DbNotification.operation_run_id == run.id
    return db.session.scalar(select(func.count()).where(mine)) or 0


@pytest.mark.parametrize(
    ("mine", "with_others", "quiet"), [(True, True, True), (True, False, False), (False, True, False)]
)
def test_of_runs_that_one_has_stopped_together_the_bell_alone_is_told(
    mine: bool, with_others: bool, quiet: bool, told: list[Mapping[str, object]]
) -> None:
    user = make_initiator()
    run = make_running_run(user=user)
    service.request_cancel(run.id, Actor.user(user) if mine else Actor(0, "Somebody else"), with_others=with_others)
    service.finish(run.id, Outcome.CANCELLED, actor=WORKER, event=HistoryEvent.finished())
    assert [each["quiet"] for each in told] == [quiet]
    assert queries.unread_count(user.id) == 1


@pytest.mark.parametrize(
    ("outcome", "level"),
    [
        (Outcome.SUCCEEDED, "success"),
        (Outcome.PARTIALLY_SUCCEEDED, "warning"),
        (Outcome.FAILED, "danger"),
        (Outcome.CANCELLED, "warning"),
    ],
)
def test_every_end_is_told_once(outcome: Outcome, level: str) -> None:
    user = make_initiator()
    run = make_completed_run(user=user, outcome=outcome, counts={"total": 2, "processed": 2, "succeeded": 2})
    notification = only_notification_of(user)
    assert (notification.operation_run_id, notification.level) == (run.id, level)
    assert notification.url == f"/operations/{run.id}"
    assert "2 of 2 processed" in notification.body


def test_a_failed_run_says_why_in_its_notification() -> None:
    user = make_initiator()
    make_completed_run(user=user, outcome=Outcome.FAILED, failures=(Failure("worker.lost", "The worker is gone."),))
    assert only_notification_of(user).body.endswith("The worker is gone")


def test_nothing_is_told_before_the_end() -> None:
    user = make_initiator()
    make_running_run(user=user)
    assert not queries.inbox(user.id).rows


def test_a_run_of_system_tells_nobody() -> None:
    assert count_notifications(make_completed_run(user=None)) == 0


def test_the_database_refuses_a_second_notification_for_a_run_and_its_user() -> None:
    user = make_initiator()
    run = make_completed_run(user=user)
    again = DbNotification(user_id=user.id, operation_run_id=run.id, title="Again", body="", level="info")
    with pytest.raises(IntegrityError), transaction() as session:
        session.add(again)


def test_a_notification_that_cannot_be_written_undoes_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: Run, __: object) -> None:
        raise ZeroDivisionError

    run = make_running_run(user=make_initiator())
    monkeypatch.setattr("ops_admin.notifications.writer.notification_text", fail)
    with pytest.raises(ZeroDivisionError):
        service.finish(run.id, Outcome.SUCCEEDED, actor=WORKER)
    assert get_run(run.id).is_active


def test_threads_that_finish_a_run_at_the_same_moment_leave_one_notification(app: Flask) -> None:
    run = make_running_run(user=make_initiator())
    start = threading.Barrier(RACERS)
    wins: list[bool] = []
    racers = [threading.Thread(target=lambda: wins.append(finish_at(app, run.id, start.wait))) for _ in range(RACERS)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert sorted(wins) == [False] * (RACERS - 1) + [True]
    assert count_notifications(run) == 1


def test_a_cancel_that_races_with_the_end_leaves_one_notification(app: Flask) -> None:
    run = make_run(user=make_initiator())
    start = threading.Barrier(2)
    racers = [
        threading.Thread(
            target=lambda: in_context(app, start.wait, lambda: service.request_cancel(run.id, Actor.worker("Boss")))
        ),
        threading.Thread(target=lambda: in_context(app, start.wait, lambda: claim_and_finish(run.id))),
    ]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert count_notifications(run) == 1


def test_processes_that_finish_a_run_at_the_same_moment_leave_one_notification(
    database_url: str, tmp_path: Path
) -> None:
    run = make_running_run(user=make_initiator())
    spawn = multiprocessing.get_context("spawn")
    # The timeout ends the racers if their test run is killed.
    start, wins = spawn.Barrier(3, timeout=60), spawn.Queue()
    racers = [
        spawn.Process(target=finish_in_process, args=(database_url, tmp_path, run.id, start, wins)) for _ in "123"
    ]
    for racer in racers:
        racer.start()
    assert sorted(wins.get(timeout=60) for _ in racers) == [False, False, True]
    for racer in racers:
        racer.join()
    assert count_notifications(run) == 1


def finish_in_process(url: str, folder: Path, run_id: int, start: Barrier, wins: "multiprocessing.Queue[bool]") -> None:
    """What each racing process does. At module level, so that it can be pickled."""
    app = make_app(make_settings(folder, url))
    wins.put(finish_at(app, run_id, start.wait))
    dispose(app)


def finish_at(app: Flask, run_id: int, wait: Callable[[], object]) -> bool:
    return in_context(app, wait, lambda: service.finish(run_id, Outcome.SUCCEEDED, actor=WORKER)) is not None


def claim_and_finish(run_id: int) -> None:
    if service.claim(get_run(run_id), WORKER):
        service.finish(run_id, Outcome.CANCELLED, actor=WORKER)


def in_context(app: Flask, wait: Callable[[], object], act: Callable[[], Result]) -> Result:
    with app.app_context():
        wait()
        return act()
