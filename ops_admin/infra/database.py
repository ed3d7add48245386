"""How the database is read and written: short explicit transactions, the same on SQLite and PostgreSQL.

Reading is free: `db.session.execute(select(…))` in an application context. Writing happens inside `transaction()` only;
anything else is refused here, so that no write can slip into the read snapshot of a page.
"""

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
"""Whatever executes a statement."""

_OPEN = "ops_admin.transaction"
_RESTING_SINCE = "ops_admin.resting_since"
_SHORT_REST_SECONDS = 1
_IMMEDIATE = "ops_admin_immediate"
WRITING_LEVEL = "READ COMMITTED"
BUSY_TIMEOUT_SECONDS = 30
# A server that vanished behind a firewall answers nothing, not even a refusal: by themselves its connections would wait
# for a quarter of an hour. Of libpq; the second in milliseconds.
_PATIENCE = {
    "connect_timeout": 5,
    "tcp_user_timeout": 20_000,
    "keepalives_idle": 20,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}

BigIntKey = BigInteger().with_variant(Integer, "sqlite")
# None is the database's NULL, not JSON's: "nothing known" must be found by IS NULL.
JSONObject = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


class Base(DeclarativeBase):
    """All tables; constraints get names, so that a migration can drop what it made."""

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
    """A moment in UTC, aware in Python on both engines; SQLite, which knows no zones, stores it naive."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive datetime: it could mean any zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a datetime without a time zone cannot be stored")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return every stored moment as aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def utcnow() -> datetime:
    """Now, aware, in UTC."""
    return datetime.now(UTC)


class NotInTransaction(RuntimeError):
    """Something was about to be written outside `transaction()`."""


class Database(SQLAlchemy):
    """Flask-SQLAlchemy with our transaction discipline."""

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """One short write transaction; commits at the end, rolls back on an exception.

        Nested use joins the outer one.
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
        """Where one statement is written: PostgreSQL commits it by itself, in one round trip instead of three.

        Inside `transaction()` it is part of that; on SQLite it is a transaction like any other. Two statements belong
        into `transaction()`: here the first would stay if the second failed.
        """
        session = self.session()
        if _OPEN in session.info or self.engine.dialect.name == "sqlite":
            with self.transaction():
                yield session
            return
        callbacks: list[AfterCommit] = []
        session.info[_OPEN] = callbacks
        try:
            with self.engine.connect() as connection:
                yield connection
        finally:
            del session.info[_OPEN]
        _run_all(callbacks)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """A part of the open transaction that an exception undoes alone, with its callbacks."""
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
        """Run `callback` once the open transaction is committed; forget it if that is rolled back."""
        callbacks = self.session().info.get(_OPEN)
        if callbacks is None:
            raise NotInTransaction("after_commit() needs an open transaction()")
        callbacks.append(callback)

    def in_transaction(self) -> bool:
        """Whether the session of this thread is inside `transaction()`."""
        return _OPEN in self.session().info


def _begin_writing(session: Session) -> None:
    """End the reading of the session, and begin a transaction of the engine.

    On SQLite it takes the write lock at once: a read snapshot that turns into a writer fails with "database is locked",
    whatever the busy timeout. On PostgreSQL reading commits by itself (`engine_options`), so here the driver has to be
    told otherwise; it sends its BEGIN with the first statement.
    """
    session.commit()
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    session.connection(execution_options={_IMMEDIATE: True} if is_sqlite else {"isolation_level": WRITING_LEVEL})


def _run_all(callbacks: list[AfterCommit]) -> None:
    # The change is committed: what fails now is a telling of it, and must not look like a failed change.
    for callback in callbacks:
        try:
            callback()
        except Exception:
            logger.exception("after a commit, %s failed", _name_of(callback))


def _name_of(callback: AfterCommit) -> str:
    """Return where to look: the function that is called, or the one in which a nameless one stands."""
    function = callback.func if isinstance(callback, partial) else callback
    name = getattr(function, "__qualname__", type(function).__qualname__)
    return f"{getattr(function, '__module__', '')}.{name.partition('.<locals>')[0]}"


# A page keeps the objects that it has read although a write transaction commits in between.
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
    """Return what SQLAlchemy is told about the engine at `url`.

    PostgreSQL answers each statement of a reader from what is committed at that moment, transaction or not. So reading
    commits by itself there, which saves a BEGIN and a ROLLBACK, two round trips, for each page and each look.
    """
    is_postgres = url.get_backend_name() == "postgresql"
    return {"connect_args": patience(url), **({"isolation_level": "AUTOCOMMIT"} if is_postgres else {})}


def patience(url: URL) -> dict[str, int]:
    """Return for how long a connection waits for a server that is silent; what `url` says itself holds."""
    if url.get_backend_name() != "postgresql":
        return {}
    return {name: value for name, value in _PATIENCE.items() if name not in url.query}


def prepare_engine(engine: Engine) -> None:
    """Make SQLite begin its transactions where SQLAlchemy does, writers with the write lock in hand.

    Of PostgreSQL's connections one that rested is asked whether it is alive before it is used: the server may have been
    restarted. In the stream of a busy process that would be a round trip more for every transaction.
    """
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite_connection)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "handle_error", _tell_apart, retval=True)
        event.listen(engine, "checkin", _note_rest)
        event.listen(engine, "checkout", _wake)


def _tell_apart(context: ExceptionContext) -> BaseException | None:
    """Take a server that lets nobody write, as after a failover, for one that is away: the connection is given up."""
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
        # The pool takes the next one then, and makes a new one in the end.
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
    """Delete at most `limit` rows that fulfil `condition`, by their primary `key`; returns how many.

    They are looked for before the transaction begins: a long search then holds no writer up.
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
    """Ask the database for one row; raises what the driver raises when it cannot answer."""
    return bool(db.session.execute(select(1)).scalar_one() == 1)
