"""A web process accepts as many sockets as the system allows, and survives when more come."""

import resource
import sys
from pathlib import Path

import pytest
import requests

from bench.load import crowd_of
from ops_admin.realtime import MOST_SOCKETS, THREADS_A_SOCKET
from ops_admin.server.capacity import Limits, capacity_within, claim_limits, threads_of_group
from tests.support.environment import OPERATOR, OPS_ADMIN
from tests.support.network import free_port
from tests.support.processes import Process, running_console
from tests.support.sockets import SESSION_COOKIE, Browser
from tests.support.sources import ROOT

PLENTY = Limits(files=100_000, threads=100_000)


def test_with_high_limits_there_is_room_for_every_socket_and_for_pages(
    caplog: pytest.LogCaptureFixture,
) -> None:
    capacity = capacity_within(PLENTY, MOST_SOCKETS)
    assert capacity.sockets == MOST_SOCKETS
    assert capacity.connections > capacity.threads > capacity.sockets
    assert not caplog.records


@pytest.mark.parametrize("files", [256, 1024, 2048, 4096])
def test_there_are_never_more_connections_than_files(files: int) -> None:
    capacity = capacity_within(Limits(files, PLENTY.threads), MOST_SOCKETS)
    assert capacity.sockets == 0 or capacity.connections < files


@pytest.mark.parametrize("threads", [256, 1024, 4096, 8192])
def test_there_are_never_more_threads_than_the_system_allows(threads: int, caplog: pytest.LogCaptureFixture) -> None:
    capacity = capacity_within(Limits(PLENTY.files, threads), MOST_SOCKETS)
    assert THREADS_A_SOCKET * capacity.sockets < threads
    assert "instead of 2000" in caplog.text


def test_the_shipped_service_has_room_for_every_socket() -> None:
    unit = (ROOT / "deploy" / "systemd" / "ops-admin-web@.service").read_text()
    settings = dict(line.split("=", 1) for line in unit.splitlines() if line.startswith(("LimitNOFILE=", "TasksMax=")))
    limits = Limits(files=int(settings["LimitNOFILE"]), threads=int(settings["TasksMax"]))
    assert capacity_within(limits, MOST_SOCKETS).sockets == MOST_SOCKETS


def test_the_threads_of_a_service_are_what_its_group_may_have(tmp_path: Path) -> None:
    own, group = tmp_path / "own", tmp_path / "system.slice" / "web.service"
    own.write_text("1:name=systemd:/\n0::/system.slice/web.service\n")
    group.mkdir(parents=True)
    (group / "pids.max").write_text("4096\n")
    assert threads_of_group(own, tmp_path) == 4096
    (group / "pids.max").write_text("max\n")
    assert threads_of_group(own, tmp_path) == sys.maxsize


def test_without_cgroups_there_is_no_thread_limit_of_a_group(tmp_path: Path) -> None:
    assert threads_of_group(tmp_path / "none", tmp_path) == sys.maxsize


def test_more_files_are_asked_for_where_the_first_limit_is_low(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1024, resource.RLIM_INFINITY))
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: asked.append(limits))
    claimed = claim_limits()
    assert asked == [(claimed.files, resource.RLIM_INFINITY)]
    assert capacity_within(Limits(claimed.files, PLENTY.threads), MOST_SOCKETS).sockets == MOST_SOCKETS


def test_a_process_with_few_files_refuses_sockets_before_it_runs_out(tmp_path: Path) -> None:
    limit = 840
    few = capacity_within(Limits(limit, PLENTY.threads), MOST_SOCKETS).sockets
    with running_console(tmp_path) as console:
        console.prepare()
        url = f"http://127.0.0.1:{(port := free_port())}"
        program = ("sh", "-c", f'ulimit -n {limit}; exec "$@"', "sh", OPS_ADMIN)
        words = ["web", "--host", "127.0.0.1", "--port", str(port)]
        web = Process.start("web", words, console.environment, tmp_path, program)
        console.processes.append(web)
        web.wait_until(f"{url}/readyz")
        cookie = Browser(url, OPERATOR).cookie
        with crowd_of(1) as crowd:
            crowd.gather([url], few + 30, {"Cookie": f"{SESSION_COOKIE}={cookie}"}, 1)
            assert crowd.open == few
            assert requests.get(f"{url}/healthz", timeout=10).status_code == 200
        assert f"room for {few} sockets" in web.log_text()
