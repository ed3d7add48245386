"""A test run that is killed leaves no server behind."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.graph.simulated import running_simulator
from tests.support.engines import running_postgres, running_redis
from tests.support.lifelines import tied
from tests.support.network import poll_until
from tests.support.processes import running_console
from tests.support.sources import ROOT


@contextlib.contextmanager
def running_web(folder: Path) -> Iterator[None]:
    """A web process, whose children serve."""
    with running_console(folder) as console:
        console.prepare()
        console.start_web()
        yield


SERVERS: dict[str, Callable[[Path], AbstractContextManager[object]]] = {
    "postgres": lambda _: running_postgres(),
    "redis": running_redis,
    "simulator": lambda _: running_simulator(),
    "web": running_web,
}


def serve_until_killed(name: str, folder: Path) -> None:
    """What the run does that is killed: it says when its servers are up."""
    with SERVERS[name](folder):
        print("up", flush=True)  # noqa: T201  # read by the test
        time.sleep(60)


@pytest.mark.parametrize("name", SERVERS)
def test_servers_end_with_the_process_that_started_them(name: str, tmp_path: Path) -> None:
    code = f"import {__name__} as here, pathlib; here.serve_until_killed({name!r}, pathlib.Path({str(tmp_path)!r}))"
    with subprocess.Popen(tied([sys.executable, "-c", code]), cwd=ROOT, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout
        assert run.stdout.readline() == "up\n"
        servers = list(descendants(run.pid))
        run.kill()
    try:
        poll_until(lambda: not any(map(is_running, servers)), message=f"{name} outlives the run that started it")
        assert servers
    finally:
        end(servers)


def descendants(pid: int) -> Iterator[int]:
    """Yield the ids of the processes that `pid` started, and of those that they did."""
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, children.read_text().split()):
            yield child
            yield from descendants(child)


def is_running(pid: int) -> bool:
    """Whether it is there, and not just unburied by a parent that takes its time."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def end(pids: list[int]) -> None:
    """Leave nothing behind when they do outlive it."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
