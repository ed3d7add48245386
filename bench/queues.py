"""The two queues that are compared: run lifecycles through the ledger, and no-ops through Huey alone."""

import secrets
from collections.abc import Callable
from typing import Any, Protocol

from flask import Flask
from huey import Huey
from huey.storage import PostgresStorage, SqliteStorage
from sqlalchemy import make_url, select, text

from bench import operations
from bench.pages import make_app
from ops_admin.access.models import DbTenant
from ops_admin.access.queries import find_user_by_email
from ops_admin.config import Settings
from ops_admin.infra.database import db
from ops_admin.infra.extensions import huey as ledger_huey
from ops_admin.runs import dispatch, ledger
from ops_admin.server.worker import EmbeddedConsumer, run_worker

OWNER = "owner@demo.example"


class Queue(Protocol):
    """A queue with its workers."""

    def start(self) -> None:
        """Start one piece of work."""

    def waiting(self) -> int:
        """Return how many pieces of work have not begun."""

    def unfinished(self) -> int:
        """Return how many pieces of work are not done."""

    def consume(self) -> None:
        """Do the work in threads of this process from now on."""

    def work(self) -> None:
        """Do the work until a signal ends it."""


class LedgerQueue:
    """Runs: started for a user, claimed, ten progress reports, finished, notified."""

    def __init__(self, settings: Settings) -> None:
        self.app: Flask = make_app(settings)
        self.app.app_context().push()
        user = find_user_by_email(OWNER)
        if user is None:
            raise LookupError(OWNER)
        self._actor = ledger.Actor.user(user)
        self._tenant_id = db.session.execute(select(DbTenant.id).order_by(DbTenant.id)).scalars().first()

    def start(self) -> None:
        """Start a run in the same way as every form."""
        inputs = {"number": secrets.token_hex(8)}
        dispatch.start(operations.QUICK.key, actor=self._actor, tenant_id=self._tenant_id, inputs=inputs)

    def waiting(self) -> int:
        """Return the number of messages in the queue."""
        return int(ledger_huey.storage.queue_size())

    def unfinished(self) -> int:
        """Return the number of active runs."""
        db.session.rollback()
        return int(
            db.session.execute(text("select count(*) from operation_runs where status <> 'completed'")).scalar_one()
        )

    def consume(self) -> None:
        """Work like the embedded console."""
        EmbeddedConsumer(self.app).start()

    def work(self) -> None:
        """Work like `ops-admin worker`."""
        run_worker(self.app)


class CarefulEnoughSqliteStorage(SqliteStorage):  # type: ignore[misc]  # huey carries no types
    """Huey's storage with the ledger's durability; its default waits for the disk at every commit."""

    def _create_connection(self) -> Any:
        connection = super()._create_connection()
        connection.execute("PRAGMA synchronous = NORMAL")
        return connection


class BareQueue:
    """Unmodified Huey, running a no-op task."""

    def __init__(self, settings: Settings) -> None:
        url = make_url(settings.database_url)
        where: dict[str, Any] = {"storage_class": CarefulEnoughSqliteStorage, "filename": url.database, "timeout": 30}
        if url.get_backend_name() == "postgresql":
            dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
            where = {"storage_class": PostgresStorage, "dsn": dsn}
        # The ledger's migrations create the tables: several processes would collide if they did it at once.
        self._huey = Huey("bare", create_tables=False, **where)
        self._no_op = self._huey.task(name="no_op")(lambda: None)
        self._workers = settings.workers

    def start(self) -> None:
        """Enqueue one no-op."""
        self._no_op()

    def waiting(self) -> int:
        """Return the number of messages in the queue."""
        return int(self._huey.storage.queue_size())

    def unfinished(self) -> int:
        """Return the same: what Huey has taken counts as done."""
        return self.waiting()

    def consume(self) -> None:
        """Run tasks in threads of this process."""
        self._consumer().start()

    def work(self) -> None:
        """Run tasks until a signal ends it."""
        self._consumer().run()

    def _consumer(self) -> Any:
        return self._huey.create_consumer(workers=self._workers, periodic=False, initial_delay=0.05, max_delay=0.2)


QUEUES: dict[str, Callable[[Settings], Queue]] = {"ledger": LedgerQueue, "bare": BareQueue}
