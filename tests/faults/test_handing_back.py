"""A process that is told to stop loses no work: what it is working on returns to the queue, in bounded time."""

import json
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.faults.verdict import Ledger
from tests.graph.simulated import Simulator
from tests.support.environment import CONTOSO
from tests.support.network import poll_until
from tests.support.processes import STOP_SECONDS, Console, Process, running_console

STEPS = "select from_status, to_status, reason from operation_run_transitions where operation_run_id = 1 order by id"


@pytest.fixture
def console(tmp_path: Path, database_url: str) -> Iterator[Console]:
    """A seeded console with a simulated tenant, without any process at first."""
    with running_console(tmp_path, OPS_ADMIN_DATABASE_URL=database_url) as console:
        console.start_simulator()
        console.seed()
        yield console


@pytest.fixture
def sqlite_console(sqlite_url: str, tmp_path: Path) -> Iterator[Console]:
    with running_console(tmp_path, OPS_ADMIN_DATABASE_URL=sqlite_url) as console:
        console.start_simulator()
        console.seed()
        yield console


def break_graph(console: Console, effect: str, **options: object) -> None:
    """Make the simulated tenant throttle for a minute, or not answer at all, when asked for groups."""
    simulator = Simulator(console.simulator_url)
    simulator.control("POST", "faults", effect=effect, path="/groups", options=options)


def begin_sync(console: Console) -> None:
    console.run("runs", "start", "directory.groups.sync", "--tenant", CONTOSO)
    poll_until(lambda: run_of(console)["status"] == "running", timeout=30)


def run_of(console: Console) -> Any:
    return json.loads(console.run("runs", "show", "1", "--json"))


def steps_of(console: Console) -> list[tuple[Any, ...]]:
    ledger = Ledger(console.database_url)
    found = ledger.rows(STEPS)
    ledger.close()
    return found


def stop(process: Process, *signals: signal.Signals, within: float = STOP_SECONDS) -> None:
    for number in signals:
        process.popen.send_signal(number)
    assert process.popen.wait(within) == 0, process.log_text()


def test_what_a_stopping_worker_hands_back_is_finished_by_another(console: Console) -> None:
    break_graph(console, "status", status=429, retry_after=60)
    first = console.start_worker()
    begin_sync(console)
    stop(first, signal.SIGTERM)
    run = run_of(console)
    assert (run["status"], run["outcome"], run["attempt"], run["summary_counts"]) == ("queued", "pending", 1, {})

    Simulator(console.simulator_url).control("DELETE", "faults")
    console.start_worker()
    poll_until(lambda: run_of(console)["outcome"] == "succeeded", timeout=60)
    assert [step[:2] for step in steps_of(console)] == [
        (None, "queued"),
        ("queued", "running"),
        ("running", "queued"),
        ("queued", "running"),
        ("running", "completed"),
    ]
    assert steps_of(console)[2][2] == "worker.stopped"


def test_a_handler_that_hears_nothing_is_handed_back_in_bounded_time(sqlite_console: Console) -> None:
    break_graph(sqlite_console, "hang")
    worker = sqlite_console.start_worker()
    begin_sync(sqlite_console)
    stop(worker, signal.SIGTERM)
    assert run_of(sqlite_console)["status"] == "queued"
    assert steps_of(sqlite_console)[-1] == ("running", "queued", "worker.stopped")


@pytest.mark.parametrize("shape", ["worker", "serve"])
def test_a_second_signal_does_not_wait(sqlite_console: Console, shape: str) -> None:
    break_graph(sqlite_console, "hang")
    process = sqlite_console.start_worker() if shape == "worker" else sqlite_console.start_serve()
    begin_sync(sqlite_console)
    process.popen.send_signal(signal.SIGTERM)
    # The first signal must have been received before another can count as the second.
    with pytest.raises(AssertionError):
        poll_until(lambda: not process.is_running(), timeout=1.5)
    stop(process, signal.SIGINT, within=5)
    assert run_of(sqlite_console)["status"] == "queued"


@pytest.mark.slow_fault
def test_everything_in_one_process_hands_back_as_well(sqlite_console: Console) -> None:
    break_graph(sqlite_console, "status", status=429, retry_after=60)
    process = sqlite_console.start_serve()
    begin_sync(sqlite_console)
    stop(process, signal.SIGTERM)
    assert run_of(sqlite_console)["status"] == "queued"


@pytest.mark.slow_fault
def test_everything_in_one_process_hands_back_although_a_request_never_ends(sqlite_console: Console) -> None:
    break_graph(sqlite_console, "hang")
    process = sqlite_console.start_serve()
    begin_sync(sqlite_console)
    address = urlsplit(sqlite_console.base_url)
    with socket.create_connection((address.hostname, address.port)) as slow:
        slow.sendall(b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nemail=")
        time.sleep(1)  # until the process has started it, which nothing reports
        process.popen.send_signal(signal.SIGTERM)
        process.popen.wait(2 * STOP_SECONDS)
    assert run_of(sqlite_console)["status"] == "queued"
