"""Roles on a tenant for the members of an Entra group (R47)."""

from dataclasses import dataclass
from functools import partial

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ops_admin.access.capabilities import Role
from ops_admin.access.models import DbGroupRoleGrant, DbGroupRoleMember
from ops_admin.access.queries import Tenant, User
from ops_admin.access.signals import rights_changed
from ops_admin.infra.database import after_commit, transaction


@dataclass(frozen=True)
class Group:
    """A group of the tenant's directory, as Graph named it."""

    external_id: str
    name: str


class NoSuchGrant(LookupError):
    """No such group grants a role on the tenant."""


class GrantsAlready(ValueError):
    """The group already grants a role on the tenant; change that one."""


def grant_to_group(tenant: Tenant, group: Group, role: Role, granted_by: User) -> None:
    """Give the group's members a role from their next sign-in with Microsoft; raises GrantsAlready."""
    row = DbGroupRoleGrant(
        tenant_id=tenant.id,
        group_external_id=group.external_id.lower(),
        group_name=group.name,
        role=str(role),
        granted_by=granted_by.id,
    )
    try:
        with transaction() as session:
            session.add(row)
    except IntegrityError as taken:
        raise GrantsAlready from taken


def change_group_role(tenant: Tenant, grant_id: int, role: Role) -> str:
    """Replace the role, also for members who are signed in; returns the group's name. Raises NoSuchGrant."""
    with transaction() as session:
        row = _get_grant(session, tenant, grant_id)
        row.role = str(role)
        _announce_to_members(session, grant_id)
        return row.group_name


def remove_group(tenant: Tenant, grant_id: int) -> str:
    """End the grant at once; returns the group's name. Raises NoSuchGrant."""
    with transaction() as session:
        row = _get_grant(session, tenant, grant_id)
        _announce_to_members(session, grant_id)
        session.delete(row)
        return row.group_name


def _get_grant(session: Session, tenant: Tenant, grant_id: int) -> DbGroupRoleGrant:
    row = session.get(DbGroupRoleGrant, grant_id)
    if row is None or row.tenant_id != tenant.id:
        raise NoSuchGrant(grant_id)
    return row


def _announce_to_members(session: Session, grant_id: int) -> None:
    members = select(DbGroupRoleMember.user_id).where(DbGroupRoleMember.grant_id == grant_id)
    for user_id in session.scalars(members).all():
        after_commit(partial(rights_changed.send, user_id))
