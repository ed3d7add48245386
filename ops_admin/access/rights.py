"""The rights of one user as a value, for pages, sockets and the command line alike (R36, R37)."""

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

# Where a right comes from, in `_grants_query`.
_MEMBERSHIP, _TENANT, _GROUP = "membership", "tenant", "group"
# Tables instead of mapped classes: these rows are read on every request.
_users, _tenants = DbUser.__table__, DbTenant.__table__
_memberships, _roles = DbMembership.__table__, DbTenantRole.__table__
_grants, _guests = DbGroupRoleGrant.__table__, DbGroupRoleMember.__table__


@dataclass(frozen=True)
class Rights:
    """A user's roles by workspace and by tenant, and the workspace of every tenant visible to the user.

    `by_group` are roles given by Entra groups (R47). They need no membership: the user sees that tenant, but not the
    workspace's other tenants or runs.
    """

    user_id: int
    workspaces: Mapping[int, Role] = field(default_factory=dict)
    tenants: Mapping[int, Role] = field(default_factory=dict)
    tenant_workspace: Mapping[int, int] = field(default_factory=dict)
    by_group: Mapping[int, Role] = field(default_factory=dict)

    def may(self, capability: Capability, tenant_id: int) -> bool:
        """Whether the user has `capability` on that tenant."""
        own = self._is_in_my_workspaces(tenant_id) and allows(self.tenants.get(tenant_id), capability)
        return own or allows(self.by_group.get(tenant_id), capability)

    def may_in_workspace(self, capability: Capability, workspace_id: int) -> bool:
        """Whether the user has `capability` for what belongs to the workspace and not to a single tenant."""
        return allows(self.workspaces.get(workspace_id), capability)

    def tenant_ids(self, capability: Capability) -> frozenset[int]:
        """Return the tenants on which the user has `capability`."""
        known = {*self.tenants, *self.by_group}
        return frozenset(tenant_id for tenant_id in known if self.may(capability, tenant_id))

    def workspace_ids(self, capability: Capability) -> frozenset[int]:
        """Return the workspaces in which the user has `capability`."""
        return frozenset(each for each in self.workspaces if self.may_in_workspace(capability, each))

    def is_member_for_tenant(self, tenant_id: int) -> bool:
        """Whether the user may know that the tenant exists: through its workspace, or a group with a role."""
        return self._is_in_my_workspaces(tenant_id) or tenant_id in self.by_group

    def _is_in_my_workspaces(self, tenant_id: int) -> bool:
        return self.tenant_workspace.get(tenant_id) in self.workspaces


def _is_enabled_user(column: ColumnElement[int], user_id: ColumnElement[int]) -> ColumnElement[bool]:
    enabled = select(_users.c.id).where(_users.c.id == user_id, _users.c.disabled_at.is_(None)).correlate(None)
    return and_(column == user_id, enabled.exists())


def _is_one_of_enabled_users(column: ColumnElement[int]) -> ColumnElement[bool]:
    user_ids = bindparam("user_ids", expanding=True, type_=BigInteger)
    return column.in_(select(_users.c.id).where(_users.c.id.in_(user_ids), _users.c.disabled_at.is_(None)))


def _grants_query(belongs_to: Callable[[ColumnElement[int]], ColumnElement[bool]]) -> CompoundSelect[Any]:
    """Everything that gives users rights, in one query."""
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
    """Return what gives a user rights, as a subquery for `rights_from_grants`.

    The query needs the parameters of `grants_parameters`.
    """
    return _grants_query(lambda column: _is_enabled_user(column, user_id)).subquery("grants")


def grants_parameters() -> dict[str, object]:
    """Return the parameters of a query with `grants_of`: a role by group lasts as long as a sign-in."""
    return {"seen_after": utcnow() - SIGN_IN_LIFETIME}


def rights_from_grants(user_id: int, grants: Iterable[Any]) -> Rights:
    """Return the rights that rows of `grants_of` give; rows without a `source` come from an outer join."""
    return _rights_from(user_id, [row for row in grants if row[0] is not None])


# Asked on every request, so it compares with one key instead of a list.
_GRANTS = _grants_query(lambda column: _is_enabled_user(column, bindparam("user_id", type_=BigInteger)))
_GRANTS_OF_MANY = _grants_query(_is_one_of_enabled_users)

NO_RIGHTS = Rights(user_id=0)


def rights_of(user_id: int) -> Rights:
    """Read a user's current rights; a disabled or unknown user has none."""
    return _read(_GRANTS, user_id=user_id).get(user_id) or Rights(user_id)


def rights_of_each(user_ids: Collection[int]) -> dict[int, Rights]:
    """Read the current rights of up to some thousand users in one query."""
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
        # Members see all tenants of their workspaces, also those on which they have no role.
        if role is not None:
            roles = tenants if source == _TENANT else by_group
            given, held = Role(role), roles.get(tenant_id)
            roles[tenant_id] = given if held is None else strongest((given, held)) or given
    return Rights(user_id, workspaces, tenants, tenant_workspace, by_group)


def rights_of_system() -> Rights:
    """Return every right, for the command line without `--as`."""
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
    """Return the rights of the user who is signed in, read once per request; NO_RIGHTS if nobody is."""
    if not has_request_context() or not login_proxy.is_authenticated:
        return NO_RIGHTS
    known: Rights | None = g.get("rights")
    if known is None or known.user_id != login_proxy.user.id:
        known = g.rights = rights_of(login_proxy.user.id)
    return known
