"""What the application needs to work, one check each; they raise when it is not there."""

import shutil
import stat
import tempfile
from functools import cache

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app
from redis import Redis

from ops_admin.config import Settings
from ops_admin.infra.database import db, reachable
from ops_admin.infra.extensions import huey

REDIS_SECONDS = 3
PROBE_BYTES = 4096


class NotMigrated(Exception):
    """The tables are not those of this version."""


def check_database() -> None:
    """Ask the database for one row; raises SQLAlchemyError."""
    reachable()


def check_migrated() -> None:
    """Compare the database with the newest migration; raises NotMigrated or SQLAlchemyError."""
    present = MigrationContext.configure(db.session.connection()).get_current_heads()
    if set(present) != _wanted_heads(current_app.extensions["migrate"].directory):
        raise NotMigrated("The database is not up to date: run `ops-admin db upgrade` first.")


@cache
def _wanted_heads(_: str) -> frozenset[str]:
    """Read the migrations of this version, once: a probe comes every few seconds."""
    scripts = ScriptDirectory.from_config(current_app.extensions["migrate"].migrate.get_config())
    return frozenset(scripts.get_heads())


def check_data_dir() -> None:
    """Write to the data directory and take it away again; raises OSError when it is full or read-only."""
    settings: Settings = current_app.config["SETTINGS"]
    with tempfile.TemporaryFile(dir=settings.data_dir, prefix=".probe-") as probe:
        probe.write(b"0" * PROBE_BYTES)
        probe.flush()


def is_data_dir_private() -> bool:
    """Whether no account of the machine but its owner and its group can look into the data directory."""
    settings: Settings = current_app.config["SETTINGS"]
    return not settings.data_dir.stat().st_mode & stat.S_IRWXO


def free_bytes() -> int:
    """Return how many bytes this process may still write in the data directory."""
    settings: Settings = current_app.config["SETTINGS"]
    return shutil.disk_usage(settings.data_dir).free


def check_queue() -> int:
    """Return how many messages wait in the queue; raises what its storage raises."""
    return huey.count_waiting()


def check_redis(url: str) -> None:
    """Ask Redis for a sign of life; raises RedisError."""
    with Redis.from_url(url, socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS) as connection:
        connection.ping()
