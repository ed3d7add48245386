"""`ops-admin workspace …` and `ops-admin tenant …` (R36)."""

import click
from flask import current_app

from ops_admin.access.administration import InvalidDirectoryId
from ops_admin.access.queries import Tenant, Workspace, list_tenants, list_workspaces
from ops_admin.auth import provisioning
from ops_admin.cli.context import Refusal, with_ledger
from ops_admin.cli.refusals import refusing
from ops_admin.cli.reports import json_option, print_json, print_table
from ops_admin.config import Settings

workspace_option = click.option("--workspace", "workspace_name", metavar="NAME", required=True, help="Its workspace.")


def get_workspace(name: str) -> Workspace:
    """Return the workspace with that name; an unknown one ends the command."""
    found = provisioning.find_workspace(name)
    if found is None:
        known = ", ".join(workspace.name for workspace in list_workspaces()) or "none yet"
        raise Refusal(f"There is no workspace {name}. There are: {known}. `ops-admin workspace add NAME` adds one.")
    return found


@click.group("workspace")
def workspace() -> None:
    """Add workspaces, the organisations that use the console, and list them."""


@workspace.command("add")
@click.argument("name")
@with_ledger
def add_workspace(name: str) -> None:
    """Add the workspace NAME; one that is there already stays as it is."""
    with refusing():
        added, is_new = provisioning.open_workspace(name)
    if not is_new:
        click.echo(f"There is a workspace {added.name} already; nothing was changed.")
        return
    click.echo(f"Added the workspace {added.name}.")
    click.echo(f'Next: ops-admin tenant add --workspace "{added.name}" --name NAME DIRECTORY_ID')


@workspace.command("list")
@json_option
@with_ledger
def show_workspaces(as_json: bool) -> None:
    """List all workspaces."""
    rows = [(each.name, len(list_tenants(each.id))) for each in list_workspaces()]
    if as_json:
        print_json([{"name": name, "tenants": tenants} for name, tenants in rows])
    else:
        print_table(("Workspace", "Tenants"), rows, "There are no workspaces.")


@click.group("tenant")
def tenant() -> None:
    """Add Microsoft tenants to a workspace, and list them."""


@tenant.command("add")
@click.argument("directory_id")
@workspace_option
@click.option("--name", required=True, help="What the console calls it.")
@with_ledger
def add_tenant(directory_id: str, workspace_name: str, name: str) -> None:
    """Add the tenant with that DIRECTORY_ID, which owners of the workspace own from then on.

    The id is the Tenant ID on the Overview of the Microsoft Entra admin center.
    """
    place = get_workspace(workspace_name)
    with refusing():
        added = _open(place, directory_id, name)
    if not added.is_new:
        click.echo(f"{place.name} has the tenant {added.tenant.display_name} already; nothing was changed.")
        return
    click.echo(f"Added {added.tenant.display_name} to {place.name}. {_say_owners(added.owners)}")
    click.echo(_say_consent(added.tenant))


@tenant.command("list")
@json_option
@with_ledger
def show_tenants(as_json: bool) -> None:
    """List all tenants."""
    rows = [
        (place.name, each.display_name, each.external_id)
        for place in list_workspaces()
        for each in list_tenants(place.id)
    ]
    if as_json:
        print_json([dict(zip(("workspace", "name", "directory_id"), row, strict=True)) for row in rows])
    else:
        print_table(("Workspace", "Tenant", "Directory id"), rows, "There are no tenants.")


def _open(place: Workspace, directory_id: str, name: str) -> provisioning.NewTenant:
    try:
        return provisioning.open_tenant(place, directory_id, name)
    except InvalidDirectoryId as error:
        raise Refusal(
            f"{error}, such as 7d1f3c52-0b6e-4c8a-9e25-5a4b6c7d8e9f. The directory id is the Tenant ID on the Overview "
            "of the Microsoft Entra admin center."
        ) from error


def _say_owners(owners: list[str]) -> str:
    if owners:
        return f"Owned by {', '.join(owners)}, who can let others in on its Access page."
    return "Nobody can see it yet: `ops-admin user add` or `ops-admin user grant` gives it an owner."


def _say_consent(added: Tenant) -> str:
    settings: Settings = current_app.config["SETTINGS"]
    if not settings.graph_client_id:
        return (
            "Set OPS_ADMIN_GRAPH_CLIENT_ID with a certificate or a secret, or give the tenant its own by "
            f"`ops-admin tenant credential set {added.external_id}`: see docs/connect-a-tenant.md."
        )
    address = f"{settings.login_url}/{added.external_id}/adminconsent?client_id={settings.graph_client_id}"
    return f"Unless it was done, an administrator of the tenant consents at {address}"
