"""Huey's SQL storages, able to write a message on the connection of an open transaction.

Huey's own code does everything else. Relies on these internals: the names and columns of its tables, the channel that
wakes PostgreSQL's workers, and which of its methods take a message.
"""

import sqlite3
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

import psycopg
from huey.storage import BaseStorage, PostgresStorage, SqliteStorage
from sqlalchemy import Select, column, literal_column, select, table, text
from sqlalchemy.orm import Session

from ops_admin.infra.outages import Outage

SECONDS_WITHOUT_DATABASE = 2

# Huey's own message table, created by the migrations.
POSTGRES_MESSAGES = table("huey_task", column("queue"), column("data"), column("priority"))

FindSession = Callable[[], Session | None]
"""Returns the session whose transaction a message must join, or None."""


class Address(NamedTuple):
    """The queue's name in its table, and the channel on which PostgreSQL wakes waiting workers."""

    queue: str
    channel: str


class LedgerStorage(BaseStorage):  # type: ignore[misc]  # huey carries no types
    """What both engines share.

    Workers keep waiting while the database is unreachable: `outage` logs it once, and they retry slowly. Once
    `is_closed`, no message is delivered any more, not even to workers already waiting: a process that is stopping must
    not take back what it has just returned to the queue.
    """

    is_closed = False
    channel = ""
    tasks = "task"
    scheduled = "schedule"

    def __init__(self, name: str, find_session: FindSession, outage: Outage, **options: Any) -> None:
        self._find_session = find_session
        self._outage = outage
        super().__init__(name, create_tables=False, **options)

    def dequeue(self) -> bytes | None:
        """Return the next message. None, after a pause, while the database is unreachable."""
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

    def read_schedule(self, ts: datetime) -> list[bytes]:
        """Return the messages due at `ts`; empty while the database is unreachable."""
        try:
            due: list[bytes] = super().read_schedule(ts)
        except (psycopg.Error, sqlite3.Error) as error:
            self._outage.begin(error)
            return []
        return due

    def enqueue(self, data: bytes, priority: float | None = None) -> None:
        """Write a message, in the open transaction if there is one."""
        session = self._find_session()
        if session is None:
            super().enqueue(data, priority)
        else:
            self._enqueue_in(session, {"queue": self.name, "data": data, "priority": priority or 0})

    def add_to_schedule(self, data: bytes, ts: datetime) -> None:
        """Write a message to be delivered at `ts`, in the open transaction if there is one."""
        session = self._find_session()
        if session is None:
            super().add_to_schedule(data, ts)
        else:
            values = {"queue": self.name, "data": data, "timestamp": ts.timestamp()}
            session.execute(text(self._insert(self.scheduled, "timestamp")), values)

    def waiting(self) -> Select[Any]:
        """Return a query for the waiting messages: `id`, `data` and `priority`."""
        return self._messages(self.tasks)

    def waiting_for_their_time(self) -> Select[Any]:
        """Return a query for the delayed messages: `data`."""
        return self._messages(self.scheduled)

    def _messages(self, table: str) -> Select[Any]:
        return select(literal_column("data").label("data")).select_from(text(table)).where(column("queue") == self.name)

    def _insert(self, table: str, attribute: str) -> str:
        return f"insert into {table} (queue, data, {attribute}) values (:queue, :data, :{attribute})"  # noqa: S608  # nosec  # names of Huey's own

    def _enqueue_in(self, session: Session, values: dict[str, Any]) -> None:
        session.execute(text(self._insert(self.tasks, "priority")), values)


class LedgerSqliteStorage(LedgerStorage, SqliteStorage):  # type: ignore[misc]  # huey carries no types
    """Huey's storage in an SQLite file."""

    # Dequeuing must not wait for readers. In WAL mode an immediate transaction blocks only writers.
    begin_sql = "begin immediate"

    def __init__(
        self, name: str, find_session: FindSession, outage: Outage, *, filename: str, busy_timeout: float
    ) -> None:
        super().__init__(name, find_session, outage, filename=filename, timeout=busy_timeout)

    def _create_connection(self) -> Any:
        connection = super()._create_connection()
        # As on the ledger's connections; otherwise dequeuing would hold the write lock while it waits for the disk.
        # After a power failure a message may reappear, but its run cannot be claimed twice.
        connection.execute("PRAGMA synchronous = NORMAL")
        return connection


class LedgerPostgresStorage(LedgerStorage, PostgresStorage):  # type: ignore[misc]  # huey carries no types
    """Huey's storage in a PostgreSQL database. The commit wakes the workers."""

    tasks = POSTGRES_MESSAGES.name
    scheduled = "huey_schedule"

    def __init__(
        self, name: str, find_session: FindSession, outage: Outage, *, dsn: str, patience: dict[str, int]
    ) -> None:
        # Dequeuing need not wait for the disk: a message that reappears after a power failure is harmless, since its
        # run cannot be claimed twice. A message written together with a run is as durable as the run.
        super().__init__(name, find_session, outage, dsn=dsn, options="-c synchronous_commit=off", **patience)

    def _dequeue(self) -> bytes | None:
        # Huey's `dequeue` calls this again after each wake-up while it waits.
        message: bytes | None = None if self.is_closed else super()._dequeue()
        return message

    def _enqueue_in(self, session: Session, values: dict[str, Any]) -> None:
        # The message and its wake-up in one round trip. PostgreSQL delivers the wake-up at commit.
        insert = f"with message as ({self._insert(self.tasks, 'priority')}) select pg_notify(:channel, '')"  # nosec  # names of Huey's own
        session.execute(text(insert), {**values, "channel": self.channel})
