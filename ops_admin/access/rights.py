"""What one user may do, as a value that any entrance (page, socket, command line) can ask (R36, R37)."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import g, has_request_context
from flask_login import current_user as login_proxy
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Subquery,
    and_,
    bindparam,
    literal,
    null,
    select,
    union_all,
)

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
from ops_admin.infra.database import UTCDateTime, db, utcnow

# What gave a right, in `_grants_query`.
_MEMBERSHIP, _TENANT, _GROUP = "membership", "tenant", "group"
# Tables, not classes: rows are read a hundred times for each that is written.
_users, _tenants = DbUser.__table__, DbTenant.__table__
_memberships, _roles = DbMembership.__table__, DbTenantRole.__table__
_grants, _guests = DbGroupRoleGrant.__table__, DbGroupRoleMember.__table__


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


def _is(column: ColumnElement[int], user_id: ColumnElement[int]) -> ColumnElement[bool]:
    enabled = select(_users.c.id).where(_users.c.id == user_id, _users.c.disabled_at.is_(None)).correlate(None)
    return and_(column == user_id, enabled.exists())


def _one_user(column: ColumnElement[int]) -> ColumnElement[bool]:
    """The user of a page, a start or a socket: asked so often that it is a look by key."""
    return _is(column, bindparam("user_id", type_=BigInteger))


def _many_users(column: ColumnElement[int]) -> ColumnElement[bool]:
    user_ids = bindparam("user_ids", expanding=True, type_=BigInteger)
    return column.in_(select(_users.c.id).where(_users.c.id.in_(user_ids), _users.c.disabled_at.is_(None)))


def _grants_query(belongs_to: Callable[[ColumnElement[int]], ColumnElement[bool]]) -> CompoundSelect[Any]:
    """Everything that gives users rights, in one question."""
    member, tenant, role, grant, guest = (each.c for each in (_memberships, _tenants, _roles, _grants, _guests))
    seen_after = bindparam("seen_after", type_=UTCDateTime)
    memberships = select(
        literal(_MEMBERSHIP).label("source"),
        member.user_id,
        member.workspace_id,
        null().cast(BigInteger).label("tenant_id"),
        member.role,
    ).where(belongs_to(member.user_id))
    tenants = (
        select(literal(_TENANT), member.user_id, tenant.workspace_id, tenant.id, role.role)
        .select_from(_memberships)
        .join(_tenants, tenant.workspace_id == member.workspace_id)
        .outerjoin(_roles, and_(role.tenant_id == tenant.id, role.user_id == member.user_id))
        .where(belongs_to(member.user_id))
    )
    groups = (
        select(literal(_GROUP), guest.user_id, tenant.workspace_id, tenant.id, grant.role)
        .select_from(_grants)
        .join(_guests, guest.grant_id == grant.id)
        .join(_tenants, tenant.id == grant.tenant_id)
        .where(belongs_to(guest.user_id), guest.seen_at > seen_after)
    )
    return union_all(memberships, tenants, groups)


def grants_of(user_id: ColumnElement[int]) -> Subquery:
    """Return what gives a user rights, for a query of another table that names the user; see `rights_from_grants`.

    It needs the parameter `seen_after`, which `grants_parameters` gives.
    """
    return _grants_query(lambda column: _is(column, user_id)).subquery("grants")


def grants_parameters() -> dict[str, object]:
    """Return the parameters of a query with `grants_of`: a role by a group counts as long as a sign-in."""
    return {"seen_after": utcnow() - SIGN_IN_LIFETIME}


def rights_from_grants(user_id: int, grants: Iterable[Any]) -> Rights:
    """Return the rights that rows of `grants_of` give: those with a `source`, for an outer join may find none."""
    return _rights_from(user_id, [row for row in grants if row[0] is not None])


_GRANTS = _grants_query(_one_user)
_GRANTS_OF_MANY = _grants_query(_many_users)

NO_RIGHTS = Rights(user_id=0)


def rights_of(user_id: int) -> Rights:
    """Read the rights of a user afresh; none for a user who is disabled or unknown."""
    return _read(_GRANTS, user_id=user_id).get(user_id) or Rights(user_id)


def rights_of_each(user_ids: Collection[int]) -> dict[int, Rights]:
    """Read what `rights_of` would say of each of up to some thousand users, by one query."""
    known = _read(_GRANTS_OF_MANY, user_ids=list(user_ids)) if user_ids else {}
    return {user_id: known.get(user_id) or Rights(user_id) for user_id in user_ids}


def _read(query: Any, **parameters: object) -> dict[int, Rights]:
    grants: defaultdict[int, list[Any]] = defaultdict(list)
    for row in db.session.execute(query, {**parameters, **grants_parameters()}).all():
        grants[row[1]].append(row)
    return {user_id: _rights_from(user_id, rows) for user_id, rows in grants.items()}


def _rights_from(user_id: int, grants: Iterable[Any]) -> Rights:
    workspaces: dict[int, Role] = {}
    tenants: dict[int, Role] = {}
    tenant_workspace: dict[int, int] = {}
    by_group: dict[int, Role] = {}
    for source, _, workspace_id, tenant_id, role in grants:
        if source == _MEMBERSHIP:
            workspaces[workspace_id] = Role(role)
            continue
        tenant_workspace[tenant_id] = workspace_id
        # A tenant of a workspace of mine exists for me also without a role on it.
        if role is not None:
            roles = tenants if source == _TENANT else by_group
            given, held = Role(role), roles.get(tenant_id)
            roles[tenant_id] = given if held is None else strongest((given, held)) or given
    return Rights(user_id, workspaces, tenants, tenant_workspace, by_group)


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
