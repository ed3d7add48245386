"""Real processes start only when they can serve, and end in order, in bounded time, whatever holds on to them."""

import json
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import requests

from tests.support.environment import CONTOSO, FABRIKAM, OPERATOR, OPS_ADMIN, console_environment
from tests.support.network import poll_until
from tests.support.processes import STOP_SECONDS, Console, Process, running_console
from tests.support.sockets import Browser, listening


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Console]:
    """A console that the test may damage, without processes so far."""
    with running_console(tmp_path) as console:
        yield console


def start_demo(console: Console) -> Process:
    """Start `serve --demo` with its simulator, and wait until it is ready."""
    for name in ("OPS_ADMIN_GRAPH_URL", "OPS_ADMIN_LOGIN_URL"):
        console.environment.pop(name, None)
    return console.start_serve("--demo")


def children_of(process: Process) -> list[int]:
    found = subprocess.run(["pgrep", "-P", str(process.popen.pid)], capture_output=True, text=True)
    return [int(line) for line in found.stdout.split()]


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0] != "Z"


def test_the_demo_prints_its_address_and_a_login_that_works(console: Console) -> None:
    process = start_demo(console)
    assert f"ready at {console.base_url}\n" in process.log_text()
    assert f"Sign in as owner@demo.example with {console.environment['OPS_ADMIN_DEMO_PASSWORD']}" in process.log_text()
    assert Browser(console.base_url, OPERATOR).cookie


def test_the_demos_tenant_takes_its_time_so_that_a_sync_can_be_watched(console: Console) -> None:
    start_demo(console)
    words = ("inventory.sync", "--tenant", CONTOSO, "--inputs", '{"types": ["mobileApps"]}')
    run = json.loads(console.run("runs", "start", *words, "--wait", "--json"))
    took = datetime.fromisoformat(run["completed_at"]) - datetime.fromisoformat(run["started_at"])
    # A token, a page, and the apps in batches, each a fifth of a second.
    assert took >= timedelta(seconds=0.6)


def test_policies_of_the_demo_are_restored_into_its_other_tenant(console: Console) -> None:
    start_demo(console)
    types = ["deviceHealthScripts", "mobileApps"]
    inputs = json.dumps({"name": "All", "types": types, "assignments": False})
    backup = json.loads(
        console.run("runs", "start", "backup.create", "--tenant", CONTOSO, "--inputs", inputs, "--wait", "--json")
    )
    words = ("restore", "--backup-set", "1", "--to", FABRIKAM, "--execute", "--wait", "--json")

    restored = json.loads(console.run(*words, expect=3))

    # Graph gives nobody the package of an app, so apps that have one are left out, and so is what is related to one.
    left_out = {each["code"]: each["count"] for each in restored["failure_summary"]}
    assert left_out.keys() == {"restore.package_missing", "restore.reference_unmapped"}
    failed = sum(left_out.values())
    written = backup["summary_counts"]["succeeded"] - failed
    assert restored["results"] == {"written": written, "failed": failed}
    assert written >= 6


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_open_sockets_do_not_hold_up_a_stop(console: Console, number: signal.Signals) -> None:
    process = start_demo(console)
    with listening(console.base_url, Browser(console.base_url, OPERATOR).cookie) as listener:
        process.popen.send_signal(number)
        listener.wait_for_end()
        assert process.popen.wait(STOP_SECONDS / 2) == 0, process.log_text()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_behind_however_the_server_ends(console: Console, number: signal.Signals) -> None:
    process = start_demo(console)
    children = children_of(process)
    assert len(children) == 2, "the serving process and the simulator"
    process.popen.send_signal(number)
    poll_until(lambda: not any(map(is_alive, children)), timeout=STOP_SECONDS, message="a child is left")


def test_a_port_that_is_taken_is_one_sentence_and_exit_status_2(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = run(tmp_path, "serve", "--demo", "--port", str(port))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"Error: Cannot listen on 127.0.0.1:{port}: Address already in use\n"


@pytest.mark.parametrize("command", ["serve", "web", "worker", "seed"])
def test_a_database_that_is_not_migrated_is_one_sentence_and_exit_status_2(tmp_path: Path, command: str) -> None:
    port = ["--port", "0"] if command in ("serve", "web") else []
    done = run(tmp_path, command, *port)
    assert done.returncode == 2
    assert done.stderr == "Error: The database is not up to date: run `ops-admin db upgrade` first.\n"


def run(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    environment = console_environment(folder)
    return subprocess.run([OPS_ADMIN, *words], env=environment, cwd=folder, capture_output=True, text=True, timeout=60)


def test_port_0_takes_a_free_port_and_says_which(console: Console) -> None:
    console.prepare()
    process = console._start("anywhere", "web", "--port", "0")
    line = poll_until(lambda: "ready at " in process.log_text() and process.log_text(), timeout=30)
    url = str(line).split("ready at ", 1)[1].split()[0]
    assert requests.get(f"{url}/healthz", timeout=10).status_code == 200


def test_a_serving_process_that_is_killed_is_replaced_and_works_on(console: Console) -> None:
    process = start_demo(console)
    (serving,) = [pid for pid in children_of(process) if "simulate" not in Path(f"/proc/{pid}/cmdline").read_text()]
    os.kill(serving, signal.SIGKILL)
    poll_until(lambda: not is_alive(serving))
    process.wait_until(f"{console.base_url}/readyz")
    run_id = start_sync(console)
    poll_until(lambda: "completed" in console.run("runs", "show", run_id, "--json"), timeout=30)


def start_sync(console: Console) -> str:
    console.run("runs", "start", "directory.groups.sync", "--tenant", CONTOSO)
    return "1"
