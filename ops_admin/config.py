"""Settings, read once from the environment (R50)."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from importlib.util import find_spec
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo
from redis.connection import parse_url
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

PUBLIC_GRAPH_URL = "https://graph.microsoft.com"
PUBLIC_LOGIN_URL = "https://login.microsoftonline.com"
GRAPH_PACINGS = ("when-refused", "always")
MOST_GRAPH_PARALLEL = 64
LOG_FORMATS = ("text", "json")
MOST_RETENTION_DAYS = 36_500
MOST_WORKERS = 1000
MOST_PROXIES = 100
MOST_PORT = 65535
_CERTIFICATE = "OPS_ADMIN_GRAPH_CLIENT_CERTIFICATE"
_PASSPHRASE = "OPS_ADMIN_GRAPH_CLIENT_CERTIFICATE_PASSPHRASE"  # noqa: S105  # nosec  # a variable's name
_PASSPHRASE_FILE = "OPS_ADMIN_GRAPH_CLIENT_CERTIFICATE_PASSPHRASE_FILE"  # noqa: S105  # nosec  # a variable's name
# The placeholder for secrets in deploy/environment.example, which is public.
PLACEHOLDER = "change-me"
_IN_A_PASSWORD = "what is neither letter nor digit in a password is written as %2F, %40, …"  # noqa: S105  # nosec  # advice
_DATABASES = ("sqlite", "sqlite+pysqlite", "postgresql+psycopg")


class InvalidSetting(ValueError):
    """An environment variable has an unusable value."""


@dataclass(frozen=True)
class Settings:
    """Everything that differs between two installations.

    `graph_url` and `login_url` are origins without a version path; `redis_url` None means one process (R50);
    `disk_url` None keeps files in a folder of `data_dir` (see infra/file_storage). `metrics_token` None answers no
    metrics; `metrics_listen` is where a worker, which serves no pages, answers with its own.
    """

    data_dir: Path
    # Secrets, and what may hold one (a URL with a password), are in no repr, because tracebacks show those (R39).
    database_url: str = field(repr=False)
    secret_key: str = field(repr=False)
    redis_url: str | None = field(default=None, repr=False)
    graph_url: str = PUBLIC_GRAPH_URL
    login_url: str = PUBLIC_LOGIN_URL
    graph_client_id: str | None = None
    graph_client_secret: str | None = field(default=None, repr=False)
    graph_secret_expires: date | None = None
    graph_certificate: Path | None = None
    graph_certificate_passphrase: str | None = field(default=None, repr=False)
    graph_parallel: int = 8
    graph_requests: int = 1000
    graph_pacing: str = "when-refused"
    demo_password: str | None = field(default=None, repr=False)
    trusted_proxies: int = 0
    workers: int = 4
    retention_days: int | None = None
    disk_url: str | None = None
    disk_access_key: str | None = None
    disk_secret_key: str | None = field(default=None, repr=False)
    log_format: str = "text"
    metrics_token: str | None = field(default=None, repr=False)
    metrics_listen: tuple[str, int] | None = None

    @property
    def signs_in_with_microsoft(self) -> bool:
        """Whether the installation has an application that people can sign in with."""
        return bool(self.graph_client_id and (self.graph_client_secret or self.graph_certificate))

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> "Settings":
        """Read the `OPS_ADMIN_*` variables; raises InvalidSetting, which names the wrong variable."""
        data_dir = Path(environ.get("OPS_ADMIN_DATA_DIR") or "./var").resolve()
        return cls(
            data_dir=data_dir,
            database_url=_database_url(environ.get("OPS_ADMIN_DATABASE_URL"), data_dir),
            secret_key=_secret(environ, "OPS_ADMIN_SECRET_KEY") or _generated_secret_key(data_dir),
            redis_url=_redis_url(environ.get("OPS_ADMIN_REDIS_URL")),
            graph_url=_origin(environ, "OPS_ADMIN_GRAPH_URL", PUBLIC_GRAPH_URL),
            login_url=_origin(environ, "OPS_ADMIN_LOGIN_URL", PUBLIC_LOGIN_URL),
            graph_client_id=environ.get("OPS_ADMIN_GRAPH_CLIENT_ID") or None,
            graph_client_secret=environ.get("OPS_ADMIN_GRAPH_CLIENT_SECRET") or None,
            graph_secret_expires=_date(environ, "OPS_ADMIN_GRAPH_CLIENT_SECRET_EXPIRES"),
            graph_certificate=_graph_certificate(environ),
            graph_certificate_passphrase=_graph_certificate_passphrase(environ),
            graph_parallel=_number(environ, "OPS_ADMIN_GRAPH_PARALLEL", 8, least=1, most=MOST_GRAPH_PARALLEL),
            graph_requests=_number(environ, "OPS_ADMIN_GRAPH_REQUESTS", 1000, least=20, most=1_000_000),
            graph_pacing=_one_of(environ, "OPS_ADMIN_GRAPH_PACING", GRAPH_PACINGS),
            demo_password=environ.get("OPS_ADMIN_DEMO_PASSWORD") or None,
            trusted_proxies=_number(environ, "OPS_ADMIN_TRUSTED_PROXIES", 0, least=0, most=MOST_PROXIES),
            workers=_number(environ, "OPS_ADMIN_WORKERS", 4, least=1, most=MOST_WORKERS),
            retention_days=_days(environ, "OPS_ADMIN_RETENTION_DAYS"),
            disk_url=_disk_url(environ.get("OPS_ADMIN_DISK_URL")),
            disk_access_key=environ.get("OPS_ADMIN_DISK_ACCESS_KEY") or None,
            disk_secret_key=environ.get("OPS_ADMIN_DISK_SECRET_KEY") or None,
            log_format=_one_of(environ, "OPS_ADMIN_LOG_FORMAT", LOG_FORMATS),
            metrics_token=_secret(environ, "OPS_ADMIN_METRICS_TOKEN"),
            metrics_listen=_address(environ, "OPS_ADMIN_METRICS_LISTEN"),
        )


def make_private_folder(path: Path) -> None:
    """Create a folder that no other system account can read; an existing one stays as it is.

    Somebody may have opened it to others on purpose; `ops-admin doctor` reports that.
    """
    path.mkdir(mode=0o700, parents=True, exist_ok=True)


def _database_url(configured: str | None, data_dir: Path) -> str:
    """Return the URL with the installed driver, for any common spelling of a PostgreSQL URL.

    No message here or below quotes a URL, because it may hold a password.
    """
    if not configured:
        return f"sqlite:///{data_dir / 'ops_admin.db'}"
    for prefix in ("postgresql://", "postgres://"):
        if configured.startswith(prefix):
            configured = "postgresql+psycopg://" + configured.removeprefix(prefix)
    if not _is_database(configured):
        raise InvalidSetting(
            "OPS_ADMIN_DATABASE_URL must be an address such as postgresql://user:password@host:5432/database or "
            f"sqlite:////path/to/file.db, with options that libpq knows ({_IN_A_PASSWORD})"
        )
    return configured


def _is_database(configured: str) -> bool:
    try:
        url = make_url(configured)
        if url.get_backend_name() == "postgresql":
            make_conninfo("", **{name: str(value) for name, value in url.query.items()})
    except (ArgumentError, ValueError, psycopg.ProgrammingError):
        return False
    # An in-memory database has one connection; neither the queue nor another thread would find anything there.
    is_kept = url.get_backend_name() != "sqlite" or url.database not in (None, "", ":memory:")
    return url.drivername in _DATABASES and is_kept and 0 <= (url.port or 0) <= MOST_PORT


def _redis_url(configured: str | None) -> str | None:
    if not configured:
        return None
    try:
        parse_url(configured)  # type: ignore[no-untyped-call]  # of the library
        # The library also accepts Unix sockets, but not every other user of this setting does.
        is_usable = configured.startswith(("redis://", "rediss://"))
    except ValueError:
        is_usable = False
    if not is_usable:
        raise InvalidSetting(
            "OPS_ADMIN_REDIS_URL must be an address such as redis://:password@host:6379/0, or begin with rediss:// for "
            f"TLS ({_IN_A_PASSWORD})"
        )
    return configured


def _secret(environ: Mapping[str, str], name: str) -> str | None:
    """Return a secret, or None if it is unset; messages never show it."""
    value = environ.get(name) or None
    # Some readers of environment files keep the quotes.
    if value is not None and value.strip("'") == PLACEHOLDER:
        raise InvalidSetting(
            f"{name} still holds the placeholder of the example: put a secret of your own there, such as "
            "python3 -c 'import secrets; print(secrets.token_urlsafe(48))' prints"
        )
    return value


def _graph_certificate(environ: Mapping[str, str]) -> Path | None:
    """Return the path of the application's certificate; `credentials.installation` reads the file."""
    value = environ.get(_CERTIFICATE)
    if value and environ.get("OPS_ADMIN_GRAPH_CLIENT_SECRET"):
        raise InvalidSetting(f"set either {_CERTIFICATE} or OPS_ADMIN_GRAPH_CLIENT_SECRET, not both")
    return Path(value).resolve() if value else None


def _graph_certificate_passphrase(environ: Mapping[str, str]) -> str | None:
    """Return the passphrase, given as it is or as the path of a file that holds it alone."""
    value, file = environ.get(_PASSPHRASE) or None, environ.get(_PASSPHRASE_FILE)
    if value and file:
        raise InvalidSetting(f"set either {_PASSPHRASE} or {_PASSPHRASE_FILE}, not both")
    if not file:
        return value
    try:
        return Path(file).read_text("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidSetting(f"{_PASSPHRASE_FILE} cannot be read: {file}: {type(error).__name__}") from error


def _date(environ: Mapping[str, str], name: str) -> date | None:
    value = environ.get(name, "")
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        raise InvalidSetting(f"{name} must be a date such as 2027-03-31, not {value[:40]!r}") from None


def _disk_url(configured: str | None) -> str | None:
    if configured and not configured.startswith("s3://"):
        raise InvalidSetting("OPS_ADMIN_DISK_URL must begin with s3:// (unset: a folder of the data directory)")
    if configured and find_spec("boto3") is None:
        raise InvalidSetting("OPS_ADMIN_DISK_URL needs a library that is not installed: install ops_admin[s3]")
    return configured or None


def _origin(environ: Mapping[str, str], name: str, default: str) -> str:
    value = (environ.get(name) or default).rstrip("/")
    if not value.startswith(("https://", "http://")):
        raise InvalidSetting(f"{name} must begin with https:// (or http:// for a simulated tenant)")
    return value


def _number(environ: Mapping[str, str], name: str, default: int, *, least: int, most: int) -> int:
    value = environ.get(name) or str(default)
    if not (value.isascii() and value.isdigit() and least <= int(value[:9]) <= most):
        raise InvalidSetting(f"{name} must be a whole number from {least} to {most}, not {value[:40]!r}")
    return int(value)


def _one_of(environ: Mapping[str, str], name: str, allowed: tuple[str, ...]) -> str:
    """Return one of the allowed words; the first if the variable is unset."""
    value = environ.get(name) or allowed[0]
    if value not in allowed:
        raise InvalidSetting(f"{name} must be one of {', '.join(allowed)}, not {value!r}")
    return value


def _address(environ: Mapping[str, str], name: str) -> tuple[str, int] | None:
    """Return host and port to listen on (`127.0.0.1:9101`, `[::1]:9101`)."""
    value = environ.get(name)
    if not value:
        return None
    host, _, port = value.rpartition(":")
    if not host or not (port.isascii() and port.isdigit()) or int(port[:9]) > MOST_PORT:
        raise InvalidSetting(f"{name} must be a host and a port such as 127.0.0.1:9101, not {value!r}")
    return host.strip("[]"), int(port)


def _days(environ: Mapping[str, str], name: str) -> int | None:
    value = environ.get(name)
    if not value:
        return None
    if not (value.isascii() and value.isdigit() and 1 <= int(value[:6]) <= MOST_RETENTION_DAYS):
        raise InvalidSetting(f"{name} must be a number of days from 1 to {MOST_RETENTION_DAYS}; unset, all is kept")
    return int(value)


def _generated_secret_key(data_dir: Path) -> str:
    """Return the key stored in the data directory, generated by the first process that needs it.

    It is written to a draft and then linked into place. So readers see a whole key or none, and if two processes start
    at once, one wins and both use its key.
    """
    path = data_dir / "secret-key"
    if not path.exists():
        make_private_folder(data_dir)
        draft = data_dir / f".secret-key-{secrets.token_hex(8)}"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()
