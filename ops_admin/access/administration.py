"""Changes to who may do what (R36). Each is announced to sockets after its commit (R25)."""

import uuid
from functools import partial

from sqlalchemy import Delete, delete, select

from ops_admin.access.capabilities import Role
from ops_admin.access.models import DbMembership, DbTenant, DbTenantRole, DbWorkspace
from ops_admin.access.queries import Tenant, Workspace, get_tenant
from ops_admin.access.signals import rights_changed
from ops_admin.infra.database import after_commit, transaction


class InvalidDirectoryId(ValueError):
    """A tenant's directory id must be a UUID v4 (R52)."""


class NotAMember(LookupError):
    """Only members of a tenant's workspace can have a role on the tenant."""


def add_workspace(name: str, slug: str) -> Workspace:
    """Add an organisation; `slug` is its short unique name."""
    with transaction() as session:
        row = DbWorkspace(name=name, slug=slug)
        session.add(row)
        session.flush()
        return Workspace(row.id, row.name)


def add_tenant(workspace_id: int, external_id: str, display_name: str) -> Tenant:
    """Add a tenant to a workspace; raises InvalidDirectoryId.

    Its existence becomes visible to the workspace's members, so their rights change.
    """
    directory_id = read_directory_id(external_id)
    with transaction() as session:
        row = DbTenant(workspace_id=workspace_id, external_id=directory_id, display_name=display_name)
        session.add(row)
        session.flush()
        members = select(DbMembership.user_id).where(DbMembership.workspace_id == workspace_id)
        for user_id in session.scalars(members).all():
            after_commit(partial(rights_changed.send, user_id))
        return Tenant(row.id, workspace_id, directory_id, display_name)


def add_member(user_id: int, workspace_id: int, role: Role) -> None:
    """Make the user a member of the workspace, or change a member's role there."""
    with transaction() as session:
        session.merge(DbMembership(user_id=user_id, workspace_id=workspace_id, role=str(role)))
        after_commit(partial(rights_changed.send, user_id))


def remove_member(user_id: int, workspace_id: int) -> None:
    """End a membership and the user's roles on the workspace's tenants."""
    tenants = select(DbTenant.id).where(DbTenant.workspace_id == workspace_id)
    with transaction() as session:
        session.execute(_roles(user_id).where(DbTenantRole.tenant_id.in_(tenants)))
        mine = DbMembership.user_id == user_id
        session.execute(delete(DbMembership).where(mine, DbMembership.workspace_id == workspace_id))
        after_commit(partial(rights_changed.send, user_id))


def grant_role(user_id: int, tenant_id: int, role: Role) -> None:
    """Give a member of the tenant's workspace a role on the tenant, or change it; raises NotAMember."""
    with transaction() as session:
        workspace_id = get_tenant(tenant_id).workspace_id
        if session.get(DbMembership, (user_id, workspace_id)) is None:
            raise NotAMember("make the user a member of the tenant's workspace first")
        session.merge(DbTenantRole(user_id=user_id, tenant_id=tenant_id, role=str(role)))
        after_commit(partial(rights_changed.send, user_id))


def revoke_role(user_id: int, tenant_id: int) -> None:
    """Remove the role on the tenant; the membership stays."""
    with transaction() as session:
        session.execute(_roles(user_id).where(DbTenantRole.tenant_id == tenant_id))
        after_commit(partial(rights_changed.send, user_id))


def read_directory_id(external_id: str) -> str:
    """Return a directory id in lower case, as it is stored; raises InvalidDirectoryId."""
    try:
        parsed = uuid.UUID(external_id)
    except ValueError as error:
        raise InvalidDirectoryId(f"{external_id!r} is not a UUID") from error
    if parsed.version != 4:
        raise InvalidDirectoryId(f"{external_id!r} is not a UUID of version 4")
    return str(parsed)


def _roles(user_id: int) -> Delete:
    return delete(DbTenantRole).where(DbTenantRole.user_id == user_id)
