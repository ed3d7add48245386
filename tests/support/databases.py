"""Fresh, migrated databases: one template per engine and session, copied for each test."""

import itertools
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.engines import PostgresServer
from tests.support.environment import OPS_ADMIN, console_environment

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
    migrate_database(f"sqlite:///{folder / 'template.db'}", folder)
    return folder / "template.db"


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a migrated PostgreSQL database to copy."""
    postgres_server.execute(f"create database {POSTGRES_TEMPLATE}")
    migrate_database(postgres_server.url(POSTGRES_TEMPLATE), tmp_path_factory.mktemp("postgres-template"))
    return POSTGRES_TEMPLATE


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The URL of a fresh, migrated SQLite database."""
    path = tmp_path / "ops_admin.db"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_url(postgres_server: PostgresServer, postgres_template: str) -> Iterator[str]:
    """The URL of a fresh, migrated PostgreSQL database."""
    yield from _temporary_database(postgres_server, f" template {postgres_template}")


@pytest.fixture
def empty_postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The URL of a PostgreSQL database without tables."""
    yield from _temporary_database(postgres_server)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a fresh, migrated database. The test runs once on each engine."""
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    return str(request.getfixturevalue(name))


def _temporary_database(server: PostgresServer, options: str = "") -> Iterator[str]:
    name = f"test_{os.getpid()}_{next(_numbers)}"
    server.execute(f"create database {name}{options}")
    yield server.url(name)
    server.execute(f"drop database {name} with (force)")
