"""The two shapes of the console, each with fresh databases of its engine: one process, and scaled out."""

import contextlib
import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from bench.feeding import Fed
from bench.peers import PEERS
from tests.support.databases import migrate_database
from tests.support.engines import PostgresServer, running_postgres, running_redis
from tests.support.environment import console_environment
from tests.support.processes import Console, Process

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = (sys.executable, "-m", "bench.process")


class BenchConsole(Console):
    """The processes of `bench.process` on one database."""

    def start_bare(self) -> Process:
        """Start the bare application, and wait until it is ready."""
        return self._start_listening("bare")

    def start_listening(self, kind: str, *options: str) -> Process:
        """Start a server process, "web" or "bare", and wait until it is ready."""
        return self._start_listening(kind, *options)

    def run_part(self, *words: str) -> str:
        """Run one part of the benchmark to its end and return what it printed."""
        command = [*PROGRAM, *words]
        return subprocess.run(command, env=self.environment, check=True, stdout=subprocess.PIPE, text=True).stdout  # noqa: S603  # our own module

    def start_worker_of(self, queue: str) -> Process:
        """Start a worker process of a queue."""
        return self._start(f"work-{len(self.processes)}", "work", queue)

    def start_feeder(self, *words: str) -> "subprocess.Popen[str]":
        """Start a process that feeds a queue and prints its figures."""
        return subprocess.Popen(  # noqa: S603  # our own module
            [*PROGRAM, "feed", *words], env=self.environment, stdout=subprocess.PIPE, text=True
        )

    def _start(self, name: str, *words: str) -> Process:
        process = Process.start(name, list(words), self.environment, self.folder, PROGRAM)
        self.processes.append(process)
        return process


class Databases(Protocol):
    """Creates databases of one engine."""

    engine: str

    def fresh(self) -> str:
        """Return the URL of a migrated, seeded, unused database."""


@dataclass
class SqliteFiles:
    """Copies of one migrated, seeded file."""

    folder: Path
    engine: str = "SQLite"
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        _prepare(f"sqlite:///{self.folder / 'template.db'}", self.folder)

    def fresh(self) -> str:
        """Copy the file."""
        path = self.folder / f"bench-{next(self._numbers)}.db"
        shutil.copyfile(self.folder / "template.db", path)
        return f"sqlite:///{path}"


@dataclass
class PostgresDatabases:
    """Copies of one migrated, seeded database of a private cluster."""

    folder: Path
    server: PostgresServer
    engine: str = "PostgreSQL"
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self.server.execute("create database bench_template")
        _prepare(self.server.url("bench_template"), self.folder)

    def fresh(self) -> str:
        """Copy the database."""
        name = f"bench_{next(self._numbers)}"
        self.server.execute(f"create database {name} template bench_template")
        return self.server.url(name)


@dataclass
class Shape:
    """How the console runs, and what it needs for that."""

    name: str
    folder: Path
    databases: Databases
    redis_url: str | None = None

    @property
    def is_scaled(self) -> bool:
        """Whether web and worker are separate processes."""
        return self.redis_url is not None

    @property
    def queues(self) -> tuple[str, ...]:
        """The queues that can be compared: the peers need PostgreSQL, Redis and worker processes."""
        return ("ledger", "bare", *PEERS) if self.is_scaled else ("ledger", "bare")

    @contextlib.contextmanager
    def running(self) -> Iterator[BenchConsole]:
        """Run the console: one process, or two web and two worker processes."""
        with self.console() as console:
            if self.is_scaled:
                for _ in range(2):
                    console.start_web()
                    console.start_worker()
            else:
                console.start_serve()
            yield console

    @contextlib.contextmanager
    def running_bare(self) -> Iterator[BenchConsole]:
        """Run the bare application in as many web processes."""
        with self.console() as console:
            for _ in range(2 if self.is_scaled else 1):
                console.start_bare()
            yield console

    @contextlib.contextmanager
    def webs(self, kind: str, count: int, *options: str) -> Iterator[BenchConsole]:
        """Run that many web processes without workers: of the console ("web") or the bare application ("bare")."""
        with self.console() as console:
            for _ in range(count):
                console.start_listening(kind, *options)
            yield console

    def starts(self, queue: str, seconds: float) -> Fed:
        """Start work that nobody does."""
        with self.console() as console:
            return _results([console.start_feeder(queue, "--seconds", str(seconds))])[0]

    def lifecycles(self, queue: str, seconds: float) -> list[Fed]:
        """Start work and do it: in one process, or from two processes for two others."""
        with self.console() as console:
            words = [queue, "--seconds", str(seconds)]
            if not self.is_scaled:
                return _results([console.start_feeder(*words, "--consume")])
            for _ in range(2):
                console.start_worker_of(queue)
            return _results([console.start_feeder(*words, "--drain") for _ in range(2)])

    @contextlib.contextmanager
    def console(self, **settings: str) -> Iterator[BenchConsole]:
        """A console on a database of its own, without processes yet; those started in it are stopped at the end."""
        settings |= {"OPS_ADMIN_DATABASE_URL": self.databases.fresh(), "PYTHONPATH": str(ROOT)}
        if self.redis_url is not None:
            settings["OPS_ADMIN_REDIS_URL"] = self.redis_url
        console = BenchConsole(self.folder, console_environment(self.folder, **settings))
        try:
            yield console
        finally:
            console.stop()


@contextlib.contextmanager
def embedded_shape() -> Iterator[Shape]:
    """Everything in one process on SQLite."""
    with _temporary_folder() as folder:
        yield Shape("embedded", folder, SqliteFiles(folder))


@contextlib.contextmanager
def scaled_shape() -> Iterator[Shape]:
    """PostgreSQL with its durable defaults (each commit waits for the disk) and Redis, both private."""
    with (
        _temporary_folder() as folder,
        running_postgres({"shared_buffers": "128MB"}) as server,
        running_redis(folder) as redis_url,
    ):
        yield Shape("scaled", folder, PostgresDatabases(folder, server), redis_url)


SHAPES = {"embedded": embedded_shape, "scaled": scaled_shape}


@contextlib.contextmanager
def _temporary_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="ops-admin-bench-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _prepare(database_url: str, folder: Path) -> None:
    migrate_database(database_url, folder)
    settings = {"OPS_ADMIN_DATABASE_URL": database_url, "PYTHONPATH": str(ROOT)}
    Console(folder, {**os.environ, **console_environment(folder, **settings)}).run("seed")


def _results(feeders: Sequence["subprocess.Popen[str]"]) -> list[Fed]:
    printed = [feeder.communicate()[0] for feeder in feeders]
    for feeder in feeders:
        if feeder.returncode:
            raise subprocess.CalledProcessError(feeder.returncode, feeder.args)
    return [Fed(**json.loads(each)) for each in printed]
