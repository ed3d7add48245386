"""Task queues that the ledger is compared with; they also keep how a job ended, and are used unmodified."""

import asyncio
from collections.abc import Callable
from typing import Any

import procrastinate
import psycopg
from celery import Celery
from sqlalchemy import make_url

from bench.queues import Queue
from ops_admin.config import Settings


class ProcrastinateQueue:
    """Procrastinate on the ledger's PostgreSQL with a no-op task; its table keeps how each job ended."""

    def __init__(self, settings: Settings) -> None:
        self._dsn = make_url(settings.database_url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._concurrency = settings.workers
        self._app = procrastinate.App(connector=procrastinate.SyncPsycopgConnector(conninfo=self._dsn))
        self._app.open()
        self._no_op = self._app.task(name="no_op")(_do_nothing)
        self._count = psycopg.connect(self._dsn, autocommit=True)
        self._make_tables()

    def start(self) -> None:
        """Defer one no-op."""
        self._no_op.defer()

    def waiting(self) -> int:
        """Return the number of jobs that have not begun."""
        return self._counted("status = 'todo'")

    def unfinished(self) -> int:
        """Return the number of jobs that are not done."""
        return self._counted("status in ('todo', 'doing')")

    def consume(self) -> None:
        """Not supported: its worker is a process."""
        raise NotImplementedError("race Procrastinate with worker processes")

    def work(self) -> None:
        """Run jobs until a signal ends it, as many at once as the console has threads."""
        asyncio.run(self._work())

    async def _work(self) -> None:
        app = self._app.with_connector(procrastinate.PsycopgConnector(conninfo=self._dsn))
        async with app.open_async():
            await app.run_worker_async(concurrency=self._concurrency)

    def _counted(self, condition: str) -> int:
        row = self._count.execute(f"select count(*) from procrastinate_jobs where {condition}").fetchone()  # noqa: S608  # nosec  # ours  # type: ignore[arg-type]
        return int(row[0]) if row else 0

    def _make_tables(self) -> None:
        # Several processes start at once, and its schema cannot be applied twice.
        with self._count.transaction():
            self._count.execute("select pg_advisory_xact_lock(1)")
            there = self._count.execute("select to_regclass('procrastinate_jobs')").fetchone()
            if there == (None,):
                self._app.schema_manager.apply_schema()


class CeleryQueue:
    """Celery with Redis as broker and result store, running a no-op task."""

    def __init__(self, settings: Settings) -> None:
        self._workers = settings.workers
        self._app = Celery("bench", broker=settings.redis_url, backend=settings.redis_url)
        self._app.conf.update(worker_hijack_root_logger=False, broker_connection_retry_on_startup=True)
        self._no_op = self._app.task(name="no_op")(_do_nothing)
        self._started: list[Any] = []

    def start(self) -> None:
        """Send one no-op."""
        self._started.append(self._no_op.delay())

    def waiting(self) -> int:
        """Return the number of messages at the broker."""
        with self._app.connection_or_acquire() as connection:
            return int(connection.default_channel.client.llen("celery"))

    def unfinished(self) -> int:
        """Return how many of those started here have no stored result."""
        self._started = [each for each in self._started if not each.ready()]
        return len(self._started)

    def consume(self) -> None:
        """Not supported: its worker is a process."""
        raise NotImplementedError("race Celery with worker processes")

    def work(self) -> None:
        """Run tasks until a signal ends it, in as many threads as the console has."""
        options = ["--pool=threads", f"--concurrency={self._workers}", "--without-gossip", "--without-mingle"]
        self._app.worker_main(["worker", *options, "--loglevel=ERROR"])


def _do_nothing() -> None:
    """Do nothing."""


PEERS: dict[str, Callable[[Settings], Queue]] = {"procrastinate": ProcrastinateQueue, "celery": CeleryQueue}
