"""What only one package may do: write the ledger, emit to browsers (R3, R24)."""

import ast
import re

import pytest

from tests.support.sources import Source, called_name, product_sources

WRITES_THE_LEDGER = re.compile(r"\b(insert\s+into|update|delete\s+from)\s+\"?operation_runs\b", re.IGNORECASE)
WRITING = {"insert", "update", "delete", "add", "add_all", "merge", "bulk_save_objects"}

SOURCES = product_sources()
MAY_HOLD_THE_SOCKET_SERVER = {"app", "infra", "realtime", "server"}


def test_no_text_of_sql_writes_the_ledger() -> None:
    assert not [source.name for source in SOURCES if any(map(WRITES_THE_LEDGER.search, source.strings()))]


def test_text_of_sql_that_writes_the_ledger_is_recognised() -> None:
    assert WRITES_THE_LEDGER.search("UPDATE operation_runs SET status = 'completed'")


@pytest.mark.parametrize("name", ["runs/queries.py", "runs/old_run_queries.py"])
def test_the_readers_of_the_ledger_write_nothing(name: str) -> None:
    [reader] = [source for source in SOURCES if source.name == name]
    assert not {called_name(call) for call in reader.calls()} & WRITING


def test_only_realtime_emits() -> None:
    emitting = {source.package for source in SOURCES if any(called_name(call) == "emit" for call in source.calls())}
    assert emitting == {"realtime"}


def test_only_realtime_and_the_entry_points_take_the_socket_server() -> None:
    holders = {source.package for source in SOURCES if "socketio" in imported_names(source)}
    assert holders <= MAY_HOLD_THE_SOCKET_SERVER


def imported_names(source: Source) -> set[str]:
    imports = [node for node in ast.walk(source.tree) if isinstance(node, ast.ImportFrom)]
    return {alias.name for node in imports for alias in node.names}
