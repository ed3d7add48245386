"""Backups from the command line with real workers, one of which is killed."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import requests

from tests.support.environment import CONTOSO, READONLY
from tests.support.network import poll_until
from tests.support.processes import Console, running_console

START = ("runs", "start", "backup.create", "--tenant", CONTOSO, "--json")


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Console]:
    """A migrated and seeded console on SQLite with a simulated tenant, without a worker."""
    with running_console(tmp_path) as console:
        console.start_simulator()
        console.prepare()
        yield console


def rows(console: Console, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(console.folder / "ops_admin.db")) as database:
        return database.execute(statement).fetchall()


def change_simulator(console: Console, latency: float) -> None:
    answer = requests.put(f"{console.simulator_url}/_sim/settings", json={"latency": latency}, timeout=5)
    assert answer.ok, answer.text


def test_the_command_line_starts_a_backup_with_the_documented_inputs(console: Console) -> None:
    console.start_worker()
    inputs = json.dumps({"name": "By hand", "all": True, "assignments": True})

    run = json.loads(console.run(*START, "--inputs", inputs, "--wait"))

    assert run["outcome"] == "succeeded"
    assert rows(console, "select name, status, failed_count from backup_sets") == [("By hand", "complete", 0)]
    assert rows(console, "select count(*) from backup_items where assignments is not null") != [(0,)]


def test_bad_inputs_and_a_reader_are_refused_by_the_command_line(console: Console) -> None:
    console.run(*START, "--inputs", "{}", expect=2)
    console.run(*START, "--inputs", '{"all": true, "policy_ids": [1]}', expect=2)
    console.run(*START, "--inputs", '{"all": true}', "--as", READONLY, expect=2)

    assert rows(console, "select count(*) from operation_runs") == [(0,)]


def test_a_killed_worker_leaves_what_it_had_captured_and_no_set_that_looks_whole(console: Console) -> None:
    change_simulator(console, latency=1.5)
    worker = console.start_worker()
    console.run(*START, "--inputs", '{"all": true, "name": "Cut short"}')
    captured = "select count(*) from backup_items"
    poll_until(lambda: rows(console, captured) != [(0,)], timeout=60, message="nothing was captured")

    worker.kill()

    ((status, content_hash, item_count),) = rows(console, "select status, content_hash, item_count from backup_sets")
    assert (status, content_hash) == ("capturing", None)
    assert rows(console, captured) == [(item_count,)]
