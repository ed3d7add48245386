"""Changes to who may do what on a tenant; an owner always remains (R36)."""

from sqlalchemy import select

from ops_admin.access.administration import grant_role, revoke_role
from ops_admin.access.capabilities import Role
from ops_admin.access.models import DbTenant
from ops_admin.access.people.queries import count_other_owners, find_role
from ops_admin.access.queries import Tenant
from ops_admin.infra.database import transaction


class LastOwner(ValueError):
    """A tenant needs an owner; groups do not count, because a group may be empty."""


class NoSuchPerson(LookupError):
    """The user has no role given directly on the tenant."""


class HasRoleAlready(ValueError):
    """The user already has a role on the tenant; change that one."""


def give_role(tenant: Tenant, user_id: int, role: Role) -> None:
    """Give a member of the workspace a role; raises HasRoleAlready, NotAMember."""
    with transaction():
        _lock(tenant)
        if find_role(tenant.id, user_id) is not None:
            raise HasRoleAlready
        grant_role(user_id, tenant.id, role)


def change_role(tenant: Tenant, user_id: int, role: Role) -> None:
    """Replace somebody's role; raises NoSuchPerson, LastOwner."""
    with transaction():
        _check_leaving(tenant, user_id, role)
        grant_role(user_id, tenant.id, role)


def remove_role(tenant: Tenant, user_id: int) -> None:
    """Remove somebody's role; the membership in the workspace stays. Raises NoSuchPerson, LastOwner."""
    with transaction():
        _check_leaving(tenant, user_id, None)
        revoke_role(user_id, tenant.id)


def _check_leaving(tenant: Tenant, user_id: int, role: Role | None) -> None:
    _lock(tenant)
    present = find_role(tenant.id, user_id)
    if present is None:
        raise NoSuchPerson
    if present is Role.OWNER and role is not Role.OWNER and not count_other_owners(tenant, user_id):
        raise LastOwner


def _lock(tenant: Tenant) -> None:
    # Two owners who remove each other at the same moment must not both see the other one.
    with transaction() as session:
        session.execute(select(DbTenant.id).where(DbTenant.id == tenant.id).with_for_update())
