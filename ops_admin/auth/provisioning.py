"""Adding workspaces, tenants and people by command line; repeating a command changes nothing (R36).

Only the command line can do this: nobody else could add the first owner.
"""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select

from ops_admin.access import administration
from ops_admin.access.capabilities import Role
from ops_admin.access.models import DbMembership, DbUser
from ops_admin.access.people.changing import change_role
from ops_admin.access.people.queries import find_role
from ops_admin.access.queries import (
    Tenant,
    User,
    Workspace,
    find_tenant_in_workspace,
    find_user_by_email,
    find_workspace_by_slug,
    is_known_email,
    list_tenants,
)
from ops_admin.access.rights import rights_of
from ops_admin.auth import accounts
from ops_admin.auth.emails import read_email
from ops_admin.auth.passwords import check_password
from ops_admin.infra.database import transaction

LONGEST_WORKSPACE_NAME = 80
LONGEST_NAME = 200


class NotAccepted(ValueError):
    """The input is not acceptable; the message says why."""


class Taken(NotAccepted):
    """It exists already, and differs from what was requested."""


@dataclass(frozen=True)
class NewTenant:
    """A tenant in its workspace; `owners` are the e-mail addresses of those who now own it."""

    tenant: Tenant
    is_new: bool
    owners: list[str]


def read_name(text: str, longest: int = LONGEST_NAME) -> str:
    """Return a name with single spaces; raises NotAccepted."""
    name = " ".join(text.split())
    if not name or not name.isprintable():
        raise NotAccepted(f"{text!r} is no name.")
    if len(name) > longest:
        raise NotAccepted(f"A name has at most {longest} characters; this one has {len(name)}.")
    return name


def slug_of(name: str) -> str:
    """Return the slug of a workspace's name, which ignores capitals and spacing."""
    return re.sub(r"[\W_]+", "-", unicodedata.normalize("NFKC", name).casefold()).strip("-")


def find_workspace(name: str) -> Workspace | None:
    """Return the workspace of that name."""
    return find_workspace_by_slug(slug_of(name))


def open_workspace(name: str) -> tuple[Workspace, bool]:
    """Return the workspace of that name and whether it is new; raises NotAccepted, Taken."""
    name = read_name(name, LONGEST_WORKSPACE_NAME)
    slug = slug_of(name)
    if not slug:
        raise NotAccepted(f"{name!r} holds no letter and no digit.")
    with transaction():
        present = find_workspace_by_slug(slug)
        if present is None:
            return administration.add_workspace(name, slug), True
    if present.name != name:
        raise Taken(f"There is a workspace {present.name} already, and {name} would be the same to the console.")
    return present, False


def open_tenant(workspace: Workspace, external_id: str, name: str) -> NewTenant:
    """Add a tenant to a workspace, owned by the workspace's owners; raises InvalidDirectoryId, NotAccepted, Taken.

    A tenant without an owner could not be opened to anybody.
    """
    name, directory_id = read_name(name), administration.read_directory_id(external_id)
    with transaction():
        present = find_tenant_in_workspace(workspace.id, directory_id)
        if present is None:
            tenant = administration.add_tenant(workspace.id, directory_id, name)
            return NewTenant(tenant, True, _give_to_owners(tenant))
    if present.display_name != name:
        raise Taken(f"{workspace.name} has the tenant {directory_id} already, as {present.display_name}.")
    return NewTenant(present, False, [])


def add_person(email: str, name: str, password: str) -> User:
    """Add a user who can sign in and has no rights yet.

    Raises InvalidEmail, UnusablePassword, NotAccepted, Taken.
    """
    address, name = read_email(email), read_name(name)
    check_password(password)
    with transaction():
        if is_known_email(address):
            raise Taken(f"There is a user {address} already.")
        return accounts.add_user(address, name, password)


def replace_password(user: User, password: str) -> None:
    """Replace a user's password and end their sign-ins; raises UnusablePassword."""
    check_password(password)
    accounts.set_password(user.id, password)


def let_in(user: User, workspace: Workspace, role: Role, tenants: Collection[Tenant] | None = None) -> list[Tenant]:
    """Give a user a role in a workspace and on its tenants, or change it; returns those tenants; raises LastOwner.

    With `tenants` the role applies to them only, and a new member of the workspace gets a read-only role there.
    """
    with transaction() as session:
        chosen = list_tenants(workspace.id) if tenants is None else list(tenants)
        if tenants is None:
            administration.add_member(user.id, workspace.id, role)
        elif session.get(DbMembership, (user.id, workspace.id)) is None:
            administration.add_member(user.id, workspace.id, Role.READONLY)
        for tenant in chosen:
            if find_role(tenant.id, user.id) is None:
                administration.grant_role(user.id, tenant.id, role)
            else:
                change_role(tenant, user.id, role)
        return chosen


def has_that_already(user: User, workspace: Workspace, role: Role, tenants: Collection[Tenant] | None = None) -> bool:
    """Whether `let_in` would change nothing."""
    rights = rights_of(user.id)
    held = rights.workspaces.get(workspace.id)
    chosen = list_tenants(workspace.id) if tenants is None else tenants
    in_workspace = held == role if tenants is None else held is not None
    return in_workspace and all(rights.tenants.get(tenant.id) == role for tenant in chosen)


def find_person(email: str) -> User | None:
    """Return the user with that address; raises InvalidEmail, and Taken for a disabled user."""
    address = read_email(email)
    user = find_user_by_email(address)
    if user is None and is_known_email(address):
        raise Taken(f"The user {address} was disabled.")
    return user


def _give_to_owners(tenant: Tenant) -> list[str]:
    with transaction() as session:
        owners = (
            select(DbUser)
            .join(DbMembership, DbMembership.user_id == DbUser.id)
            .where(DbMembership.workspace_id == tenant.workspace_id, DbMembership.role == Role.OWNER)
            .where(DbUser.disabled_at.is_(None))
            .order_by(DbUser.email)
        )
        found = session.scalars(owners).all()
        for owner in found:
            administration.grant_role(owner.id, tenant.id, Role.OWNER)
        return [owner.email for owner in found]
