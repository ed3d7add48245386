"""Who may sign in with Microsoft, and which grants of their groups apply (R39, R47)."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from ops_admin.access.group_memberships import record_memberships
from ops_admin.access.models import DbGroupRoleGrant, DbMembership, DbTenant, DbUser
from ops_admin.access.queries import User, find_user, is_known_email
from ops_admin.auth.accounts import add_user
from ops_admin.infra.database import db, transaction, utcnow


@dataclass(frozen=True)
class MicrosoftIdentity:
    """A person as Microsoft identifies them; the object id is unique only within its directory.

    `address` is only a label: it can change and be given to somebody else.
    """

    tenant_id: str
    oid: str
    name: str
    address: str


class Refusal(StrEnum):
    """Why a Microsoft account is refused."""

    NO_ROLE = "no_role"
    DISABLED = "disabled"
    ADDRESS_TAKEN = "address_taken"


class NotAdmitted(PermissionError):
    """The person may not sign in here; `reason` says why."""

    def __init__(self, reason: Refusal) -> None:
        super().__init__(str(reason))
        self.reason = reason


@dataclass(frozen=True)
class Admitted:
    """A user who may sign in, with the grants that apply until the next sign-in."""

    user: User
    grant_ids: tuple[int, ...]


def directory_grants_roles(tenant_external_id: str) -> bool:
    """Whether any group of that directory grants a role; if not, there is no need to read memberships."""
    query = select(DbGroupRoleGrant.id).join(DbTenant).where(DbTenant.external_id == tenant_external_id).limit(1)
    return db.session.scalar(query) is not None


def admit(identity: MicrosoftIdentity, group_ids: Iterable[str]) -> Admitted:
    """Return the user for a Microsoft identity; raises NotAdmitted.

    A new user is added if a group grants a role. Users who are refused lose the roles that groups gave them.
    """
    grant_ids = _matching_grants(identity.tenant_id, group_ids)
    user_id = _find_user_id(identity)
    if user_id is None:
        return Admitted(_add_user(identity, grant_ids), grant_ids)
    user = find_user(user_id)
    if user is not None and (grant_ids or _is_member_anywhere(user_id)):
        return Admitted(user, grant_ids)
    record_memberships(user_id, (), utcnow())
    raise NotAdmitted(Refusal.NO_ROLE if user else Refusal.DISABLED)


def link(user: User, identity: MicrosoftIdentity) -> bool:
    """Let `user`, who is signed in, also sign in with Microsoft; returns whether it was linked.

    Both accounts must have the same address, and neither may be linked yet. Otherwise, connecting a tenant with its
    administrator's account would let that account sign in as `user`.
    """
    if identity.address.lower() != user.email:
        return False
    mine = (DbUser.id == user.id, DbUser.microsoft_oid.is_(None))
    values = {"microsoft_tenant_id": identity.tenant_id, "microsoft_oid": identity.oid}
    try:
        with transaction() as session:
            linked = session.execute(update(DbUser).where(*mine).values(**values).returning(DbUser.id)).first()
    except IntegrityError:  # the Microsoft account is linked to another user
        return False
    return linked is not None


def _matching_grants(tenant_external_id: str, group_ids: Iterable[str]) -> tuple[int, ...]:
    # Compared here, because a directory has few grants but a person may be in thousands of groups.
    held = {group_id.lower() for group_id in group_ids}
    query = (
        select(DbGroupRoleGrant.id, DbGroupRoleGrant.group_external_id)
        .join(DbTenant, DbTenant.id == DbGroupRoleGrant.tenant_id)
        .where(DbTenant.external_id == tenant_external_id)
        .order_by(DbGroupRoleGrant.id)
    )
    return tuple(grant_id for grant_id, group_id in db.session.execute(query) if group_id in held)


def _find_user_id(identity: MicrosoftIdentity) -> int | None:
    same = (DbUser.microsoft_tenant_id == identity.tenant_id, DbUser.microsoft_oid == identity.oid)
    return db.session.scalar(select(DbUser.id).where(*same))


def _add_user(identity: MicrosoftIdentity, grant_ids: tuple[int, ...]) -> User:
    if not grant_ids:
        raise NotAdmitted(Refusal.NO_ROLE)
    if is_known_email(identity.address):
        raise NotAdmitted(Refusal.ADDRESS_TAKEN)
    values = {"microsoft_tenant_id": identity.tenant_id, "microsoft_oid": identity.oid}
    try:
        with transaction() as session:
            # A random password, so that verifying one takes as long as for any other user.
            user = add_user(identity.address, identity.name, secrets.token_urlsafe(32))
            session.execute(update(DbUser).where(DbUser.id == user.id).values(**values))
            return user
    except IntegrityError:  # a simultaneous first sign-in has added the user
        user_id = _find_user_id(identity)
        found = find_user(user_id) if user_id is not None else None
        if found is None:
            raise NotAdmitted(Refusal.ADDRESS_TAKEN) from None
        return found


def _is_member_anywhere(user_id: int) -> bool:
    query = select(DbMembership.user_id).where(DbMembership.user_id == user_id).limit(1)
    return db.session.scalar(query) is not None
