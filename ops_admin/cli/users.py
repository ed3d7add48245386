"""`ops-admin user …`: who can sign in, and with which role (R36)."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import click

from ops_admin.access.accounts import Held, list_accounts
from ops_admin.access.capabilities import Role
from ops_admin.access.queries import Tenant, User, Workspace, find_tenant_in_workspace
from ops_admin.auth import provisioning
from ops_admin.auth.emails import read_email
from ops_admin.cli.context import Refusal, with_ledger
from ops_admin.cli.passwords import read_password
from ops_admin.cli.places import get_workspace
from ops_admin.cli.refusals import refusing
from ops_admin.cli.reports import json_option, print_json, print_table


@click.group("user")
def user() -> None:
    """Add people who can sign in, give them roles and passwords, and list them."""


def _role_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.option(
            "--tenant",
            "directory_ids",
            metavar="DIRECTORY_ID",
            multiple=True,
            help="On this tenant of the workspace only (more than one can be said); default: on all that it has.",
        ),
        click.option("--role", type=click.Choice([str(role) for role in Role]), required=True, help="As what."),
        click.option("--workspace", "workspace_name", metavar="NAME", required=True, help="Where."),
    ):
        command = option(command)
    return command


@user.command("add")
@click.argument("email")
@click.option("--name", required=True, help="What the console calls them.")
@_role_options
@with_ledger
def add_user(email: str, name: str, workspace_name: str, role: str, directory_ids: tuple[str, ...]) -> None:
    """Add somebody who signs in with EMAIL and a password, which is asked for, or read from standard input."""
    place = get_workspace(workspace_name)
    chosen = _tenants(place, directory_ids)
    with refusing():
        known = provisioning.find_person(email)
        if known is not None:
            if not provisioning.has_that_already(known, place, Role(role), chosen):
                raise Refusal(
                    f"There is a user {known.email} already, with other roles; nothing was changed. "
                    "`ops-admin user list` shows them, `ops-admin user grant` changes them."
                )
            click.echo(f"There is a user {known.email} already, who is {role} there; nothing was changed.")
            return
        address, name = read_email(email), provisioning.read_name(name)
        added = provisioning.add_person(address, name, read_password(address))
        _let_in(added, place, Role(role), chosen)
    click.echo("They sign in with this address and the password.")


@user.command()
@click.argument("email")
@_role_options
@with_ledger
def grant(email: str, workspace_name: str, role: str, directory_ids: tuple[str, ...]) -> None:
    """Give the user EMAIL a role in a workspace and on its tenants, or change it."""
    place = get_workspace(workspace_name)
    with refusing():
        _let_in(_get_user(email), place, Role(role), _tenants(place, directory_ids))


@user.command()
@click.argument("email")
@with_ledger
def password(email: str) -> None:
    """Set a new password for EMAIL, which signs them out everywhere; it is asked for, or read from standard input."""
    with refusing():
        found = _get_user(email)
        provisioning.replace_password(found, read_password(found.email))
    click.echo(f"{found.email} has a new password, and is signed out everywhere.")


@user.command("list")
@json_option
@with_ledger
def show_users(as_json: bool) -> None:
    """List all users with their roles."""
    accounts = list_accounts()
    if as_json:
        print_json([asdict(account) for account in accounts])
        return
    rows = [
        (
            each.email,
            each.display_name,
            "Disabled" if each.is_disabled else _roles(each.workspaces),
            "" if each.is_disabled else _roles(each.tenants),
        )
        for each in accounts
    ]
    print_table(("E-mail address", "Name", "In workspaces", "On tenants"), rows, "There are no users.")


def _get_user(email: str) -> User:
    found = provisioning.find_person(email)
    if found is None:
        raise Refusal(f"There is no user {email}. `ops-admin user add` adds one.")
    return found


def _tenants(place: Workspace, directory_ids: tuple[str, ...]) -> list[Tenant] | None:
    """Return the named tenants, or None if none was named."""
    found = {each: find_tenant_in_workspace(place.id, each.strip().lower()) for each in directory_ids}
    if unknown := [each for each, tenant in found.items() if tenant is None]:
        raise Refusal(f"{place.name} has no tenant {', '.join(unknown)}: see `ops-admin tenant list`.")
    return [tenant for tenant in found.values() if tenant] or None


def _let_in(person: User, place: Workspace, role: Role, tenants: list[Tenant] | None) -> None:
    reached = provisioning.let_in(person, place, role, tenants)
    names = ", ".join(tenant.display_name for tenant in reached) or "no tenant, for there is none yet"
    where = f"in {place.name} and on" if tenants is None else f"of {place.name} on"
    click.echo(f"{person.email} is {role} {where} {names}.")


def _roles(roles: Sequence[Held]) -> str:
    return ", ".join(f"{held.name}: {held.role}" for held in roles)
