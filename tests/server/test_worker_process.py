"""A worker process, on each engine: visible while it runs, and gone when stopped, whatever it is doing."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy

from tests.support.environment import CONTOSO
from tests.support.network import poll_until
from tests.support.processes import STOP_SECONDS, Console, Process, running_console


@pytest.fixture
def console(tmp_path: Path, database_url: str) -> Iterator[Console]:
    """A console with one worker process and a simulated tenant."""
    with running_console(tmp_path, OPS_ADMIN_DATABASE_URL=database_url) as console:
        console.start_simulator()
        console.seed()
        yield console


def start_worker(console: Console) -> Process:
    worker = console.start_worker()
    poll_until(lambda: count_alive(console) == 1, timeout=30, message=f"no sign of life: {worker.log_text()}")
    return worker


def count_alive(console: Console) -> int:
    engine = sqlalchemy.create_engine(console.database_url)
    with engine.connect() as connection:
        number = connection.execute(sqlalchemy.text("select count(*) from worker_heartbeats")).scalar_one()
    engine.dispose()
    return int(number)


def run_of(console: Console, run_id: int) -> Any:
    return json.loads(console.run("runs", "show", str(run_id), "--json"))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_is_seen_while_it_is_there(console: Console, number: signal.Signals) -> None:
    worker = start_worker(console)
    worker.popen.send_signal(number)
    assert worker.popen.wait(STOP_SECONDS) == 0, worker.log_text()
    assert count_alive(console) == 0


def test_a_start_waits_for_what_a_worker_process_does(console: Console) -> None:
    start_worker(console)
    words = ["runs", "start", "directory.groups.sync", "--tenant", CONTOSO, "--wait", "--json"]
    finished = json.loads(console.run(*words))
    assert (finished["created"], finished["outcome"]) == (True, "succeeded")
    assert finished["summary_counts"]["processed"] > 0
