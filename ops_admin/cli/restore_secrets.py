"""The secrets that `ops-admin restore` is given. From a file: arguments are visible in `ps` (R56)."""

import json
from collections.abc import Mapping
from typing import IO

import click

from ops_admin.cli.context import Refusal
from ops_admin.intune.restore.queries import Restore
from ops_admin.intune.restore.secrets import AskedItem, list_asked, save_typed

Secrets = Mapping[str, Mapping[str, str]]
"""Values by policy (its id in the backup, or its name) and setting (its label, or its JSON pointer)."""


def read_secrets(file: IO[str] | None) -> Secrets:
    """Read the file; one that is not of that form ends the command."""
    if file is None:
        return {}
    try:
        found = json.load(file)
    except ValueError as error:
        raise Refusal("--secrets: the file is not JSON.") from error
    if not isinstance(found, dict) or not all(_is_settings(settings) for settings in found.values()):
        raise Refusal('--secrets: write {"POLICY": {"SETTING": "VALUE"}}.')
    return found


def type_secrets(draft: Restore, secrets: Secrets) -> None:
    """Seal the values; a policy or setting that the backup does not ask for ends the command."""
    asked = list_asked(draft) if secrets else []
    typed: dict[int, dict[str, str]] = {}
    for policy, settings in secrets.items():
        items = [item for item in asked if policy in (item.external_id, item.name)]
        if len(items) != 1:
            text = "several policies are meant by that; name one by its id" if items else "it needs no secret"
            raise Refusal(f"--secrets {policy}: {text}.")
        typed[items[0].id] = {_pointer(items[0], setting): value for setting, value in settings.items()}
    save_typed(draft, typed)


def say_secrets(draft: Restore) -> None:
    """Print to standard error which secrets are missing."""
    for item in list_asked(draft):
        missing = [secret.label for secret in item.secrets if not secret.is_typed]
        if missing:
            text = f"{item.name} ({item.external_id}) needs secrets that the backup does not have"
            click.echo(f"{text}: {', '.join(missing)}. Give them with --secrets, or it may be left out.", err=True)


def _is_settings(settings: object) -> bool:
    return isinstance(settings, dict) and all(isinstance(value, str) and value for value in settings.values())


def _pointer(item: AskedItem, setting: str) -> str:
    found = [secret.pointer for secret in item.secrets if setting in (secret.pointer, secret.label)]
    if len(found) != 1:
        known = ", ".join(secret.pointer for secret in item.secrets)
        raise Refusal(f"--secrets {item.name}: say which setting is meant by {setting!r}: {known}.")
    return found[0]
