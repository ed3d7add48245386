"""The Huey queue inside the ledger's database, so that a run and its message commit together (R11).

Huey's own storages do all the work; only `enqueue` differs: inside `transaction()` it writes on that transaction's
connection instead of its own. PostgreSQL delivers the wake-up at the commit, a rollback takes the message back.
"""

import json
import logging
import sqlite3
import time
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import psycopg
from flask import Flask, has_app_context
from flask.ctx import AppContext
from huey import Huey
from huey.registry import Message
from huey.serializer import Serializer
from huey.storage import BaseStorage, BlackHoleStorage, PostgresStorage, SqliteStorage
from sqlalchemy import URL, Select, column, func, literal_column, select, table, text

from ops_admin.features import Periodic
from ops_admin.infra.database import BUSY_TIMEOUT_SECONDS, db, patience
from ops_admin.infra.outages import Outage

SECONDS_WITHOUT_DATABASE = 2

logger = logging.getLogger(__name__)

# Huey's own table of messages; the migrations make it.
POSTGRES_MESSAGES = table("huey_task", column("queue"), column("data"), column("priority"))

# The priority of a message that overtakes the others: what looks after the rest must not wait behind it.
URGENT = 10


class JSONSerializer(Serializer):  # type: ignore[misc]  # huey carries no types
    """Messages as JSON: they hold a task's name and a run id, and reading one must never execute anything."""

    def _serialize(self, data: Any) -> bytes:
        value = {"message": data._asdict()} if isinstance(data, Message) else {"value": data}
        # The only value that JSON does not know is the time of a message that is given out later.
        return json.dumps(value, default=datetime.isoformat).encode()

    def _deserialize(self, data: bytes) -> Any:
        value = json.loads(bytes(data))
        if "message" not in value:
            return value["value"]
        message = Message(**value["message"])
        return message._replace(eta=datetime.fromisoformat(message.eta)) if message.eta else message


class SurvivingStorage(BaseStorage):  # type: ignore[misc]
    """Lets those who wait for messages wait on while the database is away: said once, and asked without haste.

    Once `is_closed`, no message is given out any more, also not to those who wait already: a process that stops must
    not take back what it has just handed back.
    """

    is_closed = False
    _outage = Outage(logger, "the queue cannot be reached: %s", "the queue can be reached again")

    def dequeue(self) -> bytes | None:
        """Return the next message; None also while the database is away, after a pause."""
        if self.is_closed:
            return None
        try:
            data: bytes | None = super().dequeue()
        except (psycopg.Error, sqlite3.Error) as error:
            self._outage.begin(error)
            time.sleep(SECONDS_WITHOUT_DATABASE)
            return None
        self._outage.end()
        return data

    def read_schedule(self, ts: Any) -> list[bytes]:
        """Return what is due; nothing while the database is away."""
        try:
            due: list[bytes] = super().read_schedule(ts)
        except (psycopg.Error, sqlite3.Error) as error:
            self._outage.begin(error)
            return []
        return due


class LedgerSqliteStorage(SurvivingStorage, SqliteStorage):  # type: ignore[misc]
    """Huey's SQLite storage, in the file of the ledger."""

    # Dequeuing must not wait for readers: in WAL an immediate transaction excludes writers only.
    begin_sql = "begin immediate"

    def __init__(self, name: str, *, filename: str) -> None:
        super().__init__(name, filename=filename, timeout=BUSY_TIMEOUT_SECONDS, create_tables=False)

    def _create_connection(self) -> Any:
        connection = super()._create_connection()
        # As the ledger's own connections: else taking a message waits for the disk with the write lock in hand. After a
        # loss of power a message may be there again; its run is claimed no second time.
        connection.execute("PRAGMA synchronous = NORMAL")
        return connection

    def enqueue(self, data: bytes, priority: float | None = None) -> None:
        """Write the message, on the open transaction's connection if there is one."""
        if not _joins_transaction():
            super().enqueue(data, priority)
            return
        db.session.execute(
            text("insert into task (queue, data, priority) values (:queue, :data, :priority)"),
            {"queue": self.name, "data": data, "priority": priority or 0},
        )

    def add_to_schedule(self, data: bytes, ts: datetime) -> None:
        """Write a message that is given out at `ts`, on the open transaction's connection if there is one."""
        if not _joins_transaction():
            super().add_to_schedule(data, ts)
            return
        _schedule("schedule", self.name, data, ts)


class LedgerPostgresStorage(SurvivingStorage, PostgresStorage):  # type: ignore[misc]
    """Huey's PostgreSQL storage, in the database of the ledger."""

    def __init__(self, name: str, *, url: URL) -> None:
        # Taking a message need not wait for the disk: one that is there again after a loss of power does no harm, as
        # its run is claimed no second time. What is written along with a run waits as that does.
        dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
        super().__init__(name, dsn=dsn, create_tables=False, options="-c synchronous_commit=off", **patience(url))

    def _dequeue(self) -> bytes | None:
        # Asked by `dequeue` again for each wake-up while it waits.
        message: bytes | None = None if self.is_closed else super()._dequeue()
        return message

    def enqueue(self, data: bytes, priority: float | None = None) -> None:
        """Write the message and its wake-up, on the open transaction's connection if there is one."""
        if not _joins_transaction():
            super().enqueue(data, priority)
            return
        db.session.execute(
            text(
                f"with message as (insert into {self.table_task} (queue, data, priority) "  # noqa: S608  # nosec  # Huey's own constant
                "values (:queue, :data, :priority)) select pg_notify(:channel, '')"
            ),
            {"queue": self.name, "data": data, "priority": priority or 0, "channel": self.channel},
        )

    def add_to_schedule(self, data: bytes, ts: datetime) -> None:
        """Write a message that is given out at `ts`, on the open transaction's connection if there is one."""
        if not _joins_transaction():
            super().add_to_schedule(data, ts)
            return
        _schedule(self.table_schedule, self.name, data, ts)


def _schedule(table: str, queue: str, data: bytes, ts: datetime) -> None:
    db.session.execute(
        text(f"insert into {table} (queue, data, timestamp) values (:queue, :data, :timestamp)"),  # noqa: S608  # nosec  # Huey's own constant
        {"queue": queue, "data": data, "timestamp": ts.timestamp()},
    )


def _joins_transaction() -> bool:
    # Huey's scheduler thread enqueues periodic tasks outside any application context.
    return has_app_context() and db.in_transaction()


class Address(NamedTuple):
    """The queue's name in its table, and the channel on which PostgreSQL wakes those who wait."""

    queue: str
    channel: str


class LedgerHuey(Huey):  # type: ignore[misc]
    """The task queue; tasks register at import time, the storage comes with the application's settings."""

    def __init__(self, name: str) -> None:
        # No result store: how a run ended stands in the ledger, and nowhere else.
        super().__init__(name, results=False, storage_class=BlackHoleStorage, serializer=JSONSerializer())
        self.storage: BaseStorage
        self._app: Flask | None = None
        self._periodic_names: set[str] = set()

    def serve(self, app: Flask, url: URL) -> None:
        """Keep messages in the database at `url`, and do work in the context of `app`; the last one served counts.

        Raises ValueError for an engine that Huey cannot live in.
        """
        self._connect(url)
        self._app = app

    def app_context(self) -> AppContext:
        """Return a context of the application that this process works for."""
        if self._app is None:
            raise RuntimeError("the queue serves no application yet")
        return self._app.app_context()

    def add_periodic(self, periodic: Periodic) -> None:
        """Hand `periodic` work to a worker whenever it is due; a name that is known already is left as it is."""
        if periodic.name in self._periodic_names:
            return
        self._periodic_names.add(periodic.name)

        def work() -> None:
            with self.app_context():
                periodic.work()

        priority = URGENT if periodic.urgent else None
        self.periodic_task(periodic.when, name=periodic.name, priority=priority)(work)

    def close_intake(self, is_closed: bool = True) -> None:
        """Let this process take no message any more, or take them again."""
        self.storage.is_closed = is_closed

    def is_revoked(self, task: Any, timestamp: Any = None, peek: bool = True) -> bool:
        """Never: a run is stopped in the ledger (R44); asking Huey's own store would cost a query a task."""
        return False

    def delete(self, key: str) -> bool:
        """Do nothing: nothing is ever revoked, so there is no revocation to clear after each task."""
        return False

    def enqueue_in(self, task: Any, seconds: float) -> None:
        """Write a message that is given out in so many seconds: along with the open transaction, if there is one."""
        # Huey compares naive times in UTC.
        task.eta = datetime.now(UTC).replace(tzinfo=None) + timedelta(seconds=seconds)
        self.add_schedule(task)

    def address(self) -> Address:
        """Return where a message has to be written that others write; on SQLite there is nobody to be woken."""
        return Address(self.name, getattr(self.storage, "channel", ""))

    def count_waiting(self) -> int:
        """Return how many messages wait."""
        return db.session.execute(select(func.count()).select_from(self._waiting().subquery())).scalar_one()

    def waiting_run_ids(self, limit: int | None = None) -> frozenset[int]:
        """Return the ids of the runs whose messages wait, of at most the first `limit` messages.

        Without a limit also those that are given out later.
        """
        found = self._waiting().order_by(column("priority").desc(), column("id")).limit(limit)
        rows = [*db.session.execute(found), *(db.session.execute(self._waiting("schedule")) if limit is None else ())]
        messages = [json.loads(bytes(row.data))["message"] for row in rows]
        return frozenset(int(message["args"][0]) for message in messages if message["args"])

    def _waiting(self, name: str = "task") -> Select[Any]:
        """The waiting messages, for the connection of the session: one of Huey's own would outlive its thread."""
        table = f"huey_{name}" if isinstance(self.storage, PostgresStorage) else name
        return select(literal_column("data").label("data")).select_from(text(table)).where(column("queue") == self.name)

    def _connect(self, url: URL) -> None:
        self.storage.close()
        if url.get_backend_name() == "sqlite" and url.database:
            self.storage = LedgerSqliteStorage(self.name, filename=url.database)
        elif url.get_backend_name() == "postgresql":
            self.storage = LedgerPostgresStorage(self.name, url=url)
        else:
            raise ValueError(f"{url.get_backend_name()} cannot hold the queue: use SQLite or PostgreSQL")
