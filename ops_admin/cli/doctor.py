"""`ops-admin doctor`: what is wrong with this installation, and what to do about it."""

from collections.abc import Callable

import click
from flask import current_app
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from ops_admin.access.queries import Tenant, visible_tenants
from ops_admin.access.rights import rights_of_system
from ops_admin.cli.context import with_app
from ops_admin.config import InvalidSetting, Settings
from ops_admin.database import utcnow
from ops_admin.disks import DiskUnavailable, default_disk
from ops_admin.graph.errors import GraphError
from ops_admin.graph.settings import GraphSettings, Limits
from ops_admin.graph.tokens import AppTokens
from ops_admin.health import checks, schedule, workers
from ops_admin.health.waiting import look_at_queue

# Somebody waits at the terminal: two tries and a few seconds are enough to tell.
_PATIENCE = Limits(connect_timeout=5, read_timeout=10, max_attempts=2, max_seconds=15)


_LONGEST_WAIT_SECONDS = 300
_LEAST_FREE_BYTES = 200 * 2**20


class Ailment(Exception):
    """A check that failed; the message says what to do."""


@click.command()
@with_app
def doctor() -> None:
    """Check database, queue, Redis, workers and Graph credentials; exit status 1 when something is wrong."""
    settings: Settings = current_app.config["SETTINGS"]
    well = True
    for name, look in (
        ("Database", _database),
        ("Migrations", _migrations),
        ("Queue", _queue),
        ("Workers", _workers),
        ("Schedule", _schedule),
        ("Disk", lambda: _disk(settings)),
        ("Redis", lambda: _redis(settings)),
        ("Retention", lambda: _retention(settings)),
        ("Microsoft Graph", lambda: _graph(settings)),
    ):
        well = _examine(name, look) and well
    raise SystemExit(0 if well else 1)


def _examine(name: str, look: Callable[[], str]) -> bool:
    try:
        click.echo(f"{click.style('ok', fg='green'):>4}  {name}: {look()}")
    except Ailment as ailment:
        click.echo(f"{click.style('!!', fg='red'):>4}  {name}: {ailment}")
        return False
    return True


def _database() -> str:
    try:
        checks.check_database()
    except SQLAlchemyError as error:
        raise Ailment(f"cannot be reached ({type(error).__name__}): check OPS_ADMIN_DATABASE_URL") from error
    return "reachable"


def _migrations() -> str:
    try:
        checks.check_migrated()
    except checks.NotMigrated as error:
        raise Ailment(str(error)) from error
    except SQLAlchemyError as error:
        raise Ailment("cannot be read while the database cannot") from error
    return "up to date"


def _queue() -> str:
    try:
        queue = look_at_queue()
    except Exception as error:  # each storage raises what its driver raises
        raise Ailment(f"cannot be read ({type(error).__name__}): run `ops-admin db upgrade`") from error
    if queue.oldest_seconds > _LONGEST_WAIT_SECONDS:
        minutes = round(queue.oldest_seconds / 60)
        raise Ailment(
            f"{queue.depth} waiting, one of them for {minutes} min: the workers cannot keep up or are busy with long "
            "operations; start another `ops-admin worker` or set OPS_ADMIN_WORKERS higher"
        )
    return f"{queue.depth} waiting"


def _workers() -> str:
    try:
        alive = workers.count_alive()
    except SQLAlchemyError as error:
        raise Ailment("cannot be asked for while the database is not up to date") from error
    if not alive:
        raise Ailment("none is alive: start `ops-admin serve` or `ops-admin worker`; what is queued waits until then")
    return f"{alive} alive"


def _schedule() -> str:
    try:
        at = schedule.last_tick()
    except SQLAlchemyError as error:
        raise Ailment("cannot be asked for while the database is not up to date") from error
    if at is None or utcnow() - at > schedule.LATE_AFTER:
        since = "yet" if at is None else f"since {at:%Y-%m-%d %H:%M} UTC"
        raise Ailment(
            f"nothing scheduled was done {since}: it is done by workers within two minutes of their start, unless all "
            "their threads are busy; lost runs are not repaired until then (or by `ops-admin reconcile`)"
        )
    return f"last done at {at:%H:%M:%S} UTC"


def _disk(settings: Settings) -> str:
    try:
        checks.check_data_dir()
    except OSError as error:
        raise Ailment(
            f"{settings.data_dir} cannot be written ({error.strerror or error}): free it, or see OPS_ADMIN_DATA_DIR"
        ) from error
    free = checks.free_bytes()
    if free < _LEAST_FREE_BYTES:
        raise Ailment(
            f"only {free // 2**20} MB are free in {settings.data_dir}: exports, review packs and SQLite need room there"
        )
    try:
        disk = default_disk(settings)
        disk.exists("doctor")
    except (DiskUnavailable, InvalidSetting) as error:
        raise Ailment(
            f"files cannot be reached ({type(error).__name__}): check OPS_ADMIN_DISK_URL and its key"
        ) from error
    return f"{free // 2**30} GB free; files are kept on disk {disk.name!r}"


def _redis(settings: Settings) -> str:
    if settings.redis_url is None:
        return "not used (one web process); set OPS_ADMIN_REDIS_URL for more than one"
    try:
        checks.check_redis(settings.redis_url)
    except (RedisError, ValueError) as error:
        raise Ailment(f"cannot be reached ({type(error).__name__}): check OPS_ADMIN_REDIS_URL") from error
    return "reachable"


def _retention(settings: Settings) -> str:
    if settings.retention_days is None:
        return "off: every run is kept; set OPS_ADMIN_RETENTION_DAYS to prune old ones"
    return f"runs are kept for {settings.retention_days} days after their end, longer where something refers to them"


def _graph(settings: Settings) -> str:
    if not (settings.graph_client_id and settings.graph_client_secret):
        raise Ailment(
            "set OPS_ADMIN_GRAPH_CLIENT_ID and OPS_ADMIN_GRAPH_CLIENT_SECRET to the app registration's "
            "(`ops-admin serve --demo` brings its own)"
        )
    try:
        tenants = visible_tenants(rights_of_system())
    except SQLAlchemyError as error:
        raise Ailment("the tenants cannot be read while the database is not up to date") from error
    refused = [f"{tenant.display_name} ({code})" for tenant in tenants if (code := _token_refusal(settings, tenant))]
    if refused:
        raise Ailment(
            f"no token for {', '.join(refused)}: check the credentials, the consent of the tenant's administrator, "
            f"and that {settings.login_url} can be reached"
        )
    return f"tokens for {len(tenants)} tenant(s)"


def _token_refusal(settings: Settings, tenant: Tenant) -> str | None:
    graph = GraphSettings(
        settings.graph_url, settings.login_url, settings.graph_client_id, settings.graph_client_secret
    )
    try:
        AppTokens(graph, tenant.external_id, _PATIENCE).get()
    except GraphError as error:
        return error.code
    return None
