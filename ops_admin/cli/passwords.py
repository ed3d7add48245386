"""Prompts for a password; arguments are visible in `ps`."""

import sys

import click

from ops_admin.auth.passwords import MIN_LENGTH, UnusablePassword, check_password
from ops_admin.cli.context import Refusal


def read_password(email: str) -> str:
    """Prompt for a password twice, without echo; without a terminal, read the first line of standard input.

    An unusable password is prompted for again at a terminal, and otherwise ends the command.
    """
    if sys.stdin.isatty():
        text = f"New password of {email} (at least {MIN_LENGTH} characters)"
        return str(
            click.prompt(text, hide_input=True, confirmation_prompt="The same again", value_proc=_usable, err=True)
        )
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise Refusal("Say the password on standard input, or run the command at a terminal, which asks for it.")
    try:
        check_password(line)
    except UnusablePassword as error:
        raise Refusal(str(error)) from error
    return line


def _usable(password: str) -> str:
    try:
        check_password(password)
    except UnusablePassword as error:
        raise click.UsageError(str(error)) from error
    return password
