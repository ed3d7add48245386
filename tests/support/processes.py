"""The console as an administrator runs it: real processes on free ports, embedded and scaled out."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import flask_migrate
import pytest
import requests
from flask import current_app

from ops_admin.auth.seeds import seed_demo
from ops_admin.config import Settings
from tests.support.application import dispose, make_app
from tests.support.engines import PostgresServer
from tests.support.environment import OPS_ADMIN, console_environment
from tests.support.lenient import LENIENT
from tests.support.lifelines import tied
from tests.support.network import free_port, is_listening, poll_until

START_SECONDS = 60
STOP_SECONDS = 15
LOG_TAIL = 20_000


@dataclass
class Process:
    """One running `ops-admin …` (or another program). Its output goes to `log`."""

    name: str
    log: Path
    popen: subprocess.Popen[bytes]

    @classmethod
    def start(
        cls,
        name: str,
        words: list[str],
        environment: Mapping[str, str],
        folder: Path,
        program: Sequence[str | Path] = (OPS_ADMIN,),
        keep: Sequence[int] = (),
        last_signal: signal.Signals = signal.SIGKILL,
    ) -> "Process":
        """Start `program words…` in its own process group, inheriting the descriptors in `keep`.

        When the parent process is gone, it receives `last_signal`.
        """
        log = folder / f"{name}.log"
        with log.open("ab") as output:
            popen = subprocess.Popen(
                tied([*program, *words], last_signal),
                env=dict(environment),
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=keep,
            )
        return cls(name, log, popen)

    def is_running(self) -> bool:
        """Whether it has not ended yet."""
        return self.popen.poll() is None

    def stop(self) -> None:
        """Stop it with SIGTERM; after STOP_SECONDS kill it and its children."""
        if self.is_running():
            self.popen.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.popen.wait(STOP_SECONDS)
        self.kill()

    def kill(self) -> None:
        """Kill it and its children at once, like a crash (SIGKILL)."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.popen.pid, signal.SIGKILL)
        self.popen.wait()

    def log_text(self) -> str:
        """The end of its output."""
        return self.log.read_text(errors="replace")[-LOG_TAIL:]

    def wait_until(self, url: str) -> None:
        """Wait until `url` answers 200. Fails with the log if the process ends first or takes too long."""
        poll_until(lambda: self._answers(url), timeout=START_SECONDS, message=f"{self.name} is not ready at {url}")

    def _answers(self, url: str) -> bool:
        assert self.is_running(), f"{self.name} ended with {self.popen.returncode}:\n{self.log_text()}"
        try:
            return requests.get(url, timeout=5).status_code == 200
        except (requests.ConnectionError, requests.Timeout):
            return False


@dataclass
class Console:
    """A running console: its processes, URLs, database and simulated Microsoft tenant."""

    folder: Path
    environment: dict[str, str]
    processes: list[Process] = field(default_factory=list)
    base_urls: list[str] = field(default_factory=list)

    @property
    def base_url(self) -> str:
        """The URL of the first web process."""
        return self.base_urls[0]

    @property
    def database_url(self) -> str:
        """The SQLAlchemy URL of its database."""
        return self.environment["OPS_ADMIN_DATABASE_URL"]

    @property
    def simulator_url(self) -> str:
        """The origin of the simulated Microsoft Graph and login service."""
        return self.environment["OPS_ADMIN_GRAPH_URL"]

    def start_simulator(self, *options: str) -> Process:
        """Start `ops-admin simulate-graph` and make it this console's Graph."""
        port = free_port()
        address = ("--host", "127.0.0.1", "--port", str(port))
        process = self._start("simulator", "simulate-graph", LENIENT, *address, *options)
        poll_until(lambda: is_listening(port), timeout=START_SECONDS, message="the simulator did not start")
        origin = f"http://127.0.0.1:{port}"
        self.environment.update(OPS_ADMIN_GRAPH_URL=origin, OPS_ADMIN_LOGIN_URL=origin)
        return process

    def prepare(self) -> None:
        """Migrate the database and seed the demo workspace, as `ops-admin db upgrade` and `ops-admin seed` do."""
        with self._application():
            flask_migrate.upgrade()
            seed_demo(current_app.config["SETTINGS"])

    def seed(self) -> None:
        """Seed the demo workspace, as `ops-admin seed` does."""
        with self._application():
            seed_demo(current_app.config["SETTINGS"])

    def start_serve(self, *options: str) -> Process:
        """Start everything in one process, and wait until it is ready."""
        return self._start_listening("serve", *options)

    def start_web(self) -> Process:
        """Start one web process, and wait until it is ready."""
        return self._start_listening("web")

    def start_worker(self) -> Process:
        """Start one worker process."""
        return self._start(f"worker-{len(self.processes)}", "worker")

    def run(self, *words: str, expect: int = 0) -> str:
        """Run one `ops-admin` command to its end and return its standard output."""
        done = subprocess.run([OPS_ADMIN, *words], env=self.environment, capture_output=True, text=True)
        assert done.returncode == expect, f"ops-admin {' '.join(words)}:\n{done.stdout}{done.stderr}"
        return done.stdout

    def stop(self) -> None:
        """Stop every process, the newest first."""
        for process in reversed(self.processes):
            process.stop()

    def logs(self) -> dict[str, str]:
        """The output of each process, which the test report shows when a test fails."""
        return {process.name: process.log_text() for process in self.processes}

    @contextlib.contextmanager
    def _application(self) -> Iterator[None]:
        """The console's application in this process, which costs a fraction of a command's start."""
        app = make_app(Settings.from_env(self.environment))
        try:
            with app.app_context():
                yield
        finally:
            dispose(app)

    def _start(self, name: str, *words: str) -> Process:
        process = Process.start(name, list(words), self.environment, self.folder)
        self.processes.append(process)
        return process

    def _start_listening(self, command: str, *options: str) -> Process:
        port = free_port()
        name = f"{command}-{len(self.processes)}"
        process = self._start(name, command, "--host", "127.0.0.1", "--port", str(port), *options)
        process.wait_until(f"http://127.0.0.1:{port}/readyz")
        self.base_urls.append(f"http://127.0.0.1:{port}")
        return process


@contextlib.contextmanager
def running_console(folder: Path, **settings: str) -> Iterator[Console]:
    """A console without processes at first. All that are started in it are stopped at the end."""
    settings.setdefault("OPS_ADMIN_DATABASE_URL", f"sqlite:///{folder / 'ops_admin.db'}")
    console = Console(folder, console_environment(folder, **settings))
    try:
        yield console
    finally:
        console.stop()


@contextlib.contextmanager
def embedded_console(folder: Path, *simulator_options: str) -> Iterator[Console]:
    """`ops-admin serve` on SQLite, with a simulated tenant in its own process."""
    with running_console(folder) as console:
        console.start_simulator(*simulator_options)
        console.prepare()
        console.start_serve()
        yield console


@contextlib.contextmanager
def scaled_console(folder: Path, database_url: str, redis_url: str) -> Iterator[Console]:
    """Two web and two worker processes on PostgreSQL and Redis, with a simulated tenant."""
    settings = {"OPS_ADMIN_DATABASE_URL": database_url, "OPS_ADMIN_REDIS_URL": redis_url}
    with running_console(folder, **settings) as console:
        console.start_simulator()
        console.prepare()
        for _ in range(2):
            console.start_web()
            console.start_worker()
        yield console


@pytest.fixture(scope="session")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """One embedded console for the session. A test that damages it must start its own with `embedded_console`."""
    with embedded_console(tmp_path_factory.mktemp("embedded")) as console:
        yield console


@pytest.fixture(scope="session")
def scaled(
    tmp_path_factory: pytest.TempPathFactory, postgres_server: PostgresServer, redis_server: str
) -> Iterator[Console]:
    """One scaled-out console for the session. A test that damages it must start its own with `scaled_console`."""
    postgres_server.execute("create database scaled")
    with scaled_console(tmp_path_factory.mktemp("scaled"), postgres_server.url("scaled"), redis_server) as console:
        yield console
