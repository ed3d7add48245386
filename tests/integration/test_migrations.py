"""The migrations create exactly the tables of the models, on both engines, and can be reverted."""

from collections.abc import Iterator
from pathlib import Path

import flask_migrate
import pytest
from flask import Flask
from sqlalchemy import inspect

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


def table_names() -> set[str]:
    db.session.rollback()
    return set(inspect(db.engine).get_table_names())
