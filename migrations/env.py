"""Runs the migrations on the database of the application; called by Flask-Migrate."""

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

# Huey's own tables stand in the same database, in no model of ours (migration 0003 makes them).
QUEUE_TABLES = {"kv", "schedule", "task", "counter", "huey_kv", "huey_schedule", "huey_task", "huey_counter"}
# Two processes that upgrade at once do it one after the other.
UPGRADE_LOCK = 7_361_990_215
SECONDS_BETWEEN_TRIES = 0.5


def is_ours(thing: object, name: str | None, kind: str, reflected: bool, compare_to: object) -> bool:
    """Leave the queue's tables out when the database is compared with the models."""
    return not (kind == "table" and name in QUEUE_TABLES)


def render_type(kind: str, thing: object, autogenerate: AutogenContext) -> str | Literal[False]:
    """Write our column types as the plain ones they stand for: a migration must not change with our code."""
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

    Who comes second asks again and again instead of waiting in one statement: that would hold a snapshot, for whose end
    an index that is built without locks has to wait.
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
    """Bring the database from its revision to the wanted one, each migration in a transaction of its own.

    So none holds its locks longer than it takes, and an index can be built outside of any.
    """
    with current_app.extensions["migrate"].db.engine.connect() as connection:
        # The console's own connections commit by themselves where they only read.
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
