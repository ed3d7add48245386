"""Settings and application for a command; problems with them are one sentence and exit status 2."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

import click
from sqlalchemy.exc import OperationalError

from ops_admin.app import create_app
from ops_admin.config import InvalidSetting, Settings, make_private_folder
from ops_admin.credentials.installation import read_certificate
from ops_admin.health.checks import NotMigrated, check_migrated
from ops_admin.infra.database import db

P = ParamSpec("P")
R = TypeVar("R")


class Refusal(click.ClickException):
    """The request cannot be carried out: one sentence on standard error, exit status 2."""

    exit_code = 2


def read_settings() -> Settings:
    """Read the environment; an unusable variable or data folder ends the command."""
    try:
        settings = Settings.from_env()
        read_certificate(settings)
        make_private_folder(settings.data_dir)
    except InvalidSetting as error:
        raise Refusal(str(error)) from error
    except OSError as error:
        raise Refusal(f"OPS_ADMIN_DATA_DIR cannot be used: {error.filename}: {error.strerror}") from error
    return settings


@contextmanager
def database_needed() -> Iterator[None]:
    """End the command with one sentence if the database cannot be reached or is not up to date."""
    try:
        yield
    except NotMigrated as error:
        raise Refusal(str(error)) from error
    except OperationalError as error:
        raise Refusal(f"The database cannot be used: {str(error.orig).strip()} (see OPS_ADMIN_DATABASE_URL)") from error


@contextmanager
def _closing_connections() -> Iterator[None]:
    """Close the connections, so that SQLite leaves one complete file, in whatever order Python cleans up."""
    try:
        yield
    finally:
        db.session.remove()
        db.engine.dispose()


def with_app(command: Callable[P, R]) -> Callable[P, R]:
    """Run a command in the application context, whatever the state of the database."""

    @wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        with create_app(read_settings()).app_context(), _closing_connections():
            return command(*args, **kwargs)

    return wrapped


def with_ledger(command: Callable[P, R]) -> Callable[P, R]:
    """Run a command in the application context, with a database that is up to date."""

    @wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        with database_needed():
            check_migrated()
            return command(*args, **kwargs)

    return with_app(wrapped)
