"""Signing in with Microsoft: who is admitted, with which role, for how long, and how others are refused (R39)."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from ops_admin.access import administration
from ops_admin.access.capabilities import Capability, Role
from ops_admin.access.models import DbGroupRoleMember
from ops_admin.access.people.groups import grant_to_group
from ops_admin.access.queries import Tenant, User, find_user_by_email
from ops_admin.access.rights import rights_of
from ops_admin.auth import accounts
from ops_admin.auth.microsoft.outbound.authority import Authority, SignedIn
from ops_admin.infra.database import transaction, utcnow
from tests.auth.visiting import ADA, EVERYBODY, HELP_DESK, HENK, NORA, Visitor
from tests.graph.simulated import CONTOSO, Simulator
from tests.support.factories import make_tenant, make_user


@pytest.fixture
def granted(at_desk: Visitor, tenant: Tenant, app: Flask) -> Visitor:
    """A new browser without a sign-in; members of the help desk are operators."""
    assert at_desk.grant(tenant, HELP_DESK).status_code == 302
    return Visitor(app)


def user_of(address: str) -> User:
    user = find_user_by_email(address)
    assert user is not None
    return user


def test_a_member_of_a_group_enters_with_the_role_of_the_group(granted: Visitor, tenant: Tenant) -> None:
    assert granted.sign_in(HENK.id).location == "/"
    rights = rights_of(user_of(HENK.user_principal_name).id)
    assert rights.may(Capability.INVENTORY_SYNC, tenant.id)
    assert not rights.may(Capability.RESTORE, tenant.id)


def test_the_pages_of_the_tenant_open_and_those_of_its_neighbours_do_not(granted: Visitor, tenant: Tenant) -> None:
    neighbour = administration.add_tenant(tenant.workspace_id, "11111111-2222-4333-8444-555555555555", "Neighbour")
    granted.sign_in(HENK.id)
    assert granted.status(f"/tenants/{tenant.id}") == 200
    assert granted.status(f"/tenants/{neighbour.id}") == 404
    assert granted.status(f"/tenants/{tenant.id}/access") == 403
    assert tenant.display_name in granted.client.get("/").text


def test_membership_through_another_group_counts(granted: Visitor, at_desk: Visitor, tenant: Tenant) -> None:
    at_desk.grant(tenant, EVERYBODY, "manager")
    granted.sign_in(HENK.id)
    assert rights_of(user_of(HENK.user_principal_name).id).may(Capability.RESTORE, tenant.id)


def test_whoever_is_in_no_such_group_is_told_so_and_not_added(granted: Visitor) -> None:
    granted.sign_in(NORA.id)
    assert "none of your groups grants a role" in granted.messages()
    assert not granted.is_signed_in()
    assert find_user_by_email(NORA.user_principal_name) is None


def test_leaving_the_group_ends_the_role_at_the_next_sign_in(
    granted: Visitor, tenant: Tenant, simulator: Simulator, app: Flask
) -> None:
    granted.sign_in(HENK.id)
    simulator.control("PUT", f"tenants/{CONTOSO}/people/{HENK.id}", groups=[])
    again = Visitor(app)
    again.sign_in(HENK.id)
    assert "none of your groups grants a role" in again.messages()
    assert not rights_of(user_of(HENK.user_principal_name).id).is_member_for_tenant(tenant.id)


def test_a_role_by_a_group_lasts_no_longer_than_a_sign_in(granted: Visitor, tenant: Tenant) -> None:
    granted.sign_in(HENK.id)
    with transaction() as session:
        session.execute(update(DbGroupRoleMember).values(seen_at=utcnow() - timedelta(hours=12, seconds=1)))
    assert not rights_of(user_of(HENK.user_principal_name).id).is_member_for_tenant(tenant.id)


def test_taking_the_groups_role_away_is_felt_at_once(granted: Visitor, at_desk: Visitor, tenant: Tenant) -> None:
    granted.sign_in(HENK.id)
    at_desk.client.post(f"/tenants/{tenant.id}/access/groups/1/remove")
    assert granted.status(f"/tenants/{tenant.id}") == 404


def test_changing_the_groups_role_is_felt_at_once(granted: Visitor, at_desk: Visitor, tenant: Tenant) -> None:
    granted.sign_in(HENK.id)
    at_desk.client.post(f"/tenants/{tenant.id}/access/groups/1", data={"role": "readonly"})
    assert not rights_of(user_of(HENK.user_principal_name).id).may(Capability.INVENTORY_SYNC, tenant.id)


def test_a_sign_in_with_the_password_brings_no_role_of_a_group(granted: Visitor, tenant: Tenant) -> None:
    granted.sign_in(HENK.id)
    user = user_of(HENK.user_principal_name)
    accounts.set_password(user.id, "a-password-for-henk")
    granted.client.post("/login", data={"email": user.email, "password": "a-password-for-henk"})
    assert not rights_of(user.id).is_member_for_tenant(tenant.id)


def test_a_group_of_another_directory_grants_nothing(at_desk: Visitor, app: Flask) -> None:
    elsewhere = make_tenant()
    grant_to_group(elsewhere, HELP_DESK, Role.OWNER, make_user())
    visitor = Visitor(app)
    visitor.sign_in(HENK.id)
    assert not visitor.is_signed_in()


def test_an_address_of_somebody_else_opens_no_account(granted: Visitor) -> None:
    other = make_user(HENK.user_principal_name)
    granted.sign_in(HENK.id)
    assert "There is an account with your address already" in granted.messages()
    assert not granted.is_signed_in()
    assert not rights_of(other.id).tenants


def test_connecting_with_an_account_of_ones_own_address_links_it(app: Flask, tenant: Tenant, at_desk: Visitor) -> None:
    user = make_user(ADA.user_principal_name)
    administration.add_member(user.id, tenant.workspace_id, Role.OWNER)
    administration.grant_role(user.id, tenant.id, Role.OWNER)
    visitor = Visitor(app)
    visitor.client.sign_in(user.email)
    visitor.connect(tenant, ADA.id)
    fresh = Visitor(app)
    fresh.sign_in(ADA.id)
    assert fresh.is_signed_in()


def test_connecting_with_another_account_links_nothing(app: Flask, tenant: Tenant, at_desk: Visitor) -> None:
    at_desk.connect(tenant, ADA.id)
    fresh = Visitor(app)
    fresh.sign_in(ADA.id)
    assert not fresh.is_signed_in()


def test_a_disabled_account_cannot_sign_in(granted: Visitor) -> None:
    granted.sign_in(HENK.id)
    accounts.disable_user(user_of(HENK.user_principal_name).id)
    granted.sign_in(HENK.id)
    assert "disabled" in granted.messages()
    assert not granted.is_signed_in()


@pytest.mark.parametrize("changed", [{"state": "another"}, {"state": ""}, {"code": "made-up"}])
def test_a_forged_callback_is_refused(granted: Visitor, changed: dict[str, str]) -> None:
    answer = granted.consent(granted.begin(), HENK.id)
    granted.come_back(granted.forge(answer, **changed))
    assert not granted.is_signed_in()


def test_a_code_for_another_nonce_is_refused(granted: Visitor) -> None:
    answer = granted.consent(granted.begin(), HENK.id, nonce="planted")
    granted.come_back(answer)
    assert not granted.is_signed_in()


def test_a_code_for_another_verifier_is_refused(granted: Visitor, app: Flask) -> None:
    stolen = Visitor(app).consent(Visitor(app).begin(), HENK.id)
    mine = granted.consent(granted.begin(), NORA.id)
    granted.come_back(granted.forge(mine, code=stolen["code"]))
    assert not granted.is_signed_in()


def test_a_callback_counts_once_and_only_in_the_browser_that_began(granted: Visitor, app: Flask) -> None:
    answer = granted.consent(granted.begin(), HENK.id)
    thief = Visitor(app)
    thief.come_back(answer)
    assert not thief.is_signed_in()
    granted.come_back(answer)
    assert granted.is_signed_in()
    granted.client.post("/logout")
    granted.come_back(answer)
    assert not granted.is_signed_in()


def test_a_cancelled_sign_in_is_reported(granted: Visitor) -> None:
    granted.come_back(granted.consent(granted.begin(), cancel="1"))
    assert "cancelled" in granted.messages()


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_nobody_is_led_out_of_the_console(granted: Visitor, target: str) -> None:
    address = granted.client.post("/login/microsoft", query_string={"next": target}).location
    assert granted.come_back(granted.consent(address, HENK.id)).location == "/"


def test_the_page_that_was_wanted_is_opened(granted: Visitor, tenant: Tenant) -> None:
    address = granted.begin(f"/login/microsoft?next=/tenants/{tenant.id}/policies")
    assert granted.come_back(granted.consent(address, HENK.id)).location == f"/tenants/{tenant.id}/policies"


def test_beginning_needs_a_form_of_ours(granted: Visitor) -> None:
    granted.client.sends_csrf = False
    assert granted.client.post("/login/microsoft").location == "/login"


def test_an_unreachable_login_service_is_reported(granted: Visitor, simulator: Simulator) -> None:
    simulator.control("POST", "faults", effect="status", path="openid-configuration", options={"status": 503})
    granted.client.post("/login/microsoft")
    assert "could not be reached" in granted.messages()


def test_groups_that_cannot_be_read_let_nobody_in(granted: Visitor, simulator: Simulator) -> None:
    simulator.control("POST", "faults", effect="status", path="transitiveMemberOf", options={"status": 403})
    granted.sign_in(HENK.id)
    assert not granted.is_signed_in()


@pytest.mark.parametrize(
    "changes",
    [{"aud": "another"}, {"exp": 1}, {"iss": "https://elsewhere.example/v2.0"}, {"tid": "x"}, {"oid": None}],
)
def test_claims_that_are_not_for_us_are_refused(
    granted: Visitor, changes: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    finish = Authority.finish

    def tampered(self: Authority, flow: dict[str, Any], answer: dict[str, str]) -> SignedIn:
        done = finish(self, flow, answer)
        return SignedIn({**done.claims, **changes}, done.access_token, done.cache)

    monkeypatch.setattr(Authority, "finish", tampered)
    granted.sign_in(HENK.id)
    assert not granted.is_signed_in()
