"""The migrations create exactly the tables of the models, on both engines, and can be reverted."""

from collections.abc import Iterator
from pathlib import Path

import flask_migrate
import pytest
from flask import Flask
from sqlalchemy import inspect
from sqlalchemy.exc import IntegrityError

from ops_admin.infra.database import db
from tests.support.application import dispose, make_app, make_settings

# Huey's tables are in the same database, but in none of our models.
BOOKKEEPING = {"alembic_version"}


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """The application on a database without tables, its context pushed."""
    url = f"sqlite:///{tmp_path / 'empty.db'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("empty_postgres_url")
    app = make_app(make_settings(tmp_path, url))
    with app.app_context():
        yield app
    dispose(app)


def test_the_migrated_database_equals_the_models(empty_app: Flask) -> None:
    flask_migrate.upgrade()
    flask_migrate.check()


def test_every_migration_can_be_taken_back_and_made_again(empty_app: Flask) -> None:
    flask_migrate.upgrade()
    tables = table_names()
    flask_migrate.downgrade(revision="base")
    assert table_names() <= BOOKKEEPING
    flask_migrate.upgrade()
    assert table_names() == tables


BEFORE_LEGACY_RUNS, WITH_LEGACY_RUNS = "0022", "0023"
REFUSED = [("done", "ok", False), ("queued", "failed", False), ("running", "pending", True)]


def test_a_ledger_that_is_there_takes_runs_of_earlier_systems_and_loses_nothing(empty_app: Flask) -> None:
    flask_migrate.upgrade(revision=BEFORE_LEGACY_RUNS)
    write(
        f"insert into workspaces (id, name, slug, created_at) values (1, 'Acme', 'acme', '{MOMENT}')",
        run_of("completed", "succeeded"),
        "insert into operation_run_transitions (operation_run_id, to_status, outcome, at, actor)"
        f" select id, status, outcome, '{MOMENT}', 'Ada' from operation_runs",
    )
    flask_migrate.upgrade(revision=WITH_LEGACY_RUNS)
    write(run_of("done", "ok", True))
    assert read() == [("completed", "succeeded", "Ada"), ("done", "ok", None)]
    for status, outcome, is_legacy in REFUSED:
        with pytest.raises(IntegrityError, match="status_outcome"):
            write(run_of(status, outcome, is_legacy))

    flask_migrate.downgrade(revision=BEFORE_LEGACY_RUNS)
    assert read() == [("completed", "succeeded", "Ada"), ("done", "ok", None)]
    with pytest.raises(IntegrityError, match="status_outcome"):
        write(run_of("done", "ok"))
    flask_migrate.upgrade(revision=WITH_LEGACY_RUNS)
    assert read("run.status, run.is_legacy") == [("completed", False), ("done", True)]


MOMENT = "2026-01-02 03:04:05"


def run_of(status: str, outcome: str, is_legacy: bool | None = None) -> str:
    """Return the statement that inserts a run; without the column that is not there yet, if `is_legacy` is None."""
    values = {
        "workspace_id": 1,
        "initiator_name": "Ada",
        "type": "inventory.sync",
        "run_identity_hash": "a",
        "status": status,
        "outcome": outcome,
        "created_at": MOMENT,
        "updated_at": MOMENT,
        **({} if is_legacy is None else {"is_legacy": is_legacy}),
    }
    return f"insert into operation_runs ({', '.join(values)}) values ({', '.join(map(repr, values.values()))})"


def write(*statements: str) -> None:
    with db.engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
        connection.commit()


def read(columns: str = "run.status, run.outcome, line.actor") -> list[tuple[object, ...]]:
    lines = "left join operation_run_transitions line on line.operation_run_id = run.id"
    query = f"select {columns} from operation_runs run {lines} order by run.id"
    with db.engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(query)]


def table_names() -> set[str]:
    db.session.rollback()
    return set(inspect(db.engine).get_table_names())
