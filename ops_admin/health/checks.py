"""Checks of what the application needs; each raises if it is missing."""

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
    """The tables do not match this version."""


def check_database() -> None:
    """Read one row from the database; raises SQLAlchemyError."""
    reachable()


def check_migrated() -> None:
    """Compare the database with the newest migration; raises NotMigrated or SQLAlchemyError."""
    present = MigrationContext.configure(db.session.connection()).get_current_heads()
    if set(present) != _expected_heads(current_app.extensions["migrate"].directory):
        raise NotMigrated("The database is not up to date: run `ops-admin db upgrade` first.")


@cache
def _expected_heads(_: str) -> frozenset[str]:
    """Read the migrations of this version once: probes come every few seconds."""
    scripts = ScriptDirectory.from_config(current_app.extensions["migrate"].migrate.get_config())
    return frozenset(scripts.get_heads())


def check_data_dir() -> None:
    """Write a temporary file to the data directory; raises OSError if it is full or read-only."""
    settings: Settings = current_app.config["SETTINGS"]
    with tempfile.TemporaryFile(dir=settings.data_dir, prefix=".probe-") as probe:
        probe.write(b"0" * PROBE_BYTES)
        probe.flush()


def is_data_dir_private() -> bool:
    """Whether only the owner and group of the data directory can read it."""
    settings: Settings = current_app.config["SETTINGS"]
    return not settings.data_dir.stat().st_mode & stat.S_IRWXO


def free_bytes() -> int:
    """Return how many bytes are free in the data directory."""
    settings: Settings = current_app.config["SETTINGS"]
    return shutil.disk_usage(settings.data_dir).free


def check_queue() -> int:
    """Return how many messages wait in the queue; raises what its storage raises."""
    return huey.count_waiting()


def check_redis(url: str) -> None:
    """Ping Redis; raises RedisError."""
    with Redis.from_url(url, socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS) as connection:
        connection.ping()
