"""While Redis is away no browser may believe that it is live (R27); when it is back, push is."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from socketio.exceptions import ConnectionError as Refused

from ops_admin.access.queries import Tenant, User
from ops_admin.config import Settings
from tests.support.application import make_settings
from tests.support.factories import make_member, make_run, make_tenant
from tests.support.network import free_port, is_listening, poll_until
from tests.support.requirements import require_program
from tests.support.sockets import Listener, Sockets


class OwnRedis:
    """A Redis that the test may stop and start again."""

    def __init__(self, folder: Path) -> None:
        self.program = require_program("redis-server", "redis-server")
        self.folder = folder
        self.port = free_port()

    @contextmanager
    def running(self) -> Iterator[None]:
        options = {"port": str(self.port), "bind": "127.0.0.1", "save": "", "appendonly": "no"}
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        process = subprocess.Popen([self.program, *words], cwd=self.folder, stdout=subprocess.DEVNULL)
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
    """One web process of several."""
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
