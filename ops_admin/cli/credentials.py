"""`ops-admin tenant credential …`: a tenant's own application instead of the installation's (R75)."""

import sys
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

import click

from ops_admin.access.queries import AmbiguousTenant, Tenant, find_tenant_by_external_id, find_tenant_in_workspace
from ops_admin.cli.context import Refusal, with_ledger
from ops_admin.cli.doctor import PATIENCE
from ops_admin.cli.places import get_workspace
from ops_admin.cli.reports import json_option, print_json
from ops_admin.credentials import storage
from ops_admin.credentials.certificates import LARGEST_FILE, KeyPair, UnusableCertificate, read_key_pair
from ops_admin.credentials.choosing import settings_with
from ops_admin.credentials.labels import DEFECTS, KINDS, PASSPHRASE_DEFECTS
from ops_admin.credentials.queries import Credential, find_current
from ops_admin.credentials.stated_dates import end_of, is_past
from ops_admin.credentials.storage import NewCredential
from ops_admin.graph.errors import FAILURE_CODES, GraphError
from ops_admin.graph.tokens import AppTokens
from ops_admin.infra.database import transaction, utcnow

workspace_option = click.option(
    "--workspace", "workspace_name", metavar="NAME", help="Its workspace, if several have the tenant."
)


@click.group("credential")
def credential() -> None:
    """Give a tenant an application of its own, show it, or remove it."""


@credential.command("set")
@click.argument("directory_id")
@workspace_option
@click.option("--client-id", metavar="ID", required=True, help="The application (client) id.")
@click.option(
    "--certificate",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="PEM file with certificate and private key; without it, the command asks for a client secret.",
)
@click.option("--expires", metavar="YYYY-MM-DD", help="When the client secret expires, for warnings before that.")
@with_ledger
def set_credential(
    directory_id: str, workspace_name: str | None, client_id: str, certificate: Path | None, expires: str | None
) -> None:
    """Use an application of its own for the tenant DIRECTORY_ID.

    Secret or passphrase are asked for, or read from standard input. A token is fetched first; if Microsoft refuses it,
    nothing changes.
    """
    found = _get_tenant(directory_id, workspace_name)
    application = _read_client_id(client_id)
    if certificate is not None and expires is not None:
        raise Refusal("--expires is for a client secret: a certificate says by itself when it expires.")
    if certificate is not None:
        new = NewCredential(application, certificate=_read_certificate(certificate))
    else:
        new = NewCredential(application, secret=_ask("Client secret"), secret_expires_at=_read_date(expires))
    _check(found, new)
    with transaction():
        storage.adopt(found.id, storage.propose(found.id, new, "Command line"))
    click.echo(f"{found.display_name} now uses its own application {application}.")


@credential.command("show")
@click.argument("directory_id")
@workspace_option
@json_option
@with_ledger
def show_credential(directory_id: str, workspace_name: str | None, as_json: bool) -> None:
    """Say which application is used for the tenant DIRECTORY_ID. Secrets are never shown."""
    found = _get_tenant(directory_id, workspace_name)
    current = find_current(found.id)
    if as_json:
        print_json(_document(current) if current else None)
        return
    if current is None:
        click.echo(f"{found.display_name} has no credential of its own; the installation's is used.")
        return
    click.echo(f"{found.display_name} uses its own application {current.client_id}.")
    click.echo(f"{KINDS[current.kind]}, {_say_expiry(current.expires_at)}. Entered by {current.set_by_name}.")
    if current.thumbprint:
        click.echo(f"Thumbprint (SHA-256): {current.thumbprint}")


@credential.command("remove")
@click.argument("directory_id")
@workspace_option
@with_ledger
def remove_credential(directory_id: str, workspace_name: str | None) -> None:
    """Delete the tenant's own credential; the installation's is used from then on."""
    found = _get_tenant(directory_id, workspace_name)
    if not storage.remove(found.id, is_current=True):
        raise Refusal(f"{found.display_name} has no credential of its own.")
    click.echo(f"Removed. The installation's credential is used for {found.display_name} from now on.")


def _document(current: Credential) -> dict[str, object]:
    facts = asdict(current)
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in facts.items()}


def _check(found: Tenant, new: NewCredential) -> None:
    """Fetch a token; if it is refused, end the command."""
    try:
        AppTokens(settings_with(new), found.external_id, PATIENCE).get()
    except GraphError as error:
        raise Refusal(f"{FAILURE_CODES[error.code]} Nothing was changed. ({error.code})") from error


def _get_tenant(directory_id: str, workspace_name: str | None) -> Tenant:
    try:
        if workspace_name is not None:
            found = find_tenant_in_workspace(get_workspace(workspace_name).id, directory_id.strip().lower())
        else:
            found = find_tenant_by_external_id(directory_id)
    except AmbiguousTenant as error:
        raise Refusal(f"{error}: say with --workspace in which one.") from error
    if found is None:
        raise Refusal(f"There is no tenant {directory_id}: see `ops-admin tenant list`.")
    return found


def _read_client_id(text: str) -> str:
    try:
        return str(UUID(text.strip()))
    except ValueError as error:
        raise Refusal(
            "--client-id: this is not an application id, such as 3f2b1c9e-5a4d-4e6f-8a7b-9c0d1e2f3a4b."
        ) from error


def _read_certificate(path: Path) -> KeyPair:
    with path.open("rb") as file:
        data = file.read(LARGEST_FILE + 1)
    try:
        pair = read_key_pair(data, _ask("Passphrase of the private key") if b"ENCRYPTED" in data else None)
        pair.check_dates(utcnow())
    except UnusableCertificate as error:
        about = "Passphrase" if error.defect in PASSPHRASE_DEFECTS else f"--certificate {path}"
        raise Refusal(f"{about}: {DEFECTS[error.defect]}") from None
    return pair


def _ask(what: str) -> str:
    """Prompt without echo; arguments are visible in `ps`. Without a terminal, read the first line of standard input."""
    if sys.stdin.isatty():
        return str(click.prompt(what, hide_input=True, err=True))
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise Refusal(f"{what}: give it on standard input, or run the command at a terminal, which asks for it.")
    return line


def _read_date(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise Refusal("--expires must be a date such as 2027-03-31.") from error
    if is_past(day, utcnow()):
        raise Refusal("--expires: the secret has expired.")
    return end_of(day)


def _say_expiry(expires_at: datetime | None) -> str:
    return "no expiry date known" if expires_at is None else f"expires on {expires_at:%Y-%m-%d}"
