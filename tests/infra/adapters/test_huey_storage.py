"""Messages join the ledger's transaction, Huey reads them as its own, and outages are survived, on both engines."""

import logging
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from huey.storage import BaseSqlStorage, BaseStorage, PostgresStorage, SqliteStorage

from ops_admin.infra.adapters import huey_storage
from ops_admin.infra.adapters.huey_storage import LedgerPostgresStorage, LedgerSqliteStorage
from ops_admin.infra.database import db, transaction
from ops_admin.infra.extensions import huey
from ops_admin.infra.outages import Outage
from tests.infra.adapters.promises import Adapter, Promise, check_each_is_missed

TAKES = "takes or gives a message by it"
ADAPTER = Adapter(
    "infra/adapters/huey_storage.py",
    "huey",
    (
        Promise(lambda: SqliteStorage, "enqueue", TAKES, ("self", "data", "priority")),
        Promise(lambda: PostgresStorage, "enqueue", TAKES, ("self", "data", "priority")),
        Promise(lambda: SqliteStorage, "add_to_schedule", TAKES, ("self", "data", "ts")),
        Promise(lambda: PostgresStorage, "add_to_schedule", TAKES, ("self", "data", "ts")),
        Promise(lambda: SqliteStorage, "dequeue", TAKES, ("self",)),
        Promise(lambda: PostgresStorage, "dequeue", TAKES, ("self",)),
        Promise(lambda: PostgresStorage, "_dequeue", "stops giving messages to workers that wait already", ("self",)),
        Promise(lambda: SqliteStorage, "read_schedule", TAKES, ("self", "ts")),
        Promise(lambda: PostgresStorage, "read_schedule", TAKES, ("self", "ts")),
        Promise(lambda: BaseStorage, "close", "closes the storage of another application", ("self",)),
        Promise(lambda: SqliteStorage, "_create_connection", "sets pragmas on a new connection", ("self",)),
        Promise(lambda: BaseSqlStorage, "begin_sql", "begins a transaction that does not wait for readers"),
    ),
)

both_engines = pytest.mark.usefixtures("app_context")
log = logging.getLogger("tests.huey_storage")


def test_the_installed_huey_keeps_what_the_adapter_relies_on() -> None:
    assert ADAPTER.broken() == []


def test_whatever_is_taken_away_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    check_each_is_missed(ADAPTER, monkeypatch)


def test_the_tables_and_the_channel_have_the_names_that_huey_gives_them() -> None:
    postgres = PostgresStorage("queue", create_tables=False)
    assert LedgerPostgresStorage.tasks == postgres.table_task, "look at PostgresStorage.__init__"
    assert LedgerPostgresStorage.scheduled == postgres.table_schedule, "look at PostgresStorage.__init__"
    assert postgres.channel
    assert f"exists {LedgerSqliteStorage.tasks} (" in SqliteStorage.table_task, "look at SqliteStorage.ddl"
    assert f"exists {LedgerSqliteStorage.scheduled} (" in SqliteStorage.table_sched, "look at SqliteStorage.ddl"


@both_engines
def test_a_message_is_there_once_the_transaction_is_committed() -> None:
    with transaction():
        huey.storage.enqueue(b"a message")
        assert taken_by_another_process() is None
    assert huey.storage.dequeue() == b"a message"


@both_engines
def test_a_message_is_gone_with_the_transaction() -> None:
    with pytest.raises(RuntimeError, match="power cut"), transaction():
        huey.storage.enqueue(b"a message")
        huey.storage.add_to_schedule(b"another", datetime.now(UTC))
        raise RuntimeError("power cut")
    assert huey.storage.queue_size() == huey.storage.schedule_size() == 0


@both_engines
@pytest.mark.parametrize("inside", [True, False])
def test_huey_reads_the_messages_in_its_own_order(inside: bool) -> None:
    write_all(
        inside,
        lambda: huey.storage.enqueue(b"second", 1),
        lambda: huey.storage.enqueue(b"first", 10),
        lambda: huey.storage.enqueue(b"third"),
    )
    assert [huey.storage.dequeue() for _ in range(4)] == [b"first", b"second", b"third", None]


@both_engines
@pytest.mark.parametrize("inside", [True, False])
def test_huey_gives_out_at_its_time_what_was_written_for_later(inside: bool) -> None:
    now = datetime.now(UTC)
    write_all(
        inside,
        lambda: huey.storage.add_to_schedule(b"now", now),
        lambda: huey.storage.add_to_schedule(b"later", now + timedelta(hours=1)),
    )
    assert huey.storage.read_schedule(now + timedelta(seconds=1)) == [b"now"]
    assert huey.storage.read_schedule(now + timedelta(hours=2)) == [b"later"]


@both_engines
def test_what_waits_can_be_asked_for() -> None:
    huey.storage.enqueue(b"waits")
    huey.storage.add_to_schedule(b"waits longer", datetime.now(UTC))
    assert data_of(huey.storage.waiting()) == [b"waits"]
    assert data_of(huey.storage.waiting_for_their_time()) == [b"waits longer"]


@both_engines
def test_a_queue_of_another_name_has_messages_of_its_own() -> None:
    huey.storage.enqueue(b"ours")
    huey.storage.name, ours = "another", huey.storage.name
    try:
        assert huey.storage.dequeue() is None
        assert data_of(huey.storage.waiting()) == []
    finally:
        huey.storage.name = ours


@both_engines
def test_a_closed_storage_gives_out_nothing() -> None:
    huey.storage.enqueue(b"a message")
    huey.close_intake()
    assert huey.storage.dequeue() is None
    huey.close_intake(False)
    assert huey.storage.dequeue() == b"a message"


def test_a_worker_that_waits_gets_nothing_once_it_is_closed(postgres_url: str) -> None:
    storage = postgres_storage(postgres_url.replace("+psycopg", ""))
    storage.enqueue(b"a message")
    storage.is_closed = True
    assert storage._dequeue() is None
    storage.is_closed = False
    assert storage._dequeue() == b"a message"
    storage.close()


def test_sqlite_waits_for_no_disk_and_no_reader(tmp_path: Path) -> None:
    storage = sqlite_storage(tmp_path / "queue.db")
    assert storage.conn.execute("PRAGMA synchronous").fetchone() == (1,)
    assert storage.conn.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    with storage.db(commit=True), sqlite3.connect(tmp_path / "queue.db", timeout=0) as reader:
        assert reader.execute("select count(*) from sqlite_master").fetchone() == (0,)
    storage.close()


def test_an_outage_is_survived_and_logged_once_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, log.name)
    monkeypatch.setattr(huey_storage, "SECONDS_WITHOUT_DATABASE", 0)
    path = tmp_path / "mounted" / "queue.db"
    storage = sqlite_storage(path)
    for _ in range(2):
        assert [storage.dequeue(), storage.dequeue(), storage.read_schedule(datetime.now(UTC))] == [None, None, []]
        path.parent.mkdir()
        make_tables(path)
        assert [storage.dequeue(), storage.dequeue()] == [None, None]
        storage.close()
        for each in path.parent.iterdir():
            each.unlink()
        path.parent.rmdir()
    assert [line.partition(":")[0] for line in caplog.messages] == ["away", "back"] * 2


def test_a_postgresql_that_refuses_is_an_outage(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise psycopg.OperationalError("connection refused")

    monkeypatch.setattr(huey_storage, "SECONDS_WITHOUT_DATABASE", 0)
    monkeypatch.setattr(psycopg, "connect", refuse)
    assert postgres_storage("").dequeue() is None
    assert caplog.messages == ["away: connection refused"]


def write_all(inside: bool, *writes: Callable[[], object]) -> None:
    """Write messages in one transaction, or each separately."""
    if not inside:
        for write in writes:
            write()
        return
    with transaction():
        for write in writes:
            write()


def taken_by_another_process() -> bytes | None:
    if isinstance(huey.storage, LedgerSqliteStorage):
        return None  # it would wait for the writer
    other = postgres_storage(huey.storage.dsn)
    other.blocking = False
    try:
        return other.dequeue()
    finally:
        other.close()


def data_of(query: Any) -> list[bytes]:
    return [bytes(row.data) for row in db.session.execute(query)]


def sqlite_storage(path: Path) -> LedgerSqliteStorage:
    outage = Outage(log, "away: %s", "back")
    return LedgerSqliteStorage("queue", lambda: None, outage, filename=str(path), busy_timeout=1)


def postgres_storage(dsn: str) -> LedgerPostgresStorage:
    outage = Outage(log, "away: %s", "back")
    return LedgerPostgresStorage(huey.name, lambda: None, outage, dsn=dsn, patience={})


def make_tables(path: Path) -> None:
    storage = SqliteStorage("queue", filename=str(path))
    storage.close()
