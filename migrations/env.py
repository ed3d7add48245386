"""Runs the migrations on the application's database. Called by Flask-Migrate."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from flask import current_app
from sqlalchemy import JSON, Connection, text

from ops_admin.infra.database import WRITING_LEVEL, Base, UTCDateTime
from ops_admin.infra.migrating import LOCK_TIMEOUT

# Huey's own tables are in the same database but in none of our models (migration 0003 creates them).
QUEUE_TABLES = {"kv", "schedule", "task", "counter", "huey_kv", "huey_schedule", "huey_task", "huey_counter"}
# Serialises processes that upgrade at the same time.
UPGRADE_LOCK = 7_361_990_215
SECONDS_BETWEEN_TRIES = 0.5


def is_ours(thing: object, name: str | None, kind: str, reflected: bool, compare_to: object) -> bool:
    """Exclude the queue's tables when the database is compared with the models."""
    return not (kind == "table" and name in QUEUE_TABLES)


def render_type(kind: str, thing: object, autogenerate: AutogenContext) -> str | Literal[False]:
    """Render our column types as the plain types behind them, so that migrations do not change with our code."""
    if kind == "type" and isinstance(thing, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(thing, JSON):
        if not thing._variant_mapping:
            return "sa.JSON()"
        autogenerate.imports.add("from sqlalchemy.dialects import postgresql")
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False


@contextmanager
def alone(connection: Connection) -> Iterator[None]:
    """Keep other processes from upgrading at the same time.

    The second process polls for the lock instead of waiting in one statement. A waiting statement would hold a
    snapshot, and a concurrent index build waits for every snapshot to end.
    """
    if connection.dialect.name != "postgresql":
        yield
        return
    while not connection.execute(text("select pg_try_advisory_lock(:lock)"), {"lock": UPGRADE_LOCK}).scalar_one():
        connection.rollback()
        time.sleep(SECONDS_BETWEEN_TRIES)
    connection.execute(text(f"set lock_timeout = '{LOCK_TIMEOUT}'"))
    connection.commit()
    try:
        yield
    finally:
        connection.rollback()
        connection.execute(text("select pg_advisory_unlock(:lock)"), {"lock": UPGRADE_LOCK})
        connection.execute(text("reset lock_timeout"))
        connection.commit()


def run_migrations() -> None:
    """Migrate the database from its revision to the wanted one, each migration in its own transaction.

    No migration then holds its locks longer than it takes, and indexes can be built outside a transaction.
    """
    with current_app.extensions["migrate"].db.engine.connect() as connection:
        # The console's own read connections are in autocommit mode.
        if connection.dialect.name == "postgresql":
            connection.execution_options(isolation_level=WRITING_LEVEL)
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            include_object=is_ours,
            render_item=render_type,
            transaction_per_migration=True,
            **current_app.extensions["migrate"].configure_args,
        )
        with alone(connection), context.begin_transaction():
            context.run_migrations()


run_migrations()
