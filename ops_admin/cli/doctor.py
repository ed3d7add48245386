"""`ops-admin doctor`: what is wrong with this installation, and what to do about it."""

import shlex
from collections.abc import Callable

import click
from flask import current_app
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from ops_admin.access.accounts import count_people
from ops_admin.access.queries import Tenant, visible_tenants
from ops_admin.access.rights import rights_of_system
from ops_admin.cli.context import with_app
from ops_admin.config import InvalidSetting, Settings
from ops_admin.credentials.choosing import settings_for
from ops_admin.credentials.expiry import WARN_WITHIN, Expiring, expiring_credentials
from ops_admin.credentials.labels import KINDS
from ops_admin.credentials.queries import current_by_tenant
from ops_admin.graph.errors import GraphError
from ops_admin.graph.settings import Limits
from ops_admin.graph.tokens import AppTokens
from ops_admin.health import checks, push_outages, schedule, workers
from ops_admin.health.queue_depth import look_at_queue
from ops_admin.infra.database import db, utcnow
from ops_admin.infra.file_storage import default_disk
from ops_admin.infra.file_storage.disks import DiskUnavailable

# A person waits at the terminal, so two attempts and a few seconds must do.
PATIENCE = Limits(connect_timeout=5, read_timeout=10, max_attempts=2, max_seconds=15)


_LONGEST_WAIT_SECONDS = 300
_LEAST_FREE_BYTES = 200 * 2**20


_SHORT_SECRET = 32


class Ailment(Exception):
    """A check that failed; the message says what to do."""


class Doubt(Exception):
    """Nothing fails, but something may be wrong; the message says what."""


@click.command()
@with_app
def doctor() -> None:
    """Check database, queue, Redis, workers and Graph credentials; exit status 1 when something is wrong."""
    settings: Settings = current_app.config["SETTINGS"]
    examination = Examination()
    examination.look_at("Database", _database, otherwise="cannot be reached")
    examination.look_at("Migrations", _migrations, otherwise="is not up to date")
    examination.look_at("Queue", _queue)
    examination.look_at("People", _people)
    examination.look_at("Workers", _workers)
    examination.look_at("Schedule", _schedule)
    examination.look_at("Disk", lambda: _disk(settings))
    examination.look_at("Data folder", lambda: _data_folder(settings))
    examination.look_at("Redis", lambda: _redis(settings))
    if settings.redis_url is not None:
        examination.look_at("Push", _push)
    examination.look_at("Secrets", lambda: _secrets(settings))
    examination.look_at("Retention", lambda: _retention(settings))
    examination.look_at("Microsoft Graph", lambda: _graph(settings))
    examination.look_at("Credentials", _credentials)
    raise SystemExit(0 if examination.is_well else 1)


class Examination:
    """Runs one check after the other; a problem with the database is reported once, and later checks refer to it."""

    def __init__(self) -> None:
        self.is_well = True
        self._database: str | None = None

    def look_at(self, name: str, look: Callable[[], str], otherwise: str | None = None) -> None:
        """Run a check and print its result; `otherwise` is what its failure means for the database."""
        try:
            _say("ok", "green", name, look())
        except Doubt as doubt:
            _say("??", "yellow", name, str(doubt))
        except Ailment as ailment:
            self._say_ill(name, str(ailment))
            self._database = self._database or otherwise
        except SQLAlchemyError as error:
            db.session.rollback()
            ails = self._database or f"cannot be read ({type(error).__name__})"
            self._say_ill(name, f"not known while the database {ails}")

    def _say_ill(self, name: str, text: str) -> None:
        self.is_well = False
        _say("!!", "red", name, text)


def _say(mark: str, colour: str, name: str, text: str) -> None:
    click.echo(f"{click.style(mark, fg=colour):>4}  {name}: {text}")


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
    return "up to date"


def _queue() -> str:
    queue = look_at_queue()
    if queue.oldest_seconds > _LONGEST_WAIT_SECONDS:
        minutes = round(queue.oldest_seconds / 60)
        raise Ailment(
            f"{queue.depth} waiting, one of them for {minutes} min: the workers cannot keep up or are busy with long "
            "operations; start another `ops-admin worker` or set OPS_ADMIN_WORKERS higher"
        )
    return f"{queue.depth} waiting"


def _people() -> str:
    people = count_people()
    if not people:
        raise Ailment(
            "nobody can sign in yet: `ops-admin workspace add`, `ops-admin tenant add` and `ops-admin user add` let "
            "the first owner in"
        )
    return f"{people} can sign in"


def _workers() -> str:
    alive = workers.count_alive()
    if not alive:
        raise Ailment("none is alive: start `ops-admin serve` or `ops-admin worker`; what is queued waits until then")
    return f"{alive} alive"


def _schedule() -> str:
    at = schedule.last_tick()
    if at is None or utcnow() - at > schedule.LATE_AFTER:
        since = "yet" if at is None else f"since {at:%Y-%m-%d %H:%M} UTC"
        raise Ailment(
            f"nothing scheduled was done {since}: it is done by workers within two minutes of their start, unless all "
            "their threads are busy; stalled runs are not repaired until then (or by `ops-admin reconcile`)"
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


def _data_folder(settings: Settings) -> str:
    if not checks.is_data_dir_private():
        raise Doubt(
            f"every account of this machine can look into {settings.data_dir}, where password hashes, policies and "
            f"keys may lie: `chmod -R o= {shlex.quote(str(settings.data_dir))}`, unless that is wanted"
        )
    return f"other accounts of this machine cannot look into {settings.data_dir}"


def _redis(settings: Settings) -> str:
    if settings.redis_url is None:
        return "not used (one web process); set OPS_ADMIN_REDIS_URL for more than one"
    try:
        checks.check_redis(settings.redis_url)
    except (RedisError, ValueError) as error:
        raise Ailment(f"cannot be reached ({type(error).__name__}): check OPS_ADMIN_REDIS_URL") from error
    return "reachable"


def _push() -> str:
    unheard = push_outages.unheard_processes()
    if unheard:
        raise Doubt(
            f"{', '.join(unheard)} could not tell the others what happened: look from there whether Redis answers; "
            "until then pages say that they are partly live, and ask"
        )
    return "every process is heard by the others"


def _secrets(settings: Settings) -> str:
    named = {"OPS_ADMIN_SECRET_KEY": settings.secret_key, "OPS_ADMIN_METRICS_TOKEN": settings.metrics_token or ""}
    short = [name for name, secret in named.items() if 0 < len(secret) < _SHORT_SECRET]
    if short:
        raise Doubt(
            f"{' and '.join(short)} could be guessed: less than {_SHORT_SECRET} characters; take what "
            "python3 -c 'import secrets; print(secrets.token_urlsafe(48))' prints"
        )
    return "long enough"


def _retention(settings: Settings) -> str:
    if settings.retention_days is None:
        return "off: every run is kept; set OPS_ADMIN_RETENTION_DAYS to prune old ones"
    return f"runs are kept for {settings.retention_days} days after their end, longer where something refers to them"


def _graph(settings: Settings) -> str:
    tenants = visible_tenants(rights_of_system())
    own = current_by_tenant([tenant.id for tenant in tenants])
    if not settings.signs_in_with_microsoft and (not tenants or len(own) < len(tenants)):
        raise Ailment(
            "set OPS_ADMIN_GRAPH_CLIENT_ID, and OPS_ADMIN_GRAPH_CLIENT_CERTIFICATE or OPS_ADMIN_GRAPH_CLIENT_SECRET, "
            "to the app registration's (`ops-admin serve --demo` brings its own), or give every tenant its own by "
            "`ops-admin tenant credential set`"
        )
    if not tenants:
        raise Doubt("no tenant is there yet, so the credentials could not be tried: `ops-admin tenant add`")
    refused = [f"{tenant.display_name} ({code})" for tenant in tenants if (code := _token_refusal(tenant))]
    if refused:
        raise Ailment(
            f"no token for {', '.join(refused)}: check the credentials, the consent of the tenant's administrator, "
            f"and that {settings.login_url} can be reached"
        )
    return f"tokens for {len(tenants)} tenant(s)"


def _credentials() -> str:
    found = expiring_credentials(visible_tenants(rights_of_system()), utcnow())
    if not found:
        return f"none is known to expire within {WARN_WITHIN.days} days"
    text = "; ".join(_say_expiry(each) for each in found)
    if any(each.is_expired for each in found):
        raise Ailment(text)
    raise Doubt(text)


def _say_expiry(expiring: Expiring) -> str:
    whose = f"of {expiring.tenant.display_name}" if expiring.tenant else "of the installation"
    when = "expired" if expiring.is_expired else "expires"
    mend = (
        f"`ops-admin tenant credential set {expiring.tenant.external_id}`"
        if expiring.tenant
        else "OPS_ADMIN_GRAPH_CLIENT_CERTIFICATE"
        if expiring.kind == "certificate"
        else "OPS_ADMIN_GRAPH_CLIENT_SECRET and …_EXPIRES"
    )
    return (
        f"the {str(KINDS[expiring.kind]).lower()} {whose} {when} on {expiring.expires_at:%Y-%m-%d}: replace it ({mend})"
    )


def _token_refusal(tenant: Tenant) -> str | None:
    try:
        AppTokens(settings_for(tenant), tenant.external_id, PATIENCE).get()
    except GraphError as error:
        return error.code
    return None
