"""Reads the tables of `access` for other features; returns frozen dataclasses."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select

from ops_admin.access.capabilities import Capability
from ops_admin.access.models import DbSignIn, DbTenant, DbUser, DbWorkspace
from ops_admin.access.rights import Rights
from ops_admin.infra.database import db


class TenantNotFound(LookupError):
    """There is no such tenant."""


class AmbiguousTenant(LookupError):
    """Several workspaces manage the tenant with this directory id."""


@dataclass(frozen=True)
class User:
    """Somebody who can sign in."""

    id: int
    email: str
    display_name: str


@dataclass(frozen=True)
class Workspace:
    """An organisation that uses the console."""

    id: int
    name: str


@dataclass(frozen=True)
class Tenant:
    """One Microsoft tenant under management; `external_id` is its directory id."""

    id: int
    workspace_id: int
    external_id: str
    display_name: str


@dataclass(frozen=True)
class SignIn:
    """One sign-in that has not ended; `id` is a hash, so it cannot be used to sign in and may name a room."""

    id: str
    user: User
    created_at: datetime


def find_user(user_id: int) -> User | None:
    """Return the enabled user with that id."""
    return _user(db.session.get(DbUser, user_id))


def find_user_by_email(email: str) -> User | None:
    """Return the enabled user with that e-mail address, ignoring case."""
    return _user(db.session.scalar(select(DbUser).where(DbUser.email == email.strip().lower())))


def list_display_names() -> frozenset[str]:
    """Return what everybody who has an account is called, also those who may not sign in any more."""
    return frozenset(db.session.scalars(select(DbUser.display_name).distinct()))


def is_known_email(email: str) -> bool:
    """Whether there is a user with that e-mail address, enabled or not."""
    known = select(DbUser.id).where(DbUser.email == email.strip().lower())
    return db.session.scalar(known) is not None


def find_password_hash(user_id: int) -> str | None:
    """Return the hash of the user's password."""
    return db.session.scalar(select(DbUser.password_hash).where(DbUser.id == user_id))


def find_sign_in(sign_in_id: str, not_before: datetime) -> SignIn | None:
    """Return the sign-in if it began after `not_before`, has not ended and its user is enabled."""
    query = (
        select(DbSignIn, DbUser)
        .join(DbUser, DbUser.id == DbSignIn.user_id)
        .where(DbSignIn.id == sign_in_id, DbSignIn.ended_at.is_(None), DbSignIn.created_at > not_before)
    )
    row = db.session.execute(query).first()
    user = _user(row[1]) if row else None
    return SignIn(row[0].id, user, row[0].created_at) if row and user else None


def standing_sign_ins(sign_in_ids: Iterable[str], not_before: datetime) -> frozenset[str]:
    """Return those of the sign-ins that are still valid (see `find_sign_in`), in one query."""
    query = (
        select(DbSignIn.id)
        .join(DbUser, DbUser.id == DbSignIn.user_id)
        .where(DbSignIn.id.in_(list(sign_in_ids)), DbSignIn.ended_at.is_(None), DbSignIn.created_at > not_before)
        .where(DbUser.disabled_at.is_(None))
    )
    return frozenset(db.session.scalars(query))


def list_open_sign_ins(user_id: int) -> list[str]:
    """Return the ids of the user's sign-ins that have not ended."""
    query = select(DbSignIn.id).where(DbSignIn.user_id == user_id, DbSignIn.ended_at.is_(None))
    return list(db.session.scalars(query))


def find_workspace_by_slug(slug: str) -> Workspace | None:
    """Return the workspace with that slug."""
    row = db.session.scalar(select(DbWorkspace).where(DbWorkspace.slug == slug))
    return Workspace(row.id, row.name) if row else None


def list_workspaces() -> list[Workspace]:
    """Return all workspaces, by name, without checking rights: for the command line."""
    return [Workspace(row.id, row.name) for row in db.session.scalars(select(DbWorkspace).order_by(DbWorkspace.name))]


def member_workspaces(rights: Rights) -> list[Workspace]:
    """Return, by name, the workspaces of which the user is a member or sees a tenant through a group."""
    known = {*rights.workspaces, *(rights.tenant_workspace[tenant_id] for tenant_id in rights.by_group)}
    query = select(DbWorkspace).where(DbWorkspace.id.in_(known)).order_by(DbWorkspace.name)
    return [Workspace(row.id, row.name) for row in db.session.scalars(query)]


def find_tenant(tenant_id: int) -> Tenant | None:
    """Return the tenant with that id (ours, not the directory id)."""
    return _tenant(db.session.get(DbTenant, tenant_id))


def get_tenant(tenant_id: int) -> Tenant:
    """Return the tenant with that id (ours, not the directory id); raises TenantNotFound."""
    tenant = find_tenant(tenant_id)
    if tenant is None:
        raise TenantNotFound(f"no tenant {tenant_id}")
    return tenant


def find_tenant_by_external_id(external_id: str, rights: Rights | None = None) -> Tenant | None:
    """Return the tenant with that directory id, among those visible with `rights` (None: among all).

    Raises AmbiguousTenant if more than one workspace manages it.
    """
    query = select(DbTenant).where(DbTenant.external_id == external_id.strip().lower())
    if rights is not None:
        known = (DbTenant.workspace_id.in_(rights.workspaces), DbTenant.id.in_(rights.by_group))
        query = query.where(or_(*known))
    rows = db.session.scalars(query.limit(2)).all()
    if len(rows) > 1:
        raise AmbiguousTenant(f"several workspaces manage the tenant {external_id}")
    return _tenant(rows[0]) if rows else None


def find_tenant_in_workspace(workspace_id: int, external_id: str) -> Tenant | None:
    """Return the workspace's tenant with that directory id."""
    query = select(DbTenant).where(DbTenant.workspace_id == workspace_id, DbTenant.external_id == external_id)
    return _tenant(db.session.scalar(query))


def list_tenants(workspace_id: int) -> list[Tenant]:
    """Return the tenants of a workspace, by name, without checking rights: for the command line."""
    query = select(DbTenant).where(DbTenant.workspace_id == workspace_id)
    rows = db.session.scalars(query.order_by(DbTenant.display_name, DbTenant.id))
    return [Tenant(row.id, row.workspace_id, row.external_id, row.display_name) for row in rows]


def visible_tenants(rights: Rights) -> list[Tenant]:
    """Return the tenants that the user may see, by name."""
    ids = rights.tenant_ids(Capability.TENANT_VIEW)
    columns = (DbTenant.id, DbTenant.workspace_id, DbTenant.external_id, DbTenant.display_name)
    query = select(*columns).where(DbTenant.id.in_(ids)).order_by(DbTenant.display_name, DbTenant.id)
    return [Tenant(*row) for row in db.session.execute(query)]


def _tenant(row: DbTenant | None) -> Tenant | None:
    return Tenant(row.id, row.workspace_id, row.external_id, row.display_name) if row else None


def _user(row: DbUser | None) -> User | None:
    return User(row.id, row.email, row.display_name) if row and row.disabled_at is None else None
