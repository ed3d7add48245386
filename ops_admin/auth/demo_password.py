"""The demo users' password: as configured, or made once and kept in the data directory."""

import os
import secrets
from pathlib import Path

from ops_admin.config import Settings, make_private_folder

_FILE = "demo-password"


def find_demo_password(settings: Settings) -> str | None:
    """Return the password configured, or the one made earlier."""
    path = settings.data_dir / _FILE
    return settings.demo_password or (path.read_text().strip() if path.exists() else None)


def make_demo_password(settings: Settings) -> str:
    """Make a password and keep it, readable by this user of the machine only, for the next start to print."""
    password = secrets.token_urlsafe(12)
    make_private_folder(settings.data_dir)
    _write_privately(settings.data_dir / _FILE, password)
    return password


def _write_privately(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text + "\n")
