"""What another process did, of which nobody told this one: sign-ins that ended, and work that is done elsewhere."""

import pytest
from flask import Flask
from sqlalchemy import event, update

from ops_admin import health
from ops_admin.access.models import DbSignIn, DbUser
from ops_admin.database import db, transaction, utcnow
from ops_admin.health import workers
from ops_admin.realtime.sweeping import Sweeper
from tests.support.clients import ConsoleClient
from tests.support.factories import make_user, sign_in
from tests.support.sockets import Sockets


@pytest.fixture
def sweeper(app_context: Flask) -> Sweeper:
    found: Sweeper = app_context.extensions["ops_admin.realtime.sweeper"]
    return found


def end_elsewhere(user_id: int, how: str) -> None:
    """End a user's rights as another process does: in the database, and no signal is heard here."""
    ended = update(DbSignIn).where(DbSignIn.user_id == user_id).values(ended_at=utcnow())
    disabled = update(DbUser).where(DbUser.id == user_id).values(disabled_at=utcnow())
    with transaction() as session:
        session.execute({"sign-in": ended, "account": disabled}[how])


@pytest.mark.parametrize("how", ["sign-in", "account"])
def test_a_sign_in_that_another_process_ended_loses_its_sockets(sockets: Sockets, sweeper: Sweeper, how: str) -> None:
    user = make_user()
    ended, other = sockets.open(user), sockets.open(make_user())
    sweeper.end_lost_sign_ins(utcnow())
    assert ended.client.connected
    end_elsewhere(user.id, how)
    sweeper.end_lost_sign_ins(utcnow())
    ended.wait_for_end()
    assert other.client.connected


def test_a_sweep_asks_once_for_all_sign_ins(sockets: Sockets, sweeper: Sweeper) -> None:
    listeners = [sockets.open(make_user()) for _ in range(3)]
    asked: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    sweeper.end_lost_sign_ins(utcnow())
    assert len([statement for statement in asked if "sign_ins" in statement]) == 1
    assert all(listener.client.connected for listener in listeners)


def test_the_worker_of_this_very_process_works_nowhere_else(app_context: Flask) -> None:
    here = workers.new_worker_name()
    workers.beat(here)
    assert not workers.work_elsewhere()
    assert health.push_reaches_all()
    workers.beat("another:1:abcd")
    assert workers.work_elsewhere()
    assert not health.push_reaches_all()
    workers.retire("another:1:abcd")
    assert health.push_reaches_all()


def test_browsers_come_back_when_work_begins_elsewhere(sockets: Sockets, sweeper: Sweeper) -> None:
    first = sockets.open(make_user())
    sweeper.end_all_when_reach_changes()
    sweeper.end_all_when_reach_changes()
    assert first.client.connected
    workers.beat("another:1:abcd")
    sweeper.end_all_when_reach_changes()
    first.wait_for_end()
    second = sockets.open(make_user())
    sweeper.end_all_when_reach_changes()
    assert second.client.connected


def test_a_page_says_whether_push_tells_it_all(client: ConsoleClient, app_context: Flask) -> None:
    sign_in(client, make_user())
    assert 'data-push="all"' in client.get("/").text
    workers.beat("another:1:abcd")
    assert 'data-push="some"' in client.get("/").text
    assert 'data-push="some"' in client.get("/operations/active").text
