"""The application in the test's own process, on a fresh database of each engine."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskCliRunner

from ops_admin.app import create_app
from ops_admin.auth import passwords
from ops_admin.config import Settings
from ops_admin.infra.database import db
from ops_admin.infra.extensions import huey
from ops_admin.runs.worker import reconciler
from tests.support.clients import ConsoleClient
from tests.support.environment import console_environment


def make_settings(data_dir: Path, database_url: str, **variables: str) -> Settings:
    """Settings from the tests' environment; `variables` are OPS_ADMIN_* names and values."""
    return Settings.from_env(console_environment(data_dir, **{"OPS_ADMIN_DATABASE_URL": database_url, **variables}))


def make_app(settings: Settings) -> Flask:
    """The real application, except that exceptions reach the test and clients are ConsoleClients."""
    app = create_app(settings)
    app.testing = True
    app.test_client_class = ConsoleClient
    return app


def dispose(app: Flask) -> None:
    """Close the application's database connections."""
    with app.app_context():
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()
    huey.storage.close()


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[None]:
    """Hash with Argon2id as usual, but with little memory and time: the tests sign in thousands of times."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        yield


@pytest.fixture(scope="session", autouse=True)
def hasty_housekeeping() -> Iterator[None]:
    """Skip the pause in which stalled runs may recover. The tests of clocks restore it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reconciler, "SECONDS_TO_SPEAK_UP", 0)
        yield


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings for a fresh, migrated database. A test that uses them runs on both engines.

    Override `database_url` with `sqlite_url` or `postgres_url` in a module that needs only one engine.
    """
    return make_settings(tmp_path, database_url)


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The application, without a context pushed; see `app_context`."""
    app = make_app(settings)
    yield app
    dispose(app)


@pytest.fixture
def app_context(app: Flask) -> Iterator[Flask]:
    """The application with its context pushed for the whole test."""
    with app.app_context():
        yield app


@pytest.fixture
def client(app: Flask) -> ConsoleClient:
    """A browser without JavaScript. Sends the CSRF token that a form would."""
    client = app.test_client()
    assert isinstance(client, ConsoleClient)
    return client


@pytest.fixture
def runner(app: Flask) -> FlaskCliRunner:
    """Runs click commands in the application."""
    return app.test_cli_runner()
