"""The tables of users, workspaces, tenants and what connects them (R36)."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ops_admin.access.capabilities import Role
from ops_admin.database import Base, BigIntKey, UTCDateTime, utcnow

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
    """Somebody who can sign in, unless disabled."""

    __tablename__ = "users"
    __table_args__ = (CheckConstraint("email = lower(email)", name="email_lower"),)

    id: Mapped[int] = mapped_column(BigIntKey, primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    display_name: Mapped[str] = mapped_column(String(200))
    password_hash: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    disabled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class DbMembership(Base):
    """A user belongs to a workspace; the role counts for what belongs to no single tenant."""

    __tablename__ = "memberships"
    __table_args__ = (CheckConstraint(_KNOWN_ROLE, name="known_role"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id"), primary_key=True, index=True)
    role: Mapped[str] = mapped_column(String(16))


class DbTenantRole(Base):
    """A user's role on one tenant; worth nothing without a membership in the tenant's workspace."""

    __tablename__ = "tenant_roles"
    __table_args__ = (CheckConstraint(_KNOWN_ROLE, name="known_role"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id"), primary_key=True, index=True)
    role: Mapped[str] = mapped_column(String(16))


class DbSignIn(Base):
    """One sign-in of one browser. The browser's cookie holds a random token, this row only its SHA-256."""

    __tablename__ = "sign_ins"
    __table_args__ = (Index("ix_sign_ins_user_id_ended_at", "user_id", "ended_at"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
