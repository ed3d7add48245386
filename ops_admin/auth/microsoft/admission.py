"""People who sign in with Microsoft: who they are here, and which grants of roles to their groups count (R39, R47)."""

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
    """Who Microsoft says somebody is: the object id is unique in that directory only.

    `address` is a label: it can change and be given to somebody else, so that it never identifies anybody.
    """

    tenant_id: str
    oid: str
    name: str
    address: str


class Refusal(StrEnum):
    """Why somebody whom Microsoft knows is not let in."""

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
    """A user who may sign in, with the grants that count until the next sign-in."""

    user: User
    grant_ids: tuple[int, ...]


def directory_grants_roles(tenant_external_id: str) -> bool:
    """Whether any group of that directory grants a role: else nobody's memberships are worth asking for."""
    query = select(DbGroupRoleGrant.id).join(DbTenant).where(DbTenant.external_id == tenant_external_id).limit(1)
    return db.session.scalar(query) is not None


def admit(identity: MicrosoftIdentity, group_ids: Iterable[str]) -> Admitted:
    """Return who this is here; somebody new is added when a group of theirs grants a role. Raises NotAdmitted.

    Whoever is refused loses what groups gave them until now.
    """
    grant_ids = _grants_for(identity.tenant_id, group_ids)
    user_id = _find_user_id(identity)
    if user_id is None:
        return Admitted(_add(identity, grant_ids), grant_ids)
    user = find_user(user_id)
    if user is not None and (grant_ids or _is_member_anywhere(user_id)):
        return Admitted(user, grant_ids)
    record_memberships(user_id, (), utcnow())
    raise NotAdmitted(Refusal.NO_ROLE if user else Refusal.DISABLED)


def link(user: User, identity: MicrosoftIdentity) -> bool:
    """Let `user`, who is signed in, also sign in with Microsoft from now on; returns whether it was done.

    Only where both accounts carry the same address, neither is linked yet: somebody who connects a tenant as an
    administrator of its own must not make that account a way into theirs.
    """
    if identity.address.lower() != user.email:
        return False
    mine = (DbUser.id == user.id, DbUser.microsoft_oid.is_(None))
    values = {"microsoft_tenant_id": identity.tenant_id, "microsoft_oid": identity.oid}
    try:
        with transaction() as session:
            linked = session.execute(update(DbUser).where(*mine).values(**values).returning(DbUser.id)).first()
    except IntegrityError:  # that Microsoft account is somebody else's way in
        return False
    return linked is not None


def _grants_for(tenant_external_id: str, group_ids: Iterable[str]) -> tuple[int, ...]:
    """The grants of a directory are few and a person's groups may be thousands: compared here."""
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


def _add(identity: MicrosoftIdentity, grant_ids: tuple[int, ...]) -> User:
    if not grant_ids:
        raise NotAdmitted(Refusal.NO_ROLE)
    if is_known_email(identity.address):
        raise NotAdmitted(Refusal.ADDRESS_TAKEN)
    values = {"microsoft_tenant_id": identity.tenant_id, "microsoft_oid": identity.oid}
    try:
        with transaction() as session:
            # A password that nobody has ever seen: checking one takes as long as for anybody else.
            user = add_user(identity.address, identity.name, secrets.token_urlsafe(32))
            session.execute(update(DbUser).where(DbUser.id == user.id).values(**values))
            return user
    except IntegrityError:  # two first sign-ins at once: the other one made the user
        user_id = _find_user_id(identity)
        found = find_user(user_id) if user_id is not None else None
        if found is None:
            raise NotAdmitted(Refusal.ADDRESS_TAKEN) from None
        return found


def _is_member_anywhere(user_id: int) -> bool:
    query = select(DbMembership.user_id).where(DbMembership.user_id == user_id).limit(1)
    return db.session.scalar(query) is not None
