"""Separate web and worker processes: all browsers are told, and a right that ends does so everywhere (R25, R50)."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from flask import Flask
from redis import Redis
from redis.exceptions import TimeoutError as RedisTimeout

from ops_admin.access import administration
from ops_admin.access.capabilities import Role
from ops_admin.access.queries import Tenant, User
from ops_admin.auth import accounts
from ops_admin.infra.database import transaction
from ops_admin.realtime.other_processes import RedisChannel
from ops_admin.runs.ledger import Run
from ops_admin.runs.tasks import run_operation
from tests.support.application import dispose, make_app, make_settings
from tests.support.factories import make_member, make_run, make_tenant
from tests.support.processes import Console
from tests.support.sockets import Browser, Listener, Sockets

pytestmark = pytest.mark.xdist_group("scaled")
A_FEW_SWEEPS = 30


@pytest.fixture
def elsewhere(scaled: Console, tmp_path: Path) -> Iterator[Flask]:
    """Another process of the same installation: this one, with its context pushed."""
    redis_url = scaled.environment["OPS_ADMIN_REDIS_URL"]
    app = make_app(make_settings(tmp_path, scaled.database_url, OPS_ADMIN_REDIS_URL=redis_url))
    with app.app_context():
        yield app
    dispose(app)


@pytest.fixture
def silent(scaled: Console, tmp_path: Path) -> Iterator[Flask]:
    """A process of the same installation without Redis, which cannot tell the others anything."""
    app = make_app(make_settings(tmp_path, scaled.database_url))
    with app.app_context():
        yield app
    dispose(app)


@pytest.fixture
def webs(scaled: Console) -> Iterator[list[Sockets]]:
    """The two web processes."""
    with ExitStack() as stack:
        yield [Sockets(url, stack) for url in scaled.base_urls[:2]]


def open_both(webs: list[Sockets], user: User) -> list[Listener]:
    """One browser with a tab on each web process."""
    cookie = Browser(webs[0].url, user.email).cookie
    return [web.open_with(cookie) for web in webs]


def queue_run(tenant: Tenant, user: User) -> Run:
    """Queue a run for any worker process; it ends as failed, because no operation has this key."""
    with transaction():
        run = make_run(tenant, user, type="test.unknown")
        run_operation(run.id)
    return run


def test_browsers_on_both_web_processes_hear_what_a_worker_process_does(elsewhere: Flask, webs: list[Sockets]) -> None:
    tenant = make_tenant()
    user = make_member(tenant)
    tabs = open_both(webs, user)
    run = queue_run(tenant, user)
    for tab in tabs:
        assert tab.wait_for("run-completed", run.id)["status"] == "failed"
        tab.wait_for("notification-created")
        assert tab.names().count("notification-created") == 1


def test_a_stranger_on_another_web_process_hears_nothing(elsewhere: Flask, webs: list[Sockets]) -> None:
    tenant = make_tenant()
    user = make_member(tenant)
    tabs, strangers = open_both(webs, user), open_both(webs, make_member(make_tenant(), Role.OWNER))
    run = queue_run(tenant, user)
    for tab in tabs:
        tab.wait_for("run-completed", run.id)
    assert not any(stranger.heard for stranger in strangers)


def test_a_sign_out_on_one_web_process_ends_the_tab_on_the_other(elsewhere: Flask, webs: list[Sockets]) -> None:
    browser = Browser(webs[0].url, make_member(make_tenant()).email)
    tab = webs[1].open_with(browser.cookie)
    browser.post("/logout")
    tab.wait_for_end()


def test_a_role_revoked_in_any_process_ends_the_sockets_in_all(elsewhere: Flask, webs: list[Sockets]) -> None:
    tenant = make_tenant()
    user, colleague = make_member(tenant), make_member(tenant)
    tabs, others = open_both(webs, user), open_both(webs, colleague)
    administration.revoke_role(user.id, tenant.id)
    for tab in tabs:
        tab.wait_for_end()
    assert all(other.client.connected for other in others)


def test_a_right_that_ends_in_a_process_that_tells_nobody_ends_the_sockets_in_all(
    silent: Flask, webs: list[Sockets]
) -> None:
    tenant = make_tenant()
    user, colleague = make_member(tenant), make_member(tenant)
    tabs, others = open_both(webs, user), open_both(webs, colleague)
    administration.remove_member(user.id, tenant.workspace_id)
    for tab in tabs:
        tab.wait_for_end(A_FEW_SWEEPS)
    run = queue_run(tenant, colleague)
    for other in others:
        other.wait_for("run-completed", run.id)
    assert not any(tab.heard for tab in tabs)


def test_somebody_disabled_in_a_process_that_tells_nobody_is_signed_out_everywhere(
    silent: Flask, webs: list[Sockets]
) -> None:
    user = make_member(make_tenant())
    browser = Browser(webs[0].url, user.email)
    tabs = [web.open_with(browser.cookie) for web in webs]
    accounts.disable_user(user.id)
    answer = browser.session.get(f"{webs[1].url}/operations", timeout=10, allow_redirects=False)
    assert answer.headers["Location"].startswith("/login")
    for tab in tabs:
        tab.wait_for_end(A_FEW_SWEEPS)


def test_a_redis_that_hangs_does_not_hold_up_whoever_sends(redis_url: str) -> None:
    channel = RedisChannel(redis_url)
    assert channel._sender.get_connection_kwargs()["socket_timeout"] == 1, "the library's own patience is longer"
    channel.publish("a message")
    assert channel.reaches_others()
    with Redis.from_url(redis_url) as redis:
        process = int(redis.info()["process_id"])
    os.kill(process, signal.SIGSTOP)
    try:
        started = time.monotonic()
        with pytest.raises(RedisTimeout):
            channel.publish("a message")
        assert not channel.reaches_others()
        assert time.monotonic() - started < 10
    finally:
        os.kill(process, signal.SIGCONT)
    channel.publish("a message")
    channel._sender.close()
