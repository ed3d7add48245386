"""Who may do what on one tenant, as its Access page shows it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import aliased

from ops_admin.access.capabilities import Role
from ops_admin.access.lifetimes import SIGN_IN_LIFETIME
from ops_admin.access.models import (
    DbGroupRoleGrant,
    DbGroupRoleMember,
    DbMembership,
    DbTenantRole,
    DbUser,
)
from ops_admin.access.queries import Tenant
from ops_admin.infra.database import db, utcnow


@dataclass(frozen=True)
class Person:
    """Somebody with a role given directly on the tenant."""

    user_id: int
    email: str
    display_name: str
    role: Role
    has_microsoft: bool


@dataclass(frozen=True)
class Candidate:
    """A member of the workspace without a role on the tenant."""

    user_id: int
    email: str
    display_name: str


@dataclass(frozen=True)
class GroupGrant:
    """A group whose members have a role; `members` are those with a valid sign-in by Microsoft."""

    id: int
    external_id: str
    name: str
    role: Role
    granted_by: str
    created_at: datetime
    members: tuple[str, ...]


def list_people(tenant: Tenant) -> list[Person]:
    """Return the workspace members with a role on the tenant, by name."""
    query = (
        select(DbUser, DbTenantRole.role)
        .join(DbTenantRole, DbTenantRole.user_id == DbUser.id)
        .where(DbTenantRole.tenant_id == tenant.id, *_enabled_members(tenant))
        .order_by(DbUser.display_name, DbUser.id)
    )
    return [
        Person(user.id, user.email, user.display_name, Role(role), user.microsoft_oid is not None)
        for user, role in db.session.execute(query)
    ]


def list_candidates(tenant: Tenant, limit: int) -> list[Candidate]:
    """Return the first workspace members, by name, without a role on the tenant."""
    with_role = select(DbTenantRole.user_id).where(DbTenantRole.tenant_id == tenant.id)
    query = select(DbUser).where(DbUser.id.not_in(with_role), *_enabled_members(tenant))
    query = query.order_by(DbUser.display_name, DbUser.id).limit(limit)
    return [Candidate(user.id, user.email, user.display_name) for user in db.session.scalars(query)]


def find_candidate(tenant: Tenant, email: str) -> Candidate | None:
    """Return the workspace member with that e-mail address, with or without a role on the tenant."""
    query = select(DbUser).where(DbUser.email == email.strip().lower(), *_enabled_members(tenant))
    user = db.session.scalar(query)
    return Candidate(user.id, user.email, user.display_name) if user else None


def find_role(tenant_id: int, user_id: int) -> Role | None:
    """Return the role that the user was given directly on the tenant."""
    row = db.session.get(DbTenantRole, (user_id, tenant_id))
    return Role(row.role) if row else None


def count_other_owners(tenant: Tenant, user_id: int) -> int:
    """Return how many owners the tenant has without that user; only enabled members count."""
    owners = (
        select(func.count())
        .select_from(DbTenantRole)
        .join(DbUser, DbUser.id == DbTenantRole.user_id)
        .where(
            DbTenantRole.tenant_id == tenant.id,
            DbTenantRole.role == str(Role.OWNER),
            DbTenantRole.user_id != user_id,
            *_enabled_members(tenant),
        )
    )
    return db.session.execute(owners).scalar_one()


def list_group_grants(tenant_id: int) -> list[GroupGrant]:
    """Return the groups that grant a role on the tenant, by name."""
    giver = aliased(DbUser)
    query = (
        select(DbGroupRoleGrant, giver.display_name)
        .join(giver, giver.id == DbGroupRoleGrant.granted_by)
        .where(DbGroupRoleGrant.tenant_id == tenant_id)
        .order_by(DbGroupRoleGrant.group_name, DbGroupRoleGrant.id)
    )
    members = _members_by_grant(tenant_id)
    return [
        GroupGrant(
            row.id,
            row.group_external_id,
            row.group_name,
            Role(row.role),
            name,
            row.created_at,
            tuple(members.get(row.id, ())),
        )
        for row, name in db.session.execute(query)
    ]


def _enabled_members(tenant: Tenant) -> tuple[ColumnElement[bool], ...]:
    members = select(DbMembership.user_id).where(DbMembership.workspace_id == tenant.workspace_id)
    return DbUser.id.in_(members), DbUser.disabled_at.is_(None)


def _members_by_grant(tenant_id: int) -> dict[int, list[str]]:
    query = (
        select(DbGroupRoleMember.grant_id, DbUser.display_name)
        .join(DbUser, DbUser.id == DbGroupRoleMember.user_id)
        .join(DbGroupRoleGrant, DbGroupRoleGrant.id == DbGroupRoleMember.grant_id)
        .where(
            DbGroupRoleGrant.tenant_id == tenant_id,
            DbGroupRoleMember.seen_at > utcnow() - SIGN_IN_LIFETIME,
            DbUser.disabled_at.is_(None),
        )
        .order_by(DbUser.display_name)
    )
    members: dict[int, list[str]] = {}
    for grant_id, name in db.session.execute(query):
        members.setdefault(grant_id, []).append(name)
    return members
