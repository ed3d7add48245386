"""What the application needs to work, one check each; they raise when it is not there."""

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app
from redis import Redis

from ops_admin.database import db, reachable
from ops_admin.extensions import huey

REDIS_SECONDS = 3


class NotMigrated(Exception):
    """The tables are not those of this version."""


def check_database() -> None:
    """Ask the database for one row; raises SQLAlchemyError."""
    reachable()


def check_migrated() -> None:
    """Compare the database with the newest migration; raises NotMigrated or SQLAlchemyError."""
    scripts = ScriptDirectory.from_config(current_app.extensions["migrate"].migrate.get_config())
    present = MigrationContext.configure(db.session.connection()).get_current_heads()
    if set(present) != set(scripts.get_heads()):
        raise NotMigrated("The database is not up to date: run `ops-admin db upgrade` first.")


def check_queue() -> int:
    """Return how many messages wait in the queue; raises what its storage raises."""
    return int(huey.storage.queue_size())


def check_redis(url: str) -> None:
    """Ask Redis for a sign of life; raises RedisError."""
    with Redis.from_url(url, socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS) as connection:
        connection.ping()
