"""The tables of users, workspaces, tenants and their relations (R36)."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ops_admin.access.capabilities import Role
from ops_admin.infra.database import Base, BigIntKey, UTCDateTime, utcnow

_KNOWN_ROLE = "role IN ({})".format(", ".join(f"'{role}'" for role in Role))


class DbWorkspace(Base):
    """An organisation that uses the console."""

    __tablename__ = "workspaces"

    id: Mapped[int] = mapped_column(BigIntKey, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)


class DbTenant(Base):
    """One Microsoft tenant under management; `external_id` is its directory id."""

    __tablename__ = "tenants"
    __table_args__ = (UniqueConstraint("workspace_id", "external_id"),)

    id: Mapped[int] = mapped_column(BigIntKey, primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"))
    external_id: Mapped[str] = mapped_column(String(36), index=True)
    display_name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)


class DbUser(Base):
    """Somebody who can sign in, unless disabled: with a password, with Microsoft (R39), or both."""

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint("email = lower(email)", name="email_lower"),
        # An object id is unique within its directory only.
        Index("uq_users_microsoft", "microsoft_tenant_id", "microsoft_oid", unique=True),
    )

    id: Mapped[int] = mapped_column(BigIntKey, primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    display_name: Mapped[str] = mapped_column(String(200))
    password_hash: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    disabled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    microsoft_tenant_id: Mapped[str | None] = mapped_column(String(36))
    microsoft_oid: Mapped[str | None] = mapped_column(String(36))


class DbMembership(Base):
    """A user's membership in a workspace; the role applies to what belongs to no single tenant."""

    __tablename__ = "memberships"
    __table_args__ = (CheckConstraint(_KNOWN_ROLE, name="known_role"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"), primary_key=True, index=True)
    role: Mapped[str] = mapped_column(String(16))


class DbTenantRole(Base):
    """A user's role on one tenant; without effect unless the user is a member of the tenant's workspace."""

    __tablename__ = "tenant_roles"
    __table_args__ = (CheckConstraint(_KNOWN_ROLE, name="known_role"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id"), primary_key=True, index=True)
    role: Mapped[str] = mapped_column(String(16))


class DbGroupRoleGrant(Base):
    """A role on the tenant for the members of an Entra group (R47); name and id as Graph returned them."""

    __tablename__ = "group_role_grants"
    __table_args__ = (
        UniqueConstraint("tenant_id", "group_external_id"),
        CheckConstraint(_KNOWN_ROLE, name="known_role"),
    )

    id: Mapped[int] = mapped_column(BigIntKey, primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id"))
    group_external_id: Mapped[str] = mapped_column(String(36))
    group_name: Mapped[str] = mapped_column(String(256))
    role: Mapped[str] = mapped_column(String(16))
    granted_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)


class DbGroupRoleMember(Base):
    """The user was a member of the grant's group when signing in with Microsoft at `seen_at`.

    The role itself is stored with the grant, so changing or removing the grant takes effect at once.
    """

    __tablename__ = "group_role_members"

    grant_id: Mapped[int] = mapped_column(ForeignKey("group_role_grants.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True, index=True)
    seen_at: Mapped[datetime] = mapped_column(UTCDateTime)


class DbSignIn(Base):
    """One sign-in of one browser. The cookie holds a random token, this row only its SHA-256."""

    __tablename__ = "sign_ins"
    __table_args__ = (Index("ix_sign_ins_user_id_ended_at", "user_id", "ended_at"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
