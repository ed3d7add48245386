"""The demo workspaces, tenants and users (R52). Seeding twice changes nothing."""

from dataclasses import dataclass

from ops_admin.access import administration
from ops_admin.access.capabilities import Role
from ops_admin.access.queries import (
    Tenant,
    find_password_hash,
    find_tenant_in_workspace,
    find_user_by_email,
    find_workspace_by_slug,
    is_known_email,
)
from ops_admin.access.rights import rights_of
from ops_admin.auth import accounts
from ops_admin.auth.authentication import authenticate
from ops_admin.auth.demo_password import find_demo_password, make_demo_password
from ops_admin.auth.passwords import matches
from ops_admin.config import Settings
from ops_admin.infra.database import transaction


@dataclass(frozen=True)
class DemoWorkspace:
    """A workspace to seed: names of tenants by directory id, roles of users by e-mail address."""

    name: str
    slug: str
    tenants: dict[str, str]
    users: dict[str, Role]


DEMO = DemoWorkspace(
    "Demo",
    "demo",
    {
        "7d1f3c52-0b6e-4c8a-9e25-5a4b6c7d8e9f": "Contoso (simulated)",
        "b8e0a4d6-2f13-4e7b-8a9c-1d2e3f405162": "Fabrikam (simulated)",
    },
    {f"{role}@demo.example": role for role in Role},
)
ELSEWHERE = DemoWorkspace(
    "Elsewhere",
    "elsewhere",
    {"3f9a1d84-5c27-4b60-8e1f-0a9b7c6d5e42": "Northwind (simulated)"},
    {"outsider@demo.example": Role.OWNER},
)


@dataclass(frozen=True)
class SeedReport:
    """What is needed to sign in; `password` is None if the users have their own passwords."""

    emails: tuple[str, ...]
    password: str | None
    generated: bool


def seed_demo(settings: Settings) -> SeedReport:
    """Add missing demo data. Existing passwords stay, unless one is configured."""
    emails = (*DEMO.users, *ELSEWHERE.users)
    known = [email for email in emails if is_known_email(email)]
    password = find_demo_password(settings)
    if password is None and len(known) < len(emails):
        password = make_demo_password(settings)
    if password is not None:
        for email in emails:
            if email not in known:
                accounts.add_user(email, email.partition("@")[0].capitalize(), password)
    if settings.demo_password:
        _set_passwords(known, settings.demo_password)
    for workspace in (DEMO, ELSEWHERE):
        _seed(workspace)
    opens = password is not None and authenticate(emails[0], password) is not None
    return SeedReport(emails, password if opens else None, generated=not settings.demo_password)


def _set_passwords(emails: list[str], password: str) -> None:
    for email in emails:
        user = find_user_by_email(email)
        if user and not matches(password, find_password_hash(user.id)):
            accounts.set_password(user.id, password)


def _seed(demo: DemoWorkspace) -> None:
    with transaction():
        workspace = find_workspace_by_slug(demo.slug) or administration.add_workspace(demo.name, demo.slug)
        tenants = [
            find_tenant_in_workspace(workspace.id, external_id)
            or administration.add_tenant(workspace.id, external_id, display_name)
            for external_id, display_name in demo.tenants.items()
        ]
        for email, role in demo.users.items():
            user = find_user_by_email(email)
            if user is not None:  # a disabled user stays without roles
                _give_roles(user.id, role, workspace.id, tenants)


def _give_roles(user_id: int, role: Role, workspace_id: int, tenants: list[Tenant]) -> None:
    rights = rights_of(user_id)
    if workspace_id not in rights.workspaces:
        administration.add_member(user_id, workspace_id, role)
    for tenant in tenants:
        if tenant.id not in rights.tenants:
            administration.grant_role(user_id, tenant.id, role)
