"""PostgreSQL and Redis for the test session: started from the installed binaries, removed when it ends."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis

from tests.support.lifelines import tied
from tests.support.network import free_port, is_listening, poll_until
from tests.support.requirements import refuse, require_program

POSTGRES_OPTIONS = {
    "max_connections": "300",
    "shared_buffers": "64MB",
    "listen_addresses": "127.0.0.1",
    "timezone": "UTC",
}
# Trades durability for speed: a crash of the test machine may lose everything.
CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True)
class PostgresServer:
    """A private cluster on 127.0.0.1 whose superuser `postgres` needs no password."""

    port: int
    folder: Path

    def url(self, database: str = "postgres") -> str:
        """The SQLAlchemy URL of a database of this cluster."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{database}"

    def dsn(self, database: str = "postgres") -> str:
        """The libpq connection string of a database of this cluster."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def execute(self, statement: str) -> None:
        """Run one statement outside a transaction, as the superuser."""
        with psycopg.connect(self.dsn(), autocommit=True) as connection:
            connection.execute(statement.encode())

    def is_ready(self) -> bool:
        """Whether it accepts sessions."""
        try:
            self.execute("select 1")
        except psycopg.OperationalError:
            return False
        return True


def postgres_command(program: Path, server: PostgresServer, options: Mapping[str, str]) -> list[str | Path]:
    """The command that runs a cluster, and stops it at once when the process that started it is gone."""
    words = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
    places: list[str | Path] = ["-D", server.folder / "data", "-p", str(server.port), "-k", server.folder]
    return tied([program, *places, *words], signal.SIGQUIT)


def redis_command(port: int) -> list[str | Path]:
    """The command that runs a Redis without persistence, which ends with the process that started it."""
    options = {"port": str(port), "bind": "127.0.0.1", "save": "", "appendonly": "no"}
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    return tied([require_program("redis-server", "redis-server"), *words])


@contextmanager
def running_postgres(options: Mapping[str, str] = CARELESS) -> Iterator[PostgresServer]:
    """A PostgreSQL cluster that is removed at the end. `options` are settings in addition to POSTGRES_OPTIONS."""
    initdb = require_program("postgresql", "initdb", also_in="usr/lib/postgresql/*/bin")
    # Not in pytest's own folder: PostgreSQL refuses to run as root, and the other account cannot read that folder.
    folder = Path(tempfile.mkdtemp(prefix="ops-admin-postgres-"))
    account = _unprivileged_account(folder)
    server = PostgresServer(port=free_port(), folder=folder)
    _run_initdb(initdb, folder, account)
    log = (folder / "server.log").open("wb")
    process = subprocess.Popen(
        postgres_command(initdb.with_name("postgres"), server, {**POSTGRES_OPTIONS, **options}),
        stdout=log,
        stderr=subprocess.STDOUT,
        cwd=folder,
        **account,
    )
    try:
        poll_until(server.is_ready, timeout=30, message=f"PostgreSQL did not start: see {folder}/server.log")
        yield server
    finally:
        process.send_signal(signal.SIGQUIT)
        process.wait(30)
        log.close()
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL cluster for this session (one per xdist worker)."""
    with running_postgres() as server:
        yield server


@contextmanager
def running_redis(folder: Path) -> Iterator[str]:
    """The URL of a Redis without persistence, stopped at the end. It works in `folder`."""
    port = free_port()
    process = subprocess.Popen(redis_command(port), stdout=subprocess.DEVNULL, cwd=folder)
    try:
        poll_until(lambda: is_listening(port), message="redis-server did not start")
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a Redis without persistence, for this session (one per xdist worker)."""
    with running_redis(tmp_path_factory.mktemp("redis")) as address:
        yield address


@pytest.fixture
def redis_url(redis_server: str) -> str:
    """An empty Redis."""
    with redis.Redis.from_url(redis_server) as connection:
        connection.flushall()
    return redis_server


def _unprivileged_account(folder: Path) -> dict[str, Any]:
    """Arguments with which subprocess switches to the account `postgres` if we are root, which PostgreSQL refuses."""
    if os.geteuid() != 0:
        return {}
    try:
        account = pwd.getpwnam("postgres")
    except KeyError:
        refuse("postgresql", "the account postgres")
    os.chown(folder, account.pw_uid, account.pw_gid)
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _run_initdb(initdb: Path, folder: Path, account: dict[str, Any]) -> None:
    locale = ["--encoding=UTF8", "--locale=C.UTF-8"]
    subprocess.run(
        [initdb, "-D", folder / "data", "-U", "postgres", "--auth=trust", "--no-sync", *locale],
        check=True,
        capture_output=True,
        cwd=folder,
        **account,
    )
