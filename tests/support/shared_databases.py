"""One migrated database of each engine for the session (one per xdist worker), empty for each test."""

import itertools
import os
import re
import shutil
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path

import psycopg

from tests.support.engines import PostgresServer

SECONDS_TO_EMPTY = 10

_numbers = itertools.count(1)


class SharedDatabase(ABC):
    """A database that each test finds empty."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.empty()
        self._schema = self.schema()

    @abstractmethod
    def close(self) -> None:
        """Close the connection."""

    def tidy(self) -> list[str]:
        """Empty it. Returns what a test has left besides rows. A doubtful database is not used again."""
        found = [] if self.schema() == self._schema else [f"other tables, indexes or triggers in {self.url}"]
        try:
            self.empty()
        except (sqlite3.Error, psycopg.Error) as error:
            found.append(f"something in {self.url} that prevents emptying it, such as a lock: {error}")
        # Emptying may have renewed triggers.
        self._schema = self.schema()
        if found:
            SHARED_DATABASES.give_up(self)
        return found

    @abstractmethod
    def empty(self) -> None:
        """Delete all rows, and restart ids at 1."""

    @abstractmethod
    def schema(self) -> object:
        """Return a value that changes with every table, index and trigger."""


class SharedSqlite(SharedDatabase):
    """A copy of the template, next to it."""

    def __init__(self, template: Path) -> None:
        path = template.with_name(f"shared-{next(_numbers)}.db")
        shutil.copyfile(template, path)
        self._connection = sqlite3.connect(path, isolation_level=None, timeout=SECONDS_TO_EMPTY)
        self._connection.execute("PRAGMA synchronous = OFF")
        found = self._connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master").fetchall()
        self._tables = [name for kind, name, _, _ in found if kind == "table" and name != "alembic_version"]
        # They forbid deletions, for example from the audit log, so they are dropped while rows are deleted.
        self._guards = [(name, table, sql) for kind, name, table, sql in found if kind == "trigger" and _guards(sql)]
        super().__init__(f"sqlite:///{path}")

    def close(self) -> None:
        """See SharedDatabase."""
        self._connection.close()

    def empty(self) -> None:
        """See SharedDatabase. Without rows, SQLite starts at 1 by itself."""
        guards = [(name, sql) for name, table, sql in self._guards if self._has_rows(table)]
        statements = [
            "BEGIN IMMEDIATE",
            *(f"DROP TRIGGER {name}" for name, _ in guards),
            *(f"DELETE FROM {table}" for table in self._tables),
            *(sql for _, sql in guards),
            "COMMIT",
        ]
        self._connection.executescript(";\n".join(statements))

    def schema(self) -> object:
        """See SharedDatabase. SQLite counts the changes itself."""
        return self._connection.execute("PRAGMA schema_version").fetchone()

    def _has_rows(self, table: str) -> bool:
        return self._connection.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() is not None


def _guards(trigger: str) -> bool:
    return re.search(r"\bDELETE\s+ON\b", trigger, re.IGNORECASE) is not None


_TABLES = "select tablename from pg_tables where schemaname = 'public' and tablename <> 'alembic_version'"
_SEQUENCES = "select sequencename from pg_sequences where schemaname = 'public'"
# Every change of a table rewrites a row of one of these.
_SCHEMA = """
    select count(*), max(c.xmin::text::bigint), max(a.xmin::text::bigint), (select count(*) from pg_trigger)
    from pg_class c left join pg_attribute a on a.attrelid = c.oid
    where c.relnamespace = 'public'::regnamespace
"""


class SharedPostgres(SharedDatabase):
    """A copy of the template database."""

    def __init__(self, server: PostgresServer, template: str) -> None:
        name = f"shared_{os.getpid()}_{next(_numbers)}"
        server.execute(f"create database {name} template {template}")
        self._connection = psycopg.connect(server.dsn(name), autocommit=True)
        tables = [table for (table,) in self._connection.execute(_TABLES)]
        sequences = [sequence for (sequence,) in self._connection.execute(_SEQUENCES)]
        # In this role neither foreign keys nor triggers apply.
        self._connection.execute("set session_replication_role = replica")
        self._connection.execute(f"set lock_timeout = '{SECONDS_TO_EMPTY}s'")
        deletions = "".join(f"delete from {table};" for table in tables)
        restarts = ", ".join(f"setval('{sequence}', 1, false)" for sequence in sequences)
        # Statements sent together form one transaction.
        self._empty = f"{deletions} select {restarts}".encode()
        super().__init__(server.url(name))

    def close(self) -> None:
        """See SharedDatabase."""
        self._connection.close()

    def empty(self) -> None:
        """See SharedDatabase."""
        self._connection.execute(self._empty)

    def schema(self) -> object:
        """See SharedDatabase."""
        return self._connection.execute(_SCHEMA).fetchone()


class SharedDatabases:
    """The shared database of each engine. One that a test has spoilt is replaced."""

    def __init__(self) -> None:
        self._of_engine: dict[str, SharedDatabase] = {}

    def get(self, engine: str, make: Callable[[], SharedDatabase]) -> SharedDatabase:
        """Return the database of an engine, created by `make` if there is none."""
        if engine not in self._of_engine:
            self._of_engine[engine] = make()
        return self._of_engine[engine]

    def find(self, url: str) -> SharedDatabase | None:
        """Return the shared database at a URL, or None."""
        return next((database for database in self._of_engine.values() if database.url == url), None)

    def give_up(self, database: SharedDatabase) -> None:
        """Make the next test get a new one."""
        database.close()
        self._of_engine = {engine: each for engine, each in self._of_engine.items() if each is not database}

    def close(self) -> None:
        """Give up all."""
        for database in list(self._of_engine.values()):
            self.give_up(database)


SHARED_DATABASES = SharedDatabases()
"""Those of this process."""
