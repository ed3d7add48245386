"""The demo data (R52)."""

import stat
import uuid
from dataclasses import replace

import pytest

from ops_admin.access import administration
from ops_admin.access.capabilities import Capability, Role
from ops_admin.access.queries import User, find_tenant_by_external_id, find_user_by_email, visible_tenants
from ops_admin.access.rights import Rights, rights_of, rights_of_system
from ops_admin.auth import accounts
from ops_admin.auth.authentication import authenticate
from ops_admin.auth.seeds import seed_demo
from ops_admin.config import Settings
from tests.support.environment import CONTOSO, DEMO_PASSWORD, FABRIKAM, OUTSIDER, OWNER

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def unset(settings: Settings) -> Settings:
    """Settings without a configured password."""
    return replace(settings, demo_password=None)


@pytest.mark.parametrize("role", Role)
def test_there_is_a_user_for_each_role_on_both_tenants(settings: Settings, role: Role) -> None:
    seed_demo(settings)
    rights = rights_by_email(f"{role}@demo.example")
    assert [tenant.external_id for tenant in visible_tenants(rights)] == [CONTOSO, FABRIKAM]
    assert set(rights.tenants.values()) == set(rights.workspaces.values()) == {role}


def test_the_outsider_belongs_to_another_workspace(settings: Settings) -> None:
    seed_demo(settings)
    outsider = rights_by_email(OUTSIDER)
    assert not set(outsider.workspaces) & set(rights_by_email(OWNER).workspaces)
    assert len(visible_tenants(outsider)) == 1


def test_every_seeded_tenant_has_a_uuid_of_version_4(settings: Settings) -> None:
    seed_demo(settings)
    tenants = visible_tenants(rights_of_system())
    assert {uuid.UUID(tenant.external_id).version for tenant in tenants} == {4}


def test_seeding_again_changes_nothing(settings: Settings) -> None:
    first = seed_demo(settings)
    before = [rights_by_email(email) for email in first.emails]
    assert seed_demo(settings) == first
    assert [rights_by_email(email) for email in first.emails] == before


def test_the_configured_password_opens_every_account(settings: Settings) -> None:
    report = seed_demo(settings)
    assert (report.password, report.generated) == (DEMO_PASSWORD, False)
    assert all(authenticate(email, DEMO_PASSWORD) for email in report.emails)


def test_a_password_configured_later_is_set(settings: Settings) -> None:
    seed_demo(settings)
    report = seed_demo(replace(settings, demo_password="another one"))
    assert all(authenticate(email, "another one") for email in report.emails)


def test_a_generated_password_is_kept_for_this_user_of_the_machine_and_said_again(unset: Settings) -> None:
    first = seed_demo(unset)
    file = unset.data_dir / "demo-password"
    assert first.generated
    assert file.read_text().strip() == first.password
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert seed_demo(unset) == first


def test_a_password_that_nobody_kept_is_left_alone_and_not_guessed(settings: Settings, unset: Settings) -> None:
    seed_demo(settings)
    assert seed_demo(unset).password is None
    assert authenticate(OWNER, DEMO_PASSWORD)


def test_what_an_administrator_changed_stays(settings: Settings) -> None:
    seed_demo(settings)
    contoso = find_tenant_by_external_id(CONTOSO)
    assert contoso is not None
    administration.grant_role(user_by_email(OWNER).id, contoso.id, Role.READONLY)
    seed_demo(settings)
    assert not rights_by_email(OWNER).may(Capability.INVENTORY_SYNC, contoso.id)


def test_a_disabled_demo_user_stays_disabled(settings: Settings) -> None:
    seed_demo(settings)
    accounts.disable_user(user_by_email(OWNER).id)
    seed_demo(settings)
    assert find_user_by_email(OWNER) is None


def user_by_email(email: str) -> User:
    user = find_user_by_email(email)
    assert user is not None
    return user


def rights_by_email(email: str) -> Rights:
    return rights_of(user_by_email(email).id)
