"""What only one place may do: write the ledger, write notifications, emit to browsers (R3, R24, R28)."""

import ast
from pathlib import Path

import pytest
from flask import Flask

from ops_admin.notifications import writer
from ops_admin.runs.events import after_commit, companions
from tests.support.sources import Source, called_name, plant, product_sources
from tests.support.tables import TABLES, held_tables, named_tables, owners, side_doors

WRITING = {"insert", "update", "delete", "add", "add_all", "merge", "bulk_save_objects"}

SOURCES = product_sources()
OWNERS = owners()
MAY_HOLD_THE_SOCKET_SERVER = {"app", "infra", "realtime", "server"}

# Modules that may use the tables with a single writer. The import contracts cover the tables' classes.
LEDGER_READERS = tuple(
    f"runs/{name}.py" for name in ("queries", "list_statements", "conditions", "claimable", "old_run_queries")
)
LEDGER_HOLDERS = {"runs/column_values.py", "runs/service.py", "runs/statements.py", *LEDGER_READERS}
NOTIFICATION_HOLDERS = {f"notifications/{name}.py" for name in ("writer", "queries", "reading", "retention")}
HOLDERS = {
    "operation_runs": LEDGER_HOLDERS,
    "operation_run_transitions": LEDGER_HOLDERS,
    "run_prunings": LEDGER_HOLDERS,
    "notifications": NOTIFICATION_HOLDERS,
}

# SQL as text: the queue's own tables, engine settings, and the conditions of partial indexes.
MAY_WRITE_SQL_AS_TEXT = {
    "infra/adapters/huey_storage.py": {"text", "literal_column", "table"},
    "infra/migrating.py": {"text", "TextClause", "table"},
    "infra/database.py": {"MetaData", "cursor", "exec_driver_sql"},
    "runs/models.py": {"text"},
    "intune/schedules/models.py": {"text"},
}

VIEW = "runs/web/views.py"
NAMES_A_TABLE = [
    (VIEW, 'update(metadata.tables["operation_runs"])'),
    (VIEW, 'update(Base.metadata.tables["operation_runs"])'),
    (VIEW, 'text("update operation_runs set status = 1")'),
    (VIEW, 'update(table("operation_runs"))'),
    (VIEW, 'metadata.tables["public.operation_runs"]'),
    (VIEW, 'NAME = "operation_runs"'),
    (VIEW, 'f"delete from operation_run_transitions where id = {1}"'),
    (VIEW, 'f"insert into notifications (title) values ({1})"'),
    (VIEW, 'metadata.tables["notifications"]'),
    (VIEW, 'Table("users", MetaData())'),
    ("runs/queries.py", 'execute("select * from operation_runs")'),
    ("notifications/queries.py", 'execute("DELETE FROM public.users")'),
    ("cli/reports.py", 'execute("select name from workspaces")'),
]
USES_A_SIDE_DOOR = [
    (VIEW, 'update(db.metadata.tables["operation" + "_runs"])', "metadata"),
    (VIEW, "from sqlalchemy import text as plain", "text"),
    (VIEW, "from sqlalchemy.sql import table", "table"),
    (VIEW, "from sqlalchemy import Table\nTable('operation' + '_runs', somewhere)", "Table"),
    (VIEW, "import sqlalchemy as sa", "sqlalchemy"),
    (VIEW, "db.session.connection().exec_driver_sql(sql)", "exec_driver_sql"),
    (VIEW, "db.engine.raw_connection()", "raw_connection"),
    ("cli/reports.py", "[each for each in Base.registry.mappers]", "registry"),
]
HOLDS_A_TABLE = [
    (VIEW, "from ops_admin.runs.models import DbOperationRun", "operation_runs"),
    (VIEW, "from ops_admin.runs.queries import DbOperationRun as Anything", "operation_runs"),
    (VIEW, "from ops_admin.runs.service import runs", "operation_runs"),
    (VIEW, "from ops_admin.runs import queries\nupdate(queries._transitions)", "operation_run_transitions"),
    (VIEW, "from ops_admin.runs import service as door\nupdate(door.runs)", "operation_runs"),
    ("notifications/views.py", "from ops_admin.notifications.models import DbNotification", "notifications"),
    (VIEW, "from ops_admin.notifications.queries import DbNotification", "notifications"),
    ("notifications/views.py", "from ops_admin.notifications import writer\nwriter._INSERT", "notifications"),
]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def test_every_table_has_one_owner() -> None:
    assert OWNERS.keys() == TABLES
    assert all(name.endswith("models.py") for name in OWNERS.values())


def test_only_its_owner_names_a_table_in_a_string() -> None:
    assert not {source.name: foreign for source in SOURCES if (foreign := tables_of_others(source))}


@pytest.mark.parametrize(("name", "violation"), NAMES_A_TABLE)
def test_a_table_named_in_a_string_is_noticed(tmp_path: Path, name: str, violation: str) -> None:
    assert tables_of_others(plant(tmp_path, name, violation))


@pytest.mark.parametrize("harmless", ['"users"', '"review_packs.view"', '"tenants.id"', '"Delete policies"'])
def test_what_only_looks_like_a_table_is_left_alone(tmp_path: Path, harmless: str) -> None:
    assert not tables_of_others(plant(tmp_path, VIEW, f"NAME = {harmless}"))


def test_only_the_database_s_own_modules_write_sql_as_text() -> None:
    assert {source.name: doors for source in SOURCES if (doors := side_doors(source))} == MAY_WRITE_SQL_AS_TEXT


@pytest.mark.parametrize(("name", "violation", "door"), USES_A_SIDE_DOOR)
def test_a_side_door_to_a_table_is_noticed(tmp_path: Path, name: str, violation: str, door: str) -> None:
    assert door in side_doors(plant(tmp_path, name, violation))


@pytest.mark.parametrize("table", sorted(HOLDERS))
def test_a_table_with_one_writer_is_held_by_few(table: str) -> None:
    holders = {source.name for source in SOURCES if table in held_tables(source)}
    assert holders
    assert holders <= HOLDERS[table]


@pytest.mark.parametrize(("name", "violation", "table"), HOLDS_A_TABLE)
def test_whoever_takes_such_a_table_from_another_module_is_noticed(
    tmp_path: Path, name: str, violation: str, table: str
) -> None:
    assert name not in HOLDERS[table]
    assert table in held_tables(plant(tmp_path, name, violation))


@pytest.mark.parametrize("name", LEDGER_READERS)
def test_the_readers_of_the_ledger_write_nothing(name: str) -> None:
    assert not calls_of(name) & WRITING


@pytest.mark.parametrize(
    ("name", "allowed"),
    [("queries", set()), ("reading", {"update"}), ("retention", set()), ("writer", {"insert"})],
)
def test_only_their_writer_inserts_notifications(name: str, allowed: set[str]) -> None:
    assert calls_of(f"notifications/{name}.py") & WRITING == allowed


def test_notifications_are_written_at_the_end_of_a_run_alone(app: Flask) -> None:
    assert writer.notification_for in companions.subscribers
    assert not [channel for channel in after_commit.values() if writer.notification_for in channel.subscribers]


def test_only_realtime_emits() -> None:
    emitting = {source.package for source in SOURCES if any(called_name(call) == "emit" for call in source.calls())}
    assert emitting == {"realtime"}


def test_only_realtime_and_the_entry_points_take_the_socket_server() -> None:
    holders = {source.package for source in SOURCES if "socketio" in imported_names(source)}
    assert holders <= MAY_HOLD_THE_SOCKET_SERVER


def tables_of_others(source: Source) -> set[str]:
    return {table for table in named_tables(source) if OWNERS[table] != source.name}


def calls_of(name: str) -> set[str]:
    [source] = [source for source in SOURCES if source.name == name]
    return {called_name(call) for call in source.calls()}


def imported_names(source: Source) -> set[str]:
    imports = [node for node in ast.walk(source.tree) if isinstance(node, ast.ImportFrom)]
    return {alias.name for node in imports for alias in node.names}
