"""gunicorn reports its process's events, stops gracefully on either signal, and at once on a second one."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import cache

import pytest
import requests
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.workers.base import Worker
from gunicorn.workers.gthread import ThreadWorker

from ops_admin.infra.adapters.gunicorn_server import HURRY, PassedOnLog, ServerHooks, ThreadedServer
from tests.infra.adapters import serving
from tests.infra.adapters.promises import Adapter, Promise, check_each_is_missed
from tests.support.lifelines import tied
from tests.support.network import poll_until
from tests.support.sources import ROOT

SIGNALS = [signal.SIGTERM, signal.SIGINT]


@cache
def worker() -> ThreadWorker:
    made = ThreadWorker(1, 0, [], None, 30, Config(), None)
    made.tmp.close()
    return made


@cache
def log() -> Logger:
    return Logger(Config())


ADAPTER = Adapter(
    "infra/adapters/gunicorn_server.py",
    "gunicorn",
    (
        Promise(lambda: ThreadWorker, "handle_exit", "says that the process was told to stop", ("sig", "frame")),
        Promise(lambda: ThreadWorker, "handle_quit", "lets SIGINT end in order, too", ("sig", "frame")),
        Promise(lambda: Worker, "init_signals", "listens to one more signal", ("self",)),
        Promise(worker, "alive", "tells the first signal from the others by it"),
        Promise(worker, "app", "finds its hooks there"),
        Promise(worker, "age", "knows the first process by it"),
        Promise(lambda: Arbiter, "stop", "listens to a second signal before it", ("self", "graceful")),
        Promise(lambda: Arbiter, "kill_workers", "tells its process to hurry", ("self", "sig")),
        Promise(lambda: Arbiter, "run", "serves by it", ("self",)),
        Promise(lambda: Logger, "setup", "takes the handlers away after it", ("self", "cfg")),
        Promise(log, "error_log", "passes its lines on"),
        Promise(lambda: BaseApplication, "load_config", "sets what differs from the defaults", ("self",)),
        Promise(lambda: BaseApplication, "load", "makes the application in the serving process", ("self",)),
        Promise(lambda: BaseApplication, "run", "starts its own master", ("self",)),
    ),
)


@pytest.fixture
def server() -> Iterator["subprocess.Popen[str]"]:
    """The master. Its first line of output is the port."""
    command = tied([sys.executable, "-m", serving.__name__])
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        yield process
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def next_line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def started(process: "subprocess.Popen[str]") -> str:
    port = next_line(process)
    assert next_line(process) == "started True"
    return f"http://127.0.0.1:{port}"


def ask_in_vain(url: str) -> None:
    """Request a page that never answers, in a thread that nobody waits for."""

    def ask() -> None:
        with pytest.raises(requests.ConnectionError):
            requests.get(url, timeout=60)

    threading.Thread(target=ask, daemon=True).start()


def test_the_installed_gunicorn_keeps_what_the_adapter_relies_on() -> None:
    assert ADAPTER.broken() == []


def test_whatever_is_taken_away_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    check_each_is_missed(ADAPTER, monkeypatch)


def test_every_setting_of_ours_is_one_of_gunicorns() -> None:
    def nothing(*_: object) -> None:
        """Serve nothing."""

    server = ThreadedServer(ServerHooks(nothing, nothing, nothing, nothing, nothing), {"threads": 7})
    assert (server.cfg.workers, server.cfg.threads, server.cfg.control_socket_disable) == (1, 7, True)
    assert issubclass(server.cfg.worker_class, ThreadWorker)
    assert server.cfg.logger_class is PassedOnLog


def test_its_log_is_passed_on() -> None:
    passed_on = PassedOnLog(Config())
    assert passed_on.error_log.handlers == []
    assert passed_on.error_log.propagate


@pytest.mark.parametrize("number", SIGNALS)
def test_it_serves_until_a_signal_stops_it_in_order(server: "subprocess.Popen[str]", number: signal.Signals) -> None:
    assert requests.get(started(server), timeout=30).text == "ok"
    server.send_signal(number)
    assert [next_line(server), next_line(server)] == ["stopping", "exiting"]
    assert server.wait(60) == 0


def test_it_is_told_to_stop_although_a_body_does_not_come(server: "subprocess.Popen[str]") -> None:
    port = int(started(server).rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 10\r\n\r\nhalf")
        server.send_signal(signal.SIGTERM)
        assert next_line(server) == "stopping"


@pytest.mark.parametrize("second", SIGNALS)
def test_a_second_signal_makes_it_hurry(server: "subprocess.Popen[str]", second: signal.Signals) -> None:
    ask_in_vain(started(server) + serving.SLOW)
    assert next_line(server) == "asked"
    server.send_signal(signal.SIGTERM)
    assert next_line(server) == "stopping"
    server.send_signal(second)
    assert next_line(server) == "hurry"
    assert server.wait(60) == 0


def test_a_process_that_died_is_replaced_and_knows_that_it_is_not_the_first(server: "subprocess.Popen[str]") -> None:
    url = started(server)
    with pytest.raises(requests.ConnectionError):
        requests.get(url + serving.CRASH, timeout=60)
    assert next_line(server) == "started False"
    assert poll_until(lambda: requests.get(url, timeout=30).text) == "ok"


def test_the_signal_to_hurry_is_one_that_gunicorn_leaves_to_us() -> None:
    assert HURRY in Worker.SIGNALS, "its handler would not be set back for a new process"
    assert HURRY not in SIGNALS
