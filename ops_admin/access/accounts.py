"""Accounts and their roles, as the command line lists them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, select

from ops_admin.access.capabilities import Role
from ops_admin.access.models import DbMembership, DbTenant, DbTenantRole, DbUser, DbWorkspace
from ops_admin.infra.database import db


@dataclass(frozen=True)
class Held:
    """A role, and the name of the workspace or tenant that it applies to."""

    name: str
    role: Role


@dataclass(frozen=True)
class Account:
    """A user with the roles given to them directly, not through groups."""

    id: int
    email: str
    display_name: str
    is_disabled: bool
    workspaces: Sequence[Held]
    tenants: Sequence[Held]


def count_people() -> int:
    """Return how many users are not disabled."""
    return db.session.execute(select(func.count()).where(DbUser.disabled_at.is_(None))).scalar_one()


def list_accounts() -> list[Account]:
    """Return all users, ordered by e-mail address."""
    memberships = select(DbMembership.user_id, DbWorkspace.name, DbMembership.role).join(
        DbWorkspace, DbWorkspace.id == DbMembership.workspace_id
    )
    tenant_roles = (
        select(DbTenantRole.user_id, DbTenant.display_name, DbTenantRole.role)
        .join(DbTenant, DbTenant.id == DbTenantRole.tenant_id)
        # A role without a membership has no effect, so it is left out.
        .join(
            DbMembership,
            (DbMembership.user_id == DbTenantRole.user_id) & (DbMembership.workspace_id == DbTenant.workspace_id),
        )
    )
    by_workspace, by_tenant = _by_user(memberships), _by_user(tenant_roles)
    return [
        Account(
            row.id, row.email, row.display_name, row.disabled_at is not None, by_workspace[row.id], by_tenant[row.id]
        )
        for row in db.session.scalars(select(DbUser).order_by(DbUser.email))
    ]


def _by_user(query: Select[int, str, str]) -> Mapping[int, list[Held]]:
    found: defaultdict[int, list[Held]] = defaultdict(list)
    for user_id, name, role in db.session.execute(query.order_by(*query.selected_columns)):
        found[user_id].append(Held(name, Role(role)))
    return found
