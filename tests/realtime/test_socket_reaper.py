"""Changes by other processes that were not announced: sign-ins and rights that ended, and work done elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from sqlalchemy import delete, event, update

from ops_admin.access.capabilities import Role
from ops_admin.access.models import DbMembership, DbSignIn, DbTenantRole, DbUser
from ops_admin.health import workers
from ops_admin.health.reach import push_reaches_all
from ops_admin.infra.database import db, transaction, utcnow
from ops_admin.realtime.socket_reaper import SocketReaper
from tests.support.clients import ConsoleClient
from tests.support.factories import make_member, make_run, make_tenant, make_user, sign_in
from tests.support.network import poll_until
from tests.support.sockets import Sockets


@pytest.fixture(autouse=True)
def _no_other_sweeps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Disable the reaper's own thread, which would interfere with slow tests."""
    monkeypatch.setattr(SocketReaper, "run", lambda _: None)


@pytest.fixture
def reaper(app_context: Flask) -> SocketReaper:
    found: SocketReaper = app_context.extensions["ops_admin.realtime.reaper"]
    return found


def end_elsewhere(user_id: int, how: str) -> None:
    """End a user's rights like another process does: in the database, without a signal here."""
    ended = update(DbSignIn).where(DbSignIn.user_id == user_id).values(ended_at=utcnow())
    disabled = update(DbUser).where(DbUser.id == user_id).values(disabled_at=utcnow())
    with transaction() as session:
        session.execute({"sign-in": ended, "account": disabled}[how])


@pytest.mark.parametrize("how", ["sign-in", "account"])
def test_a_sign_in_that_another_process_ended_loses_its_sockets(
    sockets: Sockets, reaper: SocketReaper, how: str
) -> None:
    user = make_user()
    ended, other = sockets.open(user), sockets.open(make_user())
    reaper.end_lost_sign_ins(utcnow())
    assert ended.client.connected
    end_elsewhere(user.id, how)
    reaper.end_lost_sign_ins(utcnow())
    ended.wait_for_end()
    assert other.client.connected


@contextmanager
def questions(table: str) -> Iterator[list[str]]:
    """Collect the statements about a table."""
    asked: list[str] = []

    def note(*args: object) -> None:
        if table in (statement := str(args[2])):
            asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield asked
    event.remove(db.engine, "before_cursor_execute", note)


def test_the_reaper_reads_all_sign_ins_in_one_query(sockets: Sockets, reaper: SocketReaper) -> None:
    listeners = [sockets.open(make_user()) for _ in range(3)]
    with questions("sign_ins") as asked:
        reaper.end_lost_sign_ins(utcnow())
    assert len(asked) == 1
    assert all(listener.client.connected for listener in listeners)


@pytest.mark.parametrize("what", [DbTenantRole, DbMembership])
def test_a_right_that_another_process_took_away_ends_its_sockets(
    sockets: Sockets, reaper: SocketReaper, what: type[DbTenantRole | DbMembership]
) -> None:
    tenant = make_tenant()
    user = make_member(tenant)
    listener, other = sockets.open(user), sockets.open(make_member(tenant))
    reaper.end_changed_rights()
    assert listener.client.connected
    with transaction() as session:
        session.execute(delete(what).where(what.user_id == user.id))
    reaper.end_changed_rights()
    listener.wait_for_end()
    other.wait_for("run-enqueued", make_run(tenant).id)
    assert not listener.heard


def test_a_right_that_another_process_gave_is_heard_after_coming_back(sockets: Sockets, reaper: SocketReaper) -> None:
    tenant = make_tenant()
    user = make_member(tenant, None)
    cookie = sockets.browser(user).cookie
    before = sockets.open_with(cookie)
    with transaction() as session:
        session.add(DbTenantRole(user_id=user.id, tenant_id=tenant.id, role=str(Role.READONLY)))
    reaper.end_changed_rights()
    before.wait_for_end()
    after = sockets.open_with(cookie)
    reaper.end_changed_rights()
    after.wait_for("run-enqueued", make_run(tenant).id)


def test_the_reaper_reads_all_rights_in_one_query(sockets: Sockets, reaper: SocketReaper) -> None:
    listeners = [sockets.open(make_member(make_tenant())) for _ in range(3)]
    with questions("memberships") as asked:
        reaper.end_changed_rights()
    assert len(asked) == 1
    assert all(listener.client.connected for listener in listeners)


def test_rights_that_take_long_to_read_are_read_less_often(
    sockets: Sockets, reaper: SocketReaper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ops_admin.realtime.socket_reaper._MOST_TIME_FOR_RIGHTS", 1e-9)
    listener = sockets.open(make_user())
    with questions("memberships") as asked:
        reaper.end_changed_rights_when_due()
        reaper.end_changed_rights_when_due()
    assert len(asked) == 1
    assert listener.client.connected


def test_the_reaper_forgets_sockets_that_have_left(sockets: Sockets, reaper: SocketReaper) -> None:
    listener = sockets.open(make_user())

    def asks() -> bool:
        with questions("memberships") as asked:
            reaper.end_changed_rights()
        return bool(asked)

    assert asks()
    listener.disconnect()
    poll_until(lambda: not asks(), timeout=60, message="a sweep asks for somebody who has left")


def test_the_worker_of_this_process_does_not_count_as_another(app_context: Flask) -> None:
    here = workers.new_worker_name()
    workers.beat(here)
    assert not workers.work_elsewhere()
    assert push_reaches_all()
    workers.beat("another:1:abcd")
    assert workers.work_elsewhere()
    assert not push_reaches_all()
    workers.retire("another:1:abcd")
    assert push_reaches_all()


def test_browsers_reconnect_when_a_worker_starts_elsewhere(sockets: Sockets, reaper: SocketReaper) -> None:
    first = sockets.open(make_user())
    reaper.end_all_when_reach_changes()
    reaper.end_all_when_reach_changes()
    assert first.client.connected
    workers.beat("another:1:abcd")
    reaper.end_all_when_reach_changes()
    first.wait_for_end()
    second = sockets.open(make_user())
    reaper.end_all_when_reach_changes()
    assert second.client.connected


def test_a_browser_reconnects_at_the_first_check_after_a_change(sockets: Sockets, reaper: SocketReaper) -> None:
    listener = sockets.open(make_user())
    workers.beat("another:1:abcd")
    reaper.end_all_when_reach_changes()
    listener.wait_for_end()


def test_a_change_that_no_browser_was_there_to_see_ends_no_socket(sockets: Sockets, reaper: SocketReaper) -> None:
    tenant = make_tenant()
    first = sockets.open(make_user())
    first.disconnect()
    first.wait_for_end()
    # The library forgets it within ten seconds, or later on a busy machine.
    reaper._manager.server.eio.sockets.clear()
    reaper.end_all_when_reach_changes()
    workers.beat("another:1:abcd")
    second = sockets.open(make_member(tenant))
    reaper.end_all_when_reach_changes()
    second.wait_for("run-enqueued", make_run(tenant).id)


def test_a_page_says_whether_push_tells_it_all(client: ConsoleClient, app_context: Flask) -> None:
    sign_in(client, make_user())
    assert 'data-push="all"' in client.get("/").text
    workers.beat("another:1:abcd")
    assert 'data-push="some"' in client.get("/").text
    assert 'data-push="some"' in client.get("/operations/active").text
