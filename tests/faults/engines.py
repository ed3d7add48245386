"""A private PostgreSQL and Redis that a test may stop and start again."""

import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.engines import (
    POSTGRES_OPTIONS,
    PostgresServer,
    _run_initdb,
    _unprivileged_account,
    postgres_command,
    redis_command,
)
from tests.support.network import free_port, is_listening, poll_until
from tests.support.requirements import require_program

# A process crash must lose nothing that was committed; a crash of the machine does not matter here.
OPTIONS = {**POSTGRES_OPTIONS, "fsync": "off", "full_page_writes": "off"}
# Their meaning to the server: end sessions and shut down, or crash and recover at the next start.
STOP, CRASH = signal.SIGINT, signal.SIGQUIT


@dataclass
class OwnPostgres:
    """A cluster that can be stopped and restarted on its port."""

    program: Path
    server: PostgresServer
    account: dict[str, Any]
    _process: "subprocess.Popen[bytes] | None" = field(default=None)

    def start(self) -> None:
        """Start it, and wait until it accepts sessions."""
        with (self.server.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                postgres_command(self.program, self.server, OPTIONS),
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.server.folder,
                **self.account,
            )
        poll_until(self.server.is_ready, timeout=60, message=f"see {self.server.folder}/server.log")

    def stop(self, number: signal.Signals = STOP) -> None:
        """Stop it, with all its sessions."""
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(30)
            self._process = None


@contextmanager
def own_postgres() -> Iterator[OwnPostgres]:
    """A running cluster, removed at the end."""
    initdb = require_program("postgresql", "initdb", also_in="usr/lib/postgresql/*/bin")
    folder = Path(tempfile.mkdtemp(prefix="ops-admin-postgres-"))
    account = _unprivileged_account(folder)
    _run_initdb(initdb, folder, account)
    own = OwnPostgres(initdb.with_name("postgres"), PostgresServer(free_port(), folder), account)
    try:
        own.start()
        yield own
    finally:
        own.stop(CRASH)
        shutil.rmtree(folder)


class OwnRedis:
    """A Redis that can be stopped and restarted on its port, without persistence."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()

    @property
    def url(self) -> str:
        """The URL of this Redis."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it, and wait until it listens."""
        self._process = subprocess.Popen(redis_command(self.port), cwd=self._folder, stdout=subprocess.DEVNULL)
        poll_until(lambda: is_listening(self.port), message="redis-server did not start")

    def stop(self) -> None:
        """Kill it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
