"""A web process that cannot reach its database holds no sockets, and says why (R27)."""

import threading
from collections.abc import Iterator

import pytest
from flask import Flask, current_app
from socketio.exceptions import ConnectionError as Refused
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from ops_admin.infra.database import reachable
from ops_admin.realtime import database_monitor
from ops_admin.realtime.database_monitor import DatabaseMonitor
from ops_admin.realtime.socket_reaper import SocketReaper
from tests.support.factories import make_user
from tests.support.network import poll_until
from tests.support.sockets import Listener, Sockets


@pytest.fixture
def reaper(app_context: Flask) -> SocketReaper:
    found: SocketReaper = app_context.extensions["ops_admin.realtime.reaper"]
    return found


@pytest.fixture
def frozen(app_context: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[threading.Event, list[int]]]:
    """A database that does not answer until the event is set, and how often it was asked."""
    thawed, asked = threading.Event(), [0]

    def answer() -> bool:
        if current_app != app_context:
            return True  # the reaper of an earlier test's application still asks, every few seconds
        asked[0] += 1
        thawed.wait(120)
        return True

    monkeypatch.setattr(database_monitor, "reachable", answer)
    monkeypatch.setattr(database_monitor, "_SECONDS_TO_ANSWER", 0.05)
    yield thawed, asked
    thawed.set()


def refuse() -> bool:
    raise OperationalError("select 1", {}, Exception("connection refused"))


def refusal(sockets: Sockets, cookie: str) -> object:
    """Return what a refused page is told."""
    listener = Listener(sockets.url, cookie)
    with pytest.raises(Refused):
        listener.connect()
    return poll_until(lambda: listener.refusals and listener.refusals[-1])


def test_sockets_end_with_the_database_and_are_refused_until_it_answers(
    sockets: Sockets, reaper: SocketReaper, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = make_user()
    cookie = sockets.browser(user).cookie
    listener = sockets.open_with(cookie)
    reaper.reap()
    assert listener.client.connected
    monkeypatch.setattr(database_monitor, "reachable", refuse)
    reaper.reap()
    listener.wait_for_end()
    assert refusal(sockets, cookie) == {"message": "the database is away", "data": {"away": "database"}}
    monkeypatch.setattr(database_monitor, "reachable", reachable)
    reaper.reap()
    assert sockets.open_with(cookie).client.connected


def test_a_socket_that_connects_before_the_first_check_gets_the_same_refusal(
    sockets: Sockets, app_context: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    cookie = sockets.browser(make_user()).cookie

    def fail() -> None:
        raise OperationalError("select", {}, Exception("connection refused"))

    monkeypatch.setattr("ops_admin.realtime.sockets.current_sign_in", fail)
    assert refusal(sockets, cookie) == {"message": "the database is away", "data": {"away": "database"}}


def test_a_frozen_database_counts_as_down_and_is_asked_once(
    app_context: Flask, frozen: tuple[threading.Event, list[int]]
) -> None:
    thawed, asked = frozen
    looker = DatabaseMonitor(app_context)
    assert [looker.look() for _ in range(3)] == [True, False, False]
    # The question may be asked long after the one who waits for the answer has given up.
    poll_until(lambda: asked == [1], timeout=60, message="it is asked")
    assert not looker.look()
    assert (looker.is_away, asked) == (True, [1])
    thawed.set()
    poll_until(lambda: looker.look() and not looker.is_away, timeout=60, message="it answers again")


def test_a_process_whose_connections_are_all_in_use_is_not_without_database(
    app_context: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wait_in_vain() -> bool:
        raise PoolTimeoutError

    looker = DatabaseMonitor(app_context)
    monkeypatch.setattr(database_monitor, "reachable", wait_in_vain)
    assert not looker.look()
    assert not looker.is_away
