"""Operations continue while a large ledger is upgraded: an index is built without blocking any writer (R50)."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import flask_migrate
import psycopg
import pytest
from flask import Flask

from ops_admin.infra.database import db
from tests.support.application import dispose, make_app, make_settings
from tests.support.environment import OPS_ADMIN, console_environment
from tests.support.lifelines import tied
from tests.support.network import poll_until

BEFORE_THE_INDEXES, BEHIND_THEM = "0012", "0014"
INVALID = "select count(*) from pg_index where not indisvalid"
LARGE = ("operation_runs", "policy_versions", "restore_runs")


@pytest.fixture
def app(tmp_path: Path, empty_postgres_url: str) -> Iterator[Flask]:
    """A console of an earlier version, on a database with a ledger."""
    app = make_app(make_settings(tmp_path, empty_postgres_url))
    with app.app_context():
        flask_migrate.upgrade(revision=BEFORE_THE_INDEXES)
    yield app
    dispose(app)


def connect(app: Flask) -> "psycopg.Connection[Any]":
    url = app.config["SETTINGS"].database_url.replace("+psycopg", "")
    return psycopg.connect(url, autocommit=True)


def upgrade(app: Flask, failures: list[BaseException], revision: str = BEHIND_THEM) -> None:
    try:
        with app.app_context():
            flask_migrate.upgrade(revision=revision)
    except BaseException as error:
        failures.append(error)
        raise


def write(connection: "psycopg.Connection[Any]", table: str) -> None:
    """Take the lock that any INSERT or UPDATE takes. Raises LockNotAvailable if it would have to wait."""
    with connection.transaction():
        connection.execute("set local lock_timeout = '2s'")
        connection.execute(f"lock table {table} in row exclusive mode")  # a constant


def test_writers_go_on_while_indexes_are_built(app: Flask) -> None:
    """An open transaction delays the build. A build that held a lock would delay everybody else."""
    failures: list[BaseException] = []
    migrating = threading.Thread(target=upgrade, args=(app, failures))
    with connect(app) as other, ExitStack() as stack:
        busy = {table: stack.enter_context(connect(app)) for table in LARGE}
        for table, connection in busy.items():
            connection.execute("begin")
            connection.execute(f"lock table {table} in row exclusive mode")
        migrating.start()
        for table, connection in busy.items():
            poll_until(partial(is_waited_for, other, connection), timeout=60, message=f"{table} was not built")
            write(other, table)
            connection.execute("commit")
        migrating.join(60)
    assert (failures, migrating.is_alive()) == ([], False)


def test_two_that_upgrade_at_once_do_it_one_after_the_other(app: Flask, tmp_path: Path) -> None:
    environment = console_environment(tmp_path, OPS_ADMIN_DATABASE_URL=app.config["SETTINGS"].database_url)
    both = [subprocess.Popen(tied([OPS_ADMIN, "db", "upgrade"]), env=environment) for _ in range(2)]
    assert [each.wait(60) for each in both] == [0, 0]


def test_a_build_that_was_interrupted_is_made_again(app: Flask) -> None:
    """PostgreSQL leaves an index of that name behind which is invalid."""
    with connect(app) as connection:
        connection.execute("create index ix_operation_runs_legacy on operation_runs (workspace_id, created_at)")
        broken = "update pg_index set indisvalid = false where indexrelid = 'ix_operation_runs_legacy'::regclass"
        connection.execute(broken)
        upgrade(app, [])
        assert connection.execute(INVALID).fetchone() == (0,)
    with app.app_context():
        flask_migrate.upgrade()
        flask_migrate.check()
        db.session.remove()


def is_waited_for(other: "psycopg.Connection[Any]", who: "psycopg.Connection[Any]") -> bool:
    waiting = "select count(*) from pg_stat_activity where %s = any(pg_blocking_pids(pid))"
    row = other.execute(waiting, [who.info.backend_pid]).fetchone()
    return row is not None and row[0] > 0
