"""While Redis is down no browser may believe that it is live (R27); when Redis is back, push is."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from redis import Redis
from socketio.exceptions import ConnectionError as Refused
from sqlalchemy import select, update

from ops_admin import realtime
from ops_admin.access.models import DbSignIn
from ops_admin.access.queries import Tenant, User
from ops_admin.config import Settings
from ops_admin.health import push_outages, workers
from ops_admin.health.models import DbPushOutage
from ops_admin.health.reach import push_reaches_all
from ops_admin.infra.database import db, transaction, utcnow
from ops_admin.infra.extensions import socketio
from ops_admin.realtime.socket_reaper import SocketReaper
from tests.support.application import make_settings
from tests.support.engines import redis_command
from tests.support.factories import make_member, make_run, make_tenant
from tests.support.network import free_port, is_listening, poll_until
from tests.support.sockets import Listener, Sockets


class OwnRedis:
    """A Redis that the test can stop and start again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()

    @contextmanager
    def running(self) -> Iterator[None]:
        process = subprocess.Popen(redis_command(self.port), cwd=self.folder, stdout=subprocess.DEVNULL)
        try:
            poll_until(lambda: is_listening(self.port), message="redis-server did not start")
            yield
        finally:
            process.kill()
            process.wait()


@pytest.fixture
def redis(tmp_path: Path) -> OwnRedis:
    return OwnRedis(tmp_path)


@pytest.fixture
def settings(sqlite_url: str, tmp_path: Path, redis: OwnRedis) -> Settings:
    """Settings of one of several web processes."""
    return make_settings(tmp_path, sqlite_url, OPS_ADMIN_REDIS_URL=f"redis://127.0.0.1:{redis.port}/0")


@pytest.fixture
def member(app_context: Flask) -> tuple[Tenant, User]:
    tenant = make_tenant()
    return tenant, make_member(tenant)


def try_to_open(sockets: Sockets, cookie: str) -> Listener | None:
    try:
        return sockets.open_with(cookie)
    except Refused:
        return None


def test_sockets_end_with_redis_and_come_back_with_it(
    redis: OwnRedis, sockets: Sockets, member: tuple[Tenant, User]
) -> None:
    tenant, user = member
    cookie = sockets.browser(user).cookie
    with redis.running():
        listener = sockets.open_with(cookie)
    listener.wait_for_end()
    assert try_to_open(sockets, cookie) is None
    with redis.running():
        again = poll_until(lambda: try_to_open(sockets, cookie), timeout=30, message="push did not come back")
        run = make_run(tenant)
        again.wait_for("run-enqueued", run.id)


def test_a_run_starts_and_pages_are_served_while_redis_is_away(sockets: Sockets, member: tuple[Tenant, User]) -> None:
    tenant, user = member
    browser = sockets.browser(user)
    run = make_run(tenant, user)
    assert browser.session.get(f"{sockets.url}/operations/{run.id}", timeout=10).status_code == 200


@pytest.fixture
def reaper(app_context: Flask) -> SocketReaper:
    found: SocketReaper = app_context.extensions["ops_admin.realtime.reaper"]
    return found


@contextmanager
def unheard() -> Iterator[None]:
    """Let this process hear the others without being able to tell them anything."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socketio.server.manager.others, "_sender", Redis(port=free_port(), socket_connect_timeout=1))
        yield


def gaps_noted() -> list[datetime]:
    db.session.rollback()
    return list(db.session.scalars(select(DbPushOutage.noted_at)))


def test_a_push_outage_makes_pages_poll_and_reconnect_once(
    redis: OwnRedis, sockets: Sockets, reaper: SocketReaper, monkeypatch: pytest.MonkeyPatch
) -> None:
    with redis.running():
        tenant = make_tenant()
        cookie = sockets.browser(make_member(tenant)).cookie
        listener = sockets.open_with(cookie)
        assert push_reaches_all()
        with unheard():
            make_run(tenant)
        assert not push_reaches_all()
        reaper.end_all_when_reach_changes()
        listener.wait_for_end()
        again = sockets.open_with(cookie)
        monkeypatch.setattr(push_outages, "LASTS", timedelta(0))
        reaper.end_all_when_reach_changes()
        again.wait_for_end()


def test_many_failed_pushes_are_recorded_once(member: tuple[Tenant, User]) -> None:
    make_run(member[0])
    noted = gaps_noted()
    make_run(member[0])
    assert len(noted) == 1
    assert gaps_noted() == noted


def test_a_worker_that_cannot_push_records_it_with_every_heartbeat(app_context: Flask) -> None:
    assert not realtime.reaches_others()
    workers.beat("unheard", is_heard=realtime.reaches_others())
    first = gaps_noted()
    workers.beat("unheard", is_heard=False)
    assert gaps_noted() > first
    workers.beat("heard")
    assert len(gaps_noted()) == 1


def test_the_reaper_works_while_nothing_can_be_published(
    redis: OwnRedis, sockets: Sockets, reaper: SocketReaper, member: tuple[Tenant, User]
) -> None:
    with redis.running():
        listener = sockets.open(member[1])
        with unheard():
            with transaction() as session:
                session.execute(update(DbSignIn).values(ended_at=utcnow()))
            reaper.end_lost_sign_ins(utcnow())
        listener.wait_for_end()
