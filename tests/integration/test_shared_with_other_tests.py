"""What tests share is like new for each of them, or the test that spoilt it is reported."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from ops_admin.config import Settings
from ops_admin.infra.database import db
from tests.support.application import dispose, make_app, make_settings
from tests.support.factories import make_member, make_run, make_tenant
from tests.support.shared_applications import SharedApplication
from tests.support.shared_databases import SharedDatabase, SharedPostgres, SharedSqlite


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[SharedDatabase]:
    """A shared database that no other test knows."""
    of = request.getfixturevalue
    sqlite = request.param == "sqlite"
    found = (
        SharedSqlite(of("sqlite_template"))
        if sqlite
        else SharedPostgres(of("postgres_server"), of("postgres_template"))
    )
    yield found
    found.close()


@pytest.fixture
def settings(database: SharedDatabase, tmp_path: Path) -> Settings:
    return make_settings(tmp_path, database.url)


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    app = make_app(settings)
    yield app
    dispose(app)


@pytest.fixture
def shared(app: Flask) -> SharedApplication:
    return SharedApplication(app, give_up=lambda: None)


def count_rows(app: Flask) -> int:
    tables = [table for table in db.metadata.tables if table != "alembic_version"]
    with app.app_context(), db.engine.connect() as connection:
        return sum(connection.exec_driver_sql(f"select count(*) from {table}").scalar_one() for table in tables)


def test_no_row_stays_and_ids_start_at_one_again(app: Flask, database: SharedDatabase) -> None:
    for _ in "12":
        with app.app_context():
            tenant = make_tenant()
            make_member(tenant)
            run = make_run(tenant)
        assert (tenant.id, run.id) == (1, 1)
        assert count_rows(app) > 4
        assert database.tidy() == []
        assert count_rows(app) == 0


@pytest.mark.parametrize("change", ["create table more (id integer)", "drop index ix_operation_runs_tenant_created"])
def test_a_change_of_the_schema_is_told(app: Flask, database: SharedDatabase, change: str) -> None:
    with app.app_context(), db.engine.begin() as connection:
        connection.exec_driver_sql(change)
    assert "other tables, indexes or triggers" in database.tidy()[0]


def test_an_application_left_as_it_was_found_is_no_news(shared: SharedApplication, settings: Settings) -> None:
    app = shared.take(settings)
    assert app.test_client().get("/login").status_code == 200
    assert shared.tidy() == []


def test_a_changed_configuration_is_told_and_undone(shared: SharedApplication, settings: Settings) -> None:
    app = shared.take(settings)
    app.config["SECRET_KEY"] = "another"
    assert shared.tidy() == [
        "SECRET_KEY in the configuration of the application: 'a-key-for-tests' before, 'another' now"
    ]
    assert shared.take(settings).config["SECRET_KEY"] == "a-key-for-tests"


def test_what_the_application_remembers_of_its_data_is_forgotten(shared: SharedApplication, settings: Settings) -> None:
    before = dict(shared.take(settings).extensions)
    after = shared.take(settings).extensions
    ours = {name for name in after if name.startswith("ops_admin.")}
    # None of these caches rows. Add one that does to _MEMORIES.
    lasting = {"ops_admin.features", "ops_admin.realtime.reaper", "ops_admin.realtime.connection_limit"}
    assert {name for name in ours if after[name] is before[name]} == lasting


def test_another_route_is_told(shared: SharedApplication, settings: Settings) -> None:
    shared.take(settings).add_url_rule("/more", "more", lambda: "more")
    assert "routes of the application" in shared.tidy()[0]


def test_a_session_that_nobody_closed_is_told(shared: SharedApplication, settings: Settings) -> None:
    app = shared.take(settings)
    with app.app_context():
        connection = db.engine.connect()
        assert "a session that nobody closed" in shared.tidy()[0]
        connection.close()
