"""From an empty database to a first sync, following the guide, with real commands and processes, on each engine."""

import json
import os
import pty
import re
import select
import subprocess
from collections.abc import Iterator
from fcntl import ioctl
from pathlib import Path
from termios import TIOCSCTTY
from typing import Any

import pytest

from tests.support.databases import migrate_database
from tests.support.environment import CONTOSO, DEMO_PASSWORD, OPS_ADMIN
from tests.support.lifelines import tied
from tests.support.network import poll_until
from tests.support.processes import Console, running_console
from tests.support.sockets import Browser

ADA = "ada@acme.example"
ADD_ADA = ("user", "add", ADA, "--name", "Ada", "--workspace", "Acme", "--role", "owner")


@pytest.fixture
def console(database_url: str, tmp_path: Path) -> Iterator[Console]:
    with running_console(tmp_path, OPS_ADMIN_DATABASE_URL=database_url) as console:
        migrate_database(database_url, tmp_path)
        yield console


def test_the_first_owner_signs_in_and_syncs(console: Console) -> None:
    console.start_simulator()
    console.run("workspace", "add", "Acme")
    console.run("tenant", "add", "--workspace", "Acme", "--name", "Contoso", CONTOSO)
    said = subprocess.run(
        [OPS_ADMIN, *ADD_ADA], env=console.environment, input=f"{DEMO_PASSWORD}\n", capture_output=True, text=True
    )
    assert said.returncode == 0, said.stderr
    console.start_serve()
    answer = Browser(console.base_url, ADA).post("/tenants/1/inventory/sync")
    assert answer.status_code in (302, 303), answer.text
    run = poll_until(lambda: ended(console), timeout=60, message="the first sync did not end")
    assert (run["initiator_name"], run["outcome"]) == ("Ada", "succeeded")


def ended(console: Console) -> dict[str, Any] | None:
    (run,) = json.loads(console.run("runs", "list", "--json"))
    return run if run["status"] == "completed" else None


@pytest.fixture
def sqlite_console(sqlite_url: str, tmp_path: Path) -> Iterator[Console]:
    with running_console(tmp_path, OPS_ADMIN_DATABASE_URL=sqlite_url) as console:
        yield console


def test_at_a_terminal_the_password_is_asked_for_twice_without_echo(sqlite_console: Console) -> None:
    sqlite_console.run("workspace", "add", "Acme")
    # Without a controlling terminal the library would echo the password.
    terminal, other_end = pty.openpty()
    process = subprocess.Popen(
        tied([OPS_ADMIN, *ADD_ADA]),
        env=sqlite_console.environment,
        stdin=other_end,
        stdout=other_end,
        stderr=other_end,
        start_new_session=True,
        preexec_fn=lambda: ioctl(0, TIOCSCTTY, 0),
    )
    os.close(other_end)
    shown = b""
    for asked, typed in ((b"New password", "short"), (b"New password", DEMO_PASSWORD), (b"The same", DEMO_PASSWORD)):
        shown += read_until(terminal, asked + b"[^:]*: ")
        os.write(terminal, f"{typed}\n".encode())
    shown += read_until(terminal, b"sign in with this address")
    assert process.wait(30) == 0
    os.close(terminal)
    assert b"at least 12 characters" in shown
    assert DEMO_PASSWORD.encode() not in shown


def read_until(terminal: int, pattern: bytes) -> bytes:
    """Read the terminal's output up to `pattern`."""
    shown = b""
    while not re.search(pattern, shown):
        assert select.select([terminal], [], [], 60)[0], f"nothing more is shown after {shown!r}"
        shown += os.read(terminal, 1024)
    return shown
