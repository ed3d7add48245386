"""A tenant's Access page: giving, changing and removing roles; an owner always remains (R36)."""

import pytest
from flask import Flask

from ops_admin.access.capabilities import Role
from ops_admin.access.people import changing
from ops_admin.access.people.queries import find_role
from ops_admin.access.queries import Tenant, User
from ops_admin.auth import accounts
from tests.support.clients import ConsoleClient
from tests.support.factories import make_member, make_tenant, make_user


@pytest.fixture
def tenant(app_context: Flask) -> Tenant:
    return make_tenant()


@pytest.fixture
def owner(tenant: Tenant, client: ConsoleClient) -> User:
    user = make_member(tenant, Role.OWNER)
    client.sign_in(user.email)
    return user


def url_of(tenant: Tenant, rest: str = "") -> str:
    return f"/tenants/{tenant.id}/access{rest}"


def test_a_member_of_the_workspace_is_given_a_role(client: ConsoleClient, tenant: Tenant, owner: User) -> None:
    member = make_member(tenant, None)
    client.post(url_of(tenant, "/people"), data={"email": member.email.upper(), "role": "operator"})
    assert find_role(tenant.id, member.id) is Role.OPERATOR


def test_nobody_outside_the_workspace_is_given_a_role_or_confirmed(
    client: ConsoleClient, tenant: Tenant, owner: User
) -> None:
    stranger = make_user()
    answers = [
        client.post(url_of(tenant, "/people"), data={"email": email, "role": "operator"})
        for email in (stranger.email, "nobody@example.com")
    ]
    assert [answer.status_code for answer in answers] == [422, 422]
    assert all("No member of this workspace has this address." in answer.text for answer in answers)
    assert stranger.email in answers[0].text, "what was typed is kept"


def test_a_role_is_changed_and_taken_away(client: ConsoleClient, tenant: Tenant, owner: User) -> None:
    member = make_member(tenant, Role.OPERATOR)
    client.post(url_of(tenant, f"/people/{member.id}"), data={"role": "manager"})
    assert find_role(tenant.id, member.id) is Role.MANAGER
    client.post(url_of(tenant, f"/people/{member.id}/remove"))
    assert find_role(tenant.id, member.id) is None


def test_somebody_in_the_list_is_not_added_again(client: ConsoleClient, tenant: Tenant, owner: User) -> None:
    answer = client.post(url_of(tenant, "/people"), data={"email": owner.email, "role": "readonly"})
    assert answer.status_code == 422
    assert find_role(tenant.id, owner.id) is Role.OWNER


@pytest.mark.parametrize("rest", ["", "/remove"])
def test_the_last_owner_remains(client: ConsoleClient, tenant: Tenant, owner: User, rest: str) -> None:
    client.post(url_of(tenant, f"/people/{owner.id}{rest}"), data={"role": "readonly"})
    assert find_role(tenant.id, owner.id) is Role.OWNER
    assert "only owner" in client.get(url_of(tenant)).text


def test_an_owner_who_is_disabled_or_no_member_does_not_count(tenant: Tenant, owner: User) -> None:
    accounts.disable_user(make_member(tenant, Role.OWNER).id)
    with pytest.raises(changing.LastOwner):
        changing.remove_role(tenant, owner.id)


def test_an_owner_may_leave_when_there_is_another(client: ConsoleClient, tenant: Tenant, owner: User) -> None:
    make_member(tenant, Role.OWNER)
    assert client.post(url_of(tenant, f"/people/{owner.id}/remove")).location == "/"
    assert client.get(url_of(tenant)).status_code == 403


@pytest.mark.parametrize("role", ["", "emperor"])
def test_a_role_that_there_is_not_is_refused(client: ConsoleClient, tenant: Tenant, owner: User, role: str) -> None:
    member = make_member(tenant, Role.READONLY)
    assert client.post(url_of(tenant, f"/people/{member.id}"), data={"role": role}).status_code == 400
    assert find_role(tenant.id, member.id) is Role.READONLY


def test_people_and_grants_of_other_tenants_are_not_found(client: ConsoleClient, tenant: Tenant, owner: User) -> None:
    other = make_member(make_tenant(), Role.OPERATOR)
    assert client.post(url_of(tenant, f"/people/{other.id}"), data={"role": "owner"}).status_code == 404
    assert client.post(url_of(tenant, "/groups/1/remove")).status_code == 404


def test_a_manager_neither_sees_the_page_nor_the_link(client: ConsoleClient, tenant: Tenant) -> None:
    client.sign_in(make_member(tenant, Role.MANAGER).email)
    assert client.get(url_of(tenant)).status_code == 403
    assert url_of(tenant) not in client.get(f"/tenants/{tenant.id}").text


def test_changing_roles_needs_a_form_of_ours(client: ConsoleClient, tenant: Tenant, owner: User) -> None:
    member = make_member(tenant, Role.READONLY)
    client.sends_csrf = False
    assert client.post(url_of(tenant, f"/people/{member.id}"), data={"role": "owner"}).status_code == 400
