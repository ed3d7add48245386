"""Changing rights takes effect at once and is announced after the commit (R25, R36)."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError

from ops_admin.access import administration
from ops_admin.access.capabilities import Capability, Role
from ops_admin.access.lifetimes import SIGN_IN_LIFETIME
from ops_admin.access.models import DbGroupRoleGrant, DbGroupRoleMember
from ops_admin.access.queries import (
    AmbiguousTenant,
    Tenant,
    User,
    Workspace,
    find_tenant_by_external_id,
    find_user_by_email,
    list_workspaces,
)
from ops_admin.access.rights import Rights, rights_of, rights_of_each, rights_of_system
from ops_admin.access.signals import rights_changed
from ops_admin.auth import accounts
from ops_admin.infra.database import transaction, utcnow
from tests.support.factories import make_member, make_tenant, make_user, make_workspace

pytestmark = pytest.mark.usefixtures("app_context")
VIEW, SYNC = Capability.TENANT_VIEW, Capability.INVENTORY_SYNC


@contextmanager
def hearing() -> Iterator[list[int]]:
    """Collect the ids of users whose rights are announced as changed."""
    users: list[int] = []
    with rights_changed.connected_to(users.append):
        yield users


@pytest.fixture
def tenant(app_context: Flask) -> Tenant:
    return make_tenant()


def test_a_membership_alone_gives_no_role_on_a_tenant(tenant: Tenant) -> None:
    user = make_user()
    with hearing() as heard:
        administration.add_member(user.id, tenant.workspace_id, Role.OWNER)
    assert rights_of(user.id).is_member_for_tenant(tenant.id)
    assert not rights_of(user.id).may(VIEW, tenant.id)
    assert heard == [user.id]


def test_a_role_can_be_given_changed_and_taken_away(tenant: Tenant) -> None:
    user = make_member(tenant, None)
    with hearing() as heard:
        administration.grant_role(user.id, tenant.id, Role.READONLY)
        assert not rights_of(user.id).may(SYNC, tenant.id)
        administration.grant_role(user.id, tenant.id, Role.OPERATOR)
        assert rights_of(user.id).may(SYNC, tenant.id)
        administration.revoke_role(user.id, tenant.id)
        assert not rights_of(user.id).may(VIEW, tenant.id)
    assert heard == [user.id] * 3


def test_only_a_member_can_be_given_a_role(tenant: Tenant) -> None:
    outsider = make_member(make_tenant(), Role.OWNER)
    with hearing() as heard, pytest.raises(administration.NotAMember):
        administration.grant_role(outsider.id, tenant.id, Role.READONLY)
    assert heard == []


def test_the_end_of_a_membership_ends_the_roles_in_that_workspace_only(tenant: Tenant) -> None:
    user, elsewhere = make_member(tenant, Role.OWNER), make_tenant()
    administration.add_member(user.id, elsewhere.workspace_id, Role.OWNER)
    administration.grant_role(user.id, elsewhere.id, Role.OWNER)
    administration.remove_member(user.id, tenant.workspace_id)
    assert rights_of(user.id).tenant_ids(VIEW) == {elsewhere.id}
    administration.add_member(user.id, tenant.workspace_id, Role.OWNER)
    assert rights_of(user.id).tenant_ids(VIEW) == {elsewhere.id}


def test_the_rights_of_many_are_what_each_of_them_has(tenant: Tenant) -> None:
    owner, member, disabled = make_member(tenant, Role.OWNER), make_member(tenant, None), make_member(tenant)
    guest, late, nobody = make_user(), make_user(), make_user()
    make_tenant(find_workspace(tenant))
    accounts.disable_user(disabled.id)
    grant_by_group(tenant, guest, utcnow())
    grant_by_group(tenant, late, utcnow() - SIGN_IN_LIFETIME)
    user_ids = [user.id for user in (owner, member, disabled, guest, late, nobody)]
    each = {user_id: rights_of(user_id) for user_id in user_ids}
    assert rights_of_each(user_ids) == each
    having = {user_id for user_id, rights in each.items() if rights != Rights(user_id)}
    assert having == {owner.id, member.id, guest.id}
    assert rights_of_each([]) == {}


def find_workspace(tenant: Tenant) -> Workspace:
    return next(each for each in list_workspaces() if each.id == tenant.workspace_id)


def grant_by_group(tenant: Tenant, user: User, seen_at: datetime) -> None:
    """Give the user a role on the tenant through a new group, in which the user was last seen at `seen_at`."""
    with transaction() as session:
        grant = DbGroupRoleGrant(
            tenant_id=tenant.id,
            group_external_id=str(uuid.uuid4()),
            group_name="Operators",
            role=str(Role.OPERATOR),
            granted_by=user.id,
        )
        session.add(grant)
        session.flush()
        session.add(DbGroupRoleMember(grant_id=grant.id, user_id=user.id, seen_at=seen_at))


def test_a_disabled_user_has_no_rights_and_is_not_found(tenant: Tenant) -> None:
    user = make_member(tenant, Role.OWNER)
    with hearing() as heard:
        accounts.disable_user(user.id)
    assert rights_of(user.id).tenant_ids(VIEW) == frozenset()
    assert find_user_by_email(user.email) is None
    assert heard == [user.id]


def test_a_change_that_is_rolled_back_is_not_announced(tenant: Tenant) -> None:
    user = make_member(tenant, Role.OWNER)
    with hearing() as heard, pytest.raises(RuntimeError):
        revoke_and_fail(user, tenant)
    assert heard == []
    assert rights_of(user.id).may(VIEW, tenant.id)


def test_an_address_is_taken_however_it_is_capitalised() -> None:
    accounts.add_user("Ada@Console.example", "Ada", "secret")
    with pytest.raises(IntegrityError) as refused:
        accounts.add_user("ada@console.EXAMPLE ", "Ada", "secret")
    assert "argon2" not in str(refused.value), "the values of a statement must not reach the log"


def test_a_new_tenant_changes_what_members_may_know_of() -> None:
    member = make_member(make_tenant())
    workspace_id = next(iter(rights_of(member.id).workspaces))
    with hearing() as heard:
        tenant = administration.add_tenant(workspace_id, "A3F9A1D8-5C27-4B60-8E1F-0A9B7C6D5E42", "Northwind")
    assert tenant.external_id == "a3f9a1d8-5c27-4b60-8e1f-0a9b7c6d5e42"
    assert rights_of(member.id).is_member_for_tenant(tenant.id)
    assert heard == [member.id]


@pytest.mark.parametrize("external_id", ["", "contoso", "7d1f3c52-0b6e-1c8a-9e25-5a4b6c7d8e9f"])
def test_a_directory_id_is_a_uuid_of_version_4(external_id: str) -> None:
    with pytest.raises(administration.InvalidDirectoryId):
        administration.add_tenant(make_workspace().id, external_id, "Contoso")


def test_a_workspace_has_a_tenant_only_once(tenant: Tenant) -> None:
    with pytest.raises(IntegrityError):
        administration.add_tenant(tenant.workspace_id, tenant.external_id, "Again")


def test_a_tenant_is_found_by_its_directory_id_among_those_one_may_know_of(tenant: Tenant) -> None:
    twin = make_tenant(external_id=tenant.external_id)
    member = make_member(twin)
    assert find_tenant_by_external_id(tenant.external_id.upper(), rights_of(member.id)) == twin
    with pytest.raises(AmbiguousTenant):
        find_tenant_by_external_id(tenant.external_id, rights_of_system())


def test_the_system_may_do_everything(tenant: Tenant) -> None:
    assert all(rights_of_system().may(capability, tenant.id) for capability in Capability)


def revoke_and_fail(user: User, tenant: Tenant) -> None:
    with transaction():
        administration.revoke_role(user.id, tenant.id)
        raise RuntimeError
