"""Runs the migrations on the database of the application; called by Flask-Migrate."""

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from flask import current_app
from sqlalchemy import JSON, text

from ops_admin.database import Base, UTCDateTime

# Huey's own tables stand in the same database, in no model of ours (migration 0003 makes them).
QUEUE_TABLES = {"kv", "schedule", "task", "counter", "huey_kv", "huey_schedule", "huey_task", "huey_counter"}
# Two processes that upgrade at once do it one after the other.
UPGRADE_LOCK = 7_361_990_215


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


def run_migrations() -> None:
    """Bring the database from its revision to the wanted one, in one transaction."""
    with current_app.extensions["migrate"].db.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            include_object=is_ours,
            render_item=render_type,
            **current_app.extensions["migrate"].configure_args,
        )
        with context.begin_transaction():
            if connection.dialect.name == "postgresql":
                connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": UPGRADE_LOCK})
            context.run_migrations()


run_migrations()
