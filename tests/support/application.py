"""The application in the test's own process: shared with other tests, or the test's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskCliRunner

from ops_admin.app import create_app
from ops_admin.auth import passwords
from ops_admin.config import Settings
from ops_admin.graph import traffic
from ops_admin.infra.database import db
from ops_admin.infra.extensions import huey
from ops_admin.runs.worker import reconciler
from tests.support.clients import ConsoleClient
from tests.support.environment import console_environment
from tests.support.leftovers import lend
from tests.support.shared_applications import SharedApplications
from tests.support.shared_databases import SHARED_DATABASES

_shared = SharedApplications()

# Their processes, sockets and threads may still write when the test is over.
_WITH_OWN_APPS = {"bench", "browser", "deployment", "faults", "integration", "realtime", "server"}


def pytest_configure(config: pytest.Config) -> None:
    """Register the mark."""
    config.addinivalue_line(
        "markers", "own_app: this test gets an application and a database of its own, because it changes more than rows"
    )


@pytest.fixture(autouse=True)
def _unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """What Graph refused in another test does not slow this one down, and Conditional Access need not be spared."""
    monkeypatch.setitem(traffic.SECONDS_BETWEEN, "access", 0.0)
    traffic.forget_traffic()


def has_own_app(item: pytest.Item) -> bool:
    """Whether the test is marked `own_app`, serves its application, or is in a folder where every test has its own."""
    is_marked = item.get_closest_marker("own_app") is not None
    return is_marked or "served" in getattr(item, "fixturenames", ()) or item.path.parent.name in _WITH_OWN_APPS


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
    """Settings for an empty, migrated database. A test that uses them runs on both engines.

    Override `database_url` with `sqlite_url` or `postgres_url` in a module that needs only one engine.
    """
    return make_settings(tmp_path, database_url)


@pytest.fixture
def app(request: pytest.FixtureRequest, settings: Settings) -> Iterator[Flask]:
    """The application, without a context (see `app_context`): one that other tests of this process use as well.

    Afterwards every row is deleted and ids start at 1 again, connections are closed, and the configuration, the
    limiter and what libraries keep for "the" application are restored (`SharedApplication`). A test that leaves
    anything else fails: routes, subscribers, registrations, environment, tables, sessions (`leftovers`).

    `has_own_app` says which tests get one of their own; so do those whose settings have Redis.
    """
    if SHARED_DATABASES.find(settings.database_url) and not settings.redis_url and not has_own_app(request.node):
        shared = _shared.get(settings, make_app)
        lend(request.node, shared)
        yield shared.take(settings)
        return
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
