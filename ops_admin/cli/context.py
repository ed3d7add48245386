"""Settings and application for a command; what is wrong with them is one sentence and exit status 2."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import click

from ops_admin.app import create_app
from ops_admin.config import InvalidSetting, Settings

P = ParamSpec("P")
R = TypeVar("R")


class Refusal(click.ClickException):
    """What was asked for cannot be done; one sentence on standard error, exit status 2."""

    exit_code = 2


def read_settings() -> Settings:
    """Read the environment; a variable that cannot be used ends the command."""
    try:
        return Settings.from_env()
    except InvalidSetting as error:
        raise Refusal(str(error)) from error


def with_app(command: Callable[P, R]) -> Callable[P, R]:
    """Run a command in the application's context."""

    @wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        with create_app(read_settings()).app_context():
            return command(*args, **kwargs)

    return wrapped
