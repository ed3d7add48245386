"""Databases for tests: shared ones, emptied after each test, and fresh ones."""

import itertools
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import flask_migrate
import pytest

from tests.support.application import dispose, has_own_app, make_app, make_settings
from tests.support.engines import PostgresServer
from tests.support.environment import OPS_ADMIN, console_environment
from tests.support.leftovers import lend
from tests.support.shared_databases import SHARED_DATABASES, SharedDatabase, SharedPostgres, SharedSqlite

POSTGRES_TEMPLATE = "ops_admin_template"
_numbers = itertools.count(1)


def migrate_database(url: str, data_dir: Path) -> None:
    """Migrate the database at `url` as an administrator does, with `ops-admin db upgrade`."""
    done = subprocess.run(
        [OPS_ADMIN, "db", "upgrade"],
        env=console_environment(data_dir, OPS_ADMIN_DATABASE_URL=url),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"ops-admin db upgrade failed:\n{done.stdout}{done.stderr}"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    folder = tmp_path_factory.mktemp("sqlite-template")
    _migrate_here(f"sqlite:///{folder / 'template.db'}", folder)
    return folder / "template.db"


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a migrated PostgreSQL database to copy."""
    postgres_server.execute(f"create database {POSTGRES_TEMPLATE}")
    _migrate_here(postgres_server.url(POSTGRES_TEMPLATE), tmp_path_factory.mktemp("postgres-template"))
    return POSTGRES_TEMPLATE


@pytest.fixture
def fresh_sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The URL of a migrated SQLite database for this test only."""
    path = tmp_path / "ops_admin.db"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def fresh_postgres_url(postgres_server: PostgresServer, postgres_template: str) -> Iterator[str]:
    """The URL of a migrated PostgreSQL database for this test only."""
    yield from _temporary_database(postgres_server, f" template {postgres_template}")


@pytest.fixture
def empty_postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The URL of a PostgreSQL database without tables."""
    yield from _temporary_database(postgres_server)


@pytest.fixture
def sqlite_url(request: pytest.FixtureRequest) -> str:
    """The URL of a migrated SQLite database without rows. Shared, unless `has_own_app`."""
    if has_own_app(request.node):
        return str(request.getfixturevalue("fresh_sqlite_url"))
    template = request.getfixturevalue("sqlite_template")
    return _lend(request, SHARED_DATABASES.get("sqlite", lambda: SharedSqlite(template)))


@pytest.fixture
def postgres_url(request: pytest.FixtureRequest) -> str:
    """The URL of a migrated PostgreSQL database without rows. Shared, unless `has_own_app`."""
    if has_own_app(request.node):
        return str(request.getfixturevalue("fresh_postgres_url"))
    server, template = request.getfixturevalue("postgres_server"), request.getfixturevalue("postgres_template")
    return _lend(request, SHARED_DATABASES.get("postgresql", lambda: SharedPostgres(server, template)))


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a migrated database without rows. The test runs once on each engine."""
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    return str(request.getfixturevalue(name))


def pytest_unconfigure() -> None:
    """Close the connections to shared databases."""
    SHARED_DATABASES.close()


def _lend(request: pytest.FixtureRequest, database: SharedDatabase) -> str:
    lend(request.node, database)
    return database.url


def _migrate_here(url: str, folder: Path) -> None:
    app = make_app(make_settings(folder, url))
    with app.app_context():
        flask_migrate.upgrade()
    dispose(app)


def _temporary_database(server: PostgresServer, options: str = "") -> Iterator[str]:
    name = f"test_{os.getpid()}_{next(_numbers)}"
    server.execute(f"create database {name}{options}")
    yield server.url(name)
    server.execute(f"drop database {name} with (force)")
