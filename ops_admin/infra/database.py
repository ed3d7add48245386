"""Database access: short explicit transactions, with the same behaviour on SQLite and PostgreSQL.

Reads need only an application context: `db.session.execute(select(…))`. Writes must happen inside `transaction()`;
anything else is refused, so that no write can slip into the read snapshot of a page.
"""

import json
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from psycopg.errors import ReadOnlySqlTransaction
from sqlalchemy import (
    JSON,
    URL,
    BigInteger,
    ColumnElement,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Integer,
    MetaData,
    delete,
    event,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine.interfaces import DBAPIConnection, ExceptionContext
from sqlalchemy.exc import DisconnectionError, OperationalError
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, ORMExecuteState, Session
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection
from sqlalchemy.types import TypeDecorator

logger = logging.getLogger(__name__)

AfterCommit = Callable[[], None]
Executor = Session | Connection
"""Anything that executes statements."""

_OPEN = "ops_admin.transaction"
_RESTING_SINCE = "ops_admin.resting_since"
_SHORT_REST_SECONDS = 1
_IMMEDIATE = "ops_admin_immediate"
WRITING_LEVEL = "READ COMMITTED"
BUSY_TIMEOUT_SECONDS = 30
# A server that disappeared behind a firewall sends nothing, not even a refusal. With libpq's defaults its connections
# would wait for a quarter of an hour. Seconds, except for `tcp_user_timeout` (milliseconds).
_PATIENCE = {
    "connect_timeout": 5,
    "tcp_user_timeout": 20_000,
    "keepalives_idle": 20,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}

BigIntKey = BigInteger().with_variant(Integer, "sqlite")
# None is stored as SQL NULL, not as JSON null, so that missing values can be found with IS NULL.
JSONObject = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


class Base(DeclarativeBase):
    """Base of all tables. Constraints get predictable names, so that migrations can drop them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class UTCDateTime(TypeDecorator[datetime]):
    """A point in time in UTC, timezone-aware in Python on both engines.

    SQLite has no time zones and stores it naive.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert to UTC. Raises ValueError for a naive datetime, which could be in any zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a datetime without a time zone cannot be stored")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the stored value as an aware datetime in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def utcnow() -> datetime:
    """The current time, aware, in UTC."""
    return datetime.now(UTC)


class NotInTransaction(RuntimeError):
    """Something was written outside `transaction()`."""


class Database(SQLAlchemy):
    """Flask-SQLAlchemy with our rules for transactions."""

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A short write transaction. Commits at the end, rolls back on an exception.

        Nested use joins the outer transaction.
        """
        session = self.session()
        if _OPEN in session.info:
            yield session
            return
        callbacks: list[AfterCommit] = []
        session.info[_OPEN] = callbacks
        try:
            _begin_writing(session)
            yield session
            session.commit()
        except BaseException:
            session.rollback()
            raise
        finally:
            del session.info[_OPEN]
        _run_all(callbacks)

    @contextmanager
    def single_statement(self) -> Iterator[Executor]:
        """A context for writing exactly one statement, which PostgreSQL commits in one round trip instead of three.

        Inside `transaction()` it joins that transaction; on SQLite it is an ordinary transaction. Two statements need
        `transaction()`: here the first would persist if the second failed.
        """
        session = self.session()
        if _OPEN in session.info or self.engine.dialect.name == "sqlite":
            with self.transaction():
                yield session
            return
        callbacks: list[AfterCommit] = []
        session.info[_OPEN] = callbacks
        try:
            # The session's own connection, which may have read before: it commits each statement. A second one for
            # each thread would exhaust the pool under a burst of starts.
            yield session.connection()
        except BaseException:
            session.rollback()
            raise
        finally:
            del session.info[_OPEN]
        _run_all(callbacks)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """A part of the open transaction that an exception undoes on its own, together with its callbacks."""
        session = self.session()
        callbacks = session.info[_OPEN]
        known = len(callbacks)
        try:
            with session.begin_nested():
                yield
        except BaseException:
            del callbacks[known:]
            raise

    def after_commit(self, callback: AfterCommit) -> None:
        """Run `callback` once the open transaction has committed; drop it on rollback. Raises NotInTransaction."""
        callbacks = self.session().info.get(_OPEN)
        if callbacks is None:
            raise NotInTransaction("after_commit() needs an open transaction()")
        callbacks.append(callback)

    def in_transaction(self) -> bool:
        """Whether this thread's session is inside `transaction()`."""
        return _OPEN in self.session().info


def _begin_writing(session: Session) -> None:
    """End the session's read transaction and begin a write transaction.

    SQLite takes the write lock at once, because a read snapshot that turns into a writer fails with "database is
    locked", whatever the busy timeout. On PostgreSQL reads are in autocommit mode (`engine_options`), so the driver is
    switched here; it sends BEGIN with the first statement.
    """
    session.commit()
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    session.connection(execution_options={_IMMEDIATE: True} if is_sqlite else {"isolation_level": WRITING_LEVEL})


def _run_all(callbacks: list[AfterCommit]) -> None:
    # The change is committed. A callback that fails now must not make it look like a failed change.
    for callback in callbacks:
        try:
            callback()
        except Exception:
            logger.exception("after a commit, %s failed", _name_of(callback))


def _name_of(callback: AfterCommit) -> str:
    """Return the qualified name of the callback, or of the function that defines a lambda or closure."""
    function = callback.func if isinstance(callback, partial) else callback
    name = getattr(function, "__qualname__", type(function).__qualname__)
    return f"{getattr(function, '__module__', '')}.{name.partition('.<locals>')[0]}"


# Objects that a page has read stay loaded when a write transaction commits in between.
db = Database(model_class=Base, session_options={"expire_on_commit": False})
transaction = db.transaction
single_statement = db.single_statement
after_commit = db.after_commit


def _refuse_flush(session: Session, *_: Any) -> None:
    if _OPEN not in session.info and (session.new or session.dirty or session.deleted):
        raise NotInTransaction("write inside transaction()")


def _refuse_write(state: ORMExecuteState) -> None:
    if (state.is_insert or state.is_update or state.is_delete) and _OPEN not in state.session.info:
        raise NotInTransaction("write inside transaction()")


event.listen(db.session, "before_flush", _refuse_flush)
event.listen(db.session, "do_orm_execute", _refuse_write)


def engine_options(url: URL) -> dict[str, Any]:
    """Return the SQLAlchemy engine options for `url`.

    PostgreSQL answers each read statement from what is committed at that moment, with or without a transaction. Reads
    therefore use autocommit there, which saves two round trips (BEGIN and ROLLBACK) for every page and query.
    """
    is_postgres = url.get_backend_name() == "postgresql"
    isolation = {"isolation_level": "AUTOCOMMIT"} if is_postgres else {}
    return {"connect_args": patience(url), "json_serializer": json_text, **isolation}


class JSONText(str):
    """A JSON document as text, to be stored as it is: a large one takes a fifth of the memory of its objects."""

    __slots__ = ()


def json_text(value: object) -> JSONText:
    """Return the JSON text of a value as it is stored."""
    return value if isinstance(value, JSONText) else JSONText(json.dumps(value))


def patience(url: URL) -> dict[str, int]:
    """Return how long a connection waits for a silent server. Values given in `url` take precedence."""
    if url.get_backend_name() != "postgresql":
        return {}
    return {name: value for name, value in _PATIENCE.items() if name not in url.query}


def prepare_engine(engine: Engine) -> None:
    """Configure transactions and connection checks.

    SQLite begins its transactions where SQLAlchemy does, writers with the write lock held. A PostgreSQL connection that
    has been idle is tested before use, because the server may have been restarted; testing every time would cost a busy
    process one more round trip for each transaction.
    """
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite_connection)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "handle_error", _tell_apart, retval=True)
        event.listen(engine, "checkin", _note_rest)
        event.listen(engine, "checkout", _wake)


def _tell_apart(context: ExceptionContext) -> BaseException | None:
    """Treat a read-only server, as after a failover, as a lost connection: the connection is dropped."""
    if not isinstance(context.original_exception, ReadOnlySqlTransaction):
        return None
    context.is_disconnect = True
    return OperationalError(context.statement, context.parameters, context.original_exception)


def _note_rest(_: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
    record.info[_RESTING_SINCE] = time.monotonic()


def _wake(connection: DBAPIConnection, record: ConnectionPoolEntry, _: PoolProxiedConnection) -> None:
    if time.monotonic() - record.info.get(_RESTING_SINCE, time.monotonic()) < _SHORT_REST_SECONDS:
        return
    try:
        connection.cursor().execute("select 1")
        connection.rollback()
    except Exception as error:
        # The pool then tries the next connection, and finally opens a new one.
        raise DisconnectionError from error


def _prepare_sqlite_connection(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    # The driver's own BEGIN comes too late (before the first write) and is never IMMEDIATE.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_SECONDS * 1000}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def delete_some(key: InstrumentedAttribute[Any], condition: ColumnElement[bool], limit: int) -> int:
    """Delete at most `limit` rows that match `condition`, by their primary `key`. Returns how many.

    The rows are searched before the transaction begins, so a long search does not block other writers.
    """
    found = db.session.execute(select(key).where(condition).limit(limit)).scalars().all()
    if not found:
        return 0
    with transaction() as session:
        gone = delete(key.class_).where(key.in_(found), condition).returning(key)
        return len(session.execute(gone).all())


def _begin_sqlite(connection: Connection) -> None:
    immediate = connection.get_execution_options().get(_IMMEDIATE, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def reachable() -> bool:
    """Read one row from the database. Raises the driver's error if it does not answer."""
    return bool(db.session.execute(select(1)).scalar_one() == 1)
