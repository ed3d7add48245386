"""The installation's own certificate, a file that OPS_ADMIN_GRAPH_CLIENT_CERTIFICATE names (R75)."""

from datetime import datetime
from functools import lru_cache
from pathlib import Path

from flask import Flask

from ops_admin.config import InvalidSetting, Settings
from ops_admin.credentials.certificates import LARGEST_FILE, KeyPair, UnusableCertificate, read_key_pair
from ops_admin.credentials.labels import DEFECTS, PASSPHRASE_DEFECTS
from ops_admin.credentials.stated_dates import end_of

CERTIFICATE = "OPS_ADMIN_GRAPH_CLIENT_CERTIFICATE"


def bind(app: Flask) -> None:
    """Refuse to start with a certificate that cannot be used; raises InvalidSetting."""
    read_certificate(app.config["SETTINGS"])


def read_certificate(settings: Settings) -> KeyPair | None:
    """Return the installation's certificate, or None if it has none; raises InvalidSetting.

    A file that was replaced is read again, so that renewing needs no restart. An expired certificate is returned as
    well: the console must still start and say so.
    """
    path = settings.graph_certificate
    if path is None:
        return None
    try:
        return _read(path, path.stat().st_mtime_ns, settings.graph_certificate_passphrase)
    except UnusableCertificate as error:
        name = f"{CERTIFICATE}_PASSPHRASE" if error.defect in PASSPHRASE_DEFECTS else CERTIFICATE
        raise InvalidSetting(f"{name}: {path}: {DEFECTS[error.defect]}") from error
    except OSError as error:
        raise InvalidSetting(f"{CERTIFICATE}: {path} cannot be read: {error.strerror or error}") from error


def expiry_of(settings: Settings) -> datetime | None:
    """Return when the installation's credential expires; None if that is unknown. Raises InvalidSetting."""
    pair = read_certificate(settings)
    if pair is not None:
        return pair.expires_at
    stated = settings.graph_secret_expires
    return end_of(stated) if stated and settings.graph_client_secret else None


@lru_cache(maxsize=2)
def _read(path: Path, _changed: int, passphrase: str | None) -> KeyPair:
    with path.open("rb") as file:
        return read_key_pair(file.read(LARGEST_FILE + 1), passphrase)
