"""What one user may do, as a value that any entrance (page, socket, command line) can ask (R36, R37)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import g, has_request_context
from flask_login import current_user as login_proxy
from sqlalchemy import and_, select

from ops_admin.access.capabilities import Capability, Role, allows, strongest
from ops_admin.access.lifetimes import SIGN_IN_LIFETIME
from ops_admin.access.models import (
    DbGroupRoleGrant,
    DbGroupRoleMember,
    DbMembership,
    DbTenant,
    DbTenantRole,
    DbUser,
    DbWorkspace,
)
from ops_admin.database import db, utcnow


@dataclass(frozen=True)
class Rights:
    """Roles of one user: by workspace, by tenant, and the workspace of every tenant that exists for this user.

    `by_group` are roles that an Entra group gives (R47). They need no membership: such a tenant exists for the user,
    its workspace's other tenants and runs do not.
    """

    user_id: int
    workspaces: Mapping[int, Role] = field(default_factory=dict)
    tenants: Mapping[int, Role] = field(default_factory=dict)
    tenant_workspace: Mapping[int, int] = field(default_factory=dict)
    by_group: Mapping[int, Role] = field(default_factory=dict)

    def may(self, capability: Capability, tenant_id: int) -> bool:
        """Whether the user has `capability` on that tenant."""
        own = self._is_of_my_workspaces(tenant_id) and allows(self.tenants.get(tenant_id), capability)
        return own or allows(self.by_group.get(tenant_id), capability)

    def may_in_workspace(self, capability: Capability, workspace_id: int) -> bool:
        """Whether the user has `capability` for what belongs to the workspace and to no single tenant."""
        return allows(self.workspaces.get(workspace_id), capability)

    def tenant_ids(self, capability: Capability) -> frozenset[int]:
        """Return the tenants on which the user has `capability`."""
        known = {*self.tenants, *self.by_group}
        return frozenset(tenant_id for tenant_id in known if self.may(capability, tenant_id))

    def workspace_ids(self, capability: Capability) -> frozenset[int]:
        """Return the workspaces in which the user has `capability`."""
        return frozenset(each for each in self.workspaces if self.may_in_workspace(capability, each))

    def is_member_for_tenant(self, tenant_id: int) -> bool:
        """Whether the user may learn that the tenant exists: a member of its workspace or of a group with a role."""
        return self._is_of_my_workspaces(tenant_id) or tenant_id in self.by_group

    def _is_of_my_workspaces(self, tenant_id: int) -> bool:
        return self.tenant_workspace.get(tenant_id) in self.workspaces


NO_RIGHTS = Rights(user_id=0)


def rights_of(user_id: int) -> Rights:
    """Read the rights of a user afresh; none for a user who is disabled or unknown."""
    workspaces = _workspace_roles(user_id)
    tenants, tenant_workspace = _tenant_roles(user_id, frozenset(workspaces))
    by_group, their_workspace = _group_roles(user_id)
    return Rights(user_id, workspaces, tenants, {**tenant_workspace, **their_workspace}, by_group)


def rights_of_system() -> Rights:
    """Return the rights of whoever has the server itself in hand: the command line without `--as`."""
    tenants = db.session.execute(select(DbTenant.id, DbTenant.workspace_id))
    tenant_workspace = dict(tenants.all())
    workspace_ids = db.session.scalars(select(DbWorkspace.id))
    return Rights(
        user_id=0,
        workspaces=dict.fromkeys(workspace_ids, Role.OWNER),
        tenants=dict.fromkeys(tenant_workspace, Role.OWNER),
        tenant_workspace=tenant_workspace,
    )


def current_rights() -> Rights:
    """Return the rights of whoever is signed in, read once a request; NO_RIGHTS for nobody."""
    if not has_request_context() or not login_proxy.is_authenticated:
        return NO_RIGHTS
    known: Rights | None = g.get("rights")
    if known is None or known.user_id != login_proxy.user.id:
        known = g.rights = rights_of(login_proxy.user.id)
    return known


def _workspace_roles(user_id: int) -> dict[int, Role]:
    query = (
        select(DbMembership.workspace_id, DbMembership.role)
        .join(DbUser, DbUser.id == DbMembership.user_id)
        .where(DbMembership.user_id == user_id, DbUser.disabled_at.is_(None))
    )
    return {workspace_id: Role(role) for workspace_id, role in db.session.execute(query)}


def _tenant_roles(user_id: int, workspace_ids: frozenset[int]) -> tuple[dict[int, Role], dict[int, int]]:
    if not workspace_ids:
        return {}, {}
    mine = and_(DbTenantRole.tenant_id == DbTenant.id, DbTenantRole.user_id == user_id)
    query = (
        select(DbTenant.id, DbTenant.workspace_id, DbTenantRole.role)
        .outerjoin(DbTenantRole, mine)
        .where(DbTenant.workspace_id.in_(workspace_ids))
    )
    roles: dict[int, Role] = {}
    tenant_workspace: dict[int, int] = {}
    role: str | None  # the outer join leaves it empty
    for tenant_id, workspace_id, role in db.session.execute(query):
        tenant_workspace[tenant_id] = workspace_id
        if role is not None:
            roles[tenant_id] = Role(role)
    return roles, tenant_workspace


def _group_roles(user_id: int) -> tuple[dict[int, Role], dict[int, int]]:
    """Return the strongest role that a group gives on each tenant, for as long as a sign-in may last."""
    query = (
        select(DbGroupRoleGrant.tenant_id, DbGroupRoleGrant.role, DbTenant.workspace_id)
        .join(DbGroupRoleMember, DbGroupRoleMember.grant_id == DbGroupRoleGrant.id)
        .join(DbTenant, DbTenant.id == DbGroupRoleGrant.tenant_id)
        .join(DbUser, DbUser.id == DbGroupRoleMember.user_id)
        .where(
            DbGroupRoleMember.user_id == user_id,
            DbGroupRoleMember.seen_at > utcnow() - SIGN_IN_LIFETIME,
            DbUser.disabled_at.is_(None),
        )
    )
    rows = db.session.execute(query).all()
    tenant_workspace = {tenant_id: workspace_id for tenant_id, _, workspace_id in rows}
    roles = {
        each: strongest(Role(role) for tenant_id, role, _ in rows if tenant_id == each) for each in tenant_workspace
    }
    return {tenant_id: role for tenant_id, role in roles.items() if role}, tenant_workspace
