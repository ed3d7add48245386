"""The demo users' password: configured, or generated once and stored in the data directory."""

import os
import secrets

from ops_admin.config import Settings, make_private_folder

_FILE = "demo-password"


def find_demo_password(settings: Settings) -> str | None:
    """Return the configured password, or the one that was generated earlier."""
    path = settings.data_dir / _FILE
    return settings.demo_password or (path.read_text().strip() if path.exists() else None)


def make_demo_password(settings: Settings) -> str:
    """Generate a password and store it, readable by the own system user only, so that later starts can print it."""
    password = secrets.token_urlsafe(12)
    make_private_folder(settings.data_dir)
    path = settings.data_dir / _FILE
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(password + "\n")
    return password
