"""The dashboard and the navigation show only what the user may see (R36)."""

import pytest
from flask import Flask, render_template_string

from ops_admin.access.capabilities import Capability, Role
from ops_admin.access.guards import for_tenant, signed_in
from ops_admin.access.queries import Tenant
from tests.support.clients import ConsoleClient
from tests.support.factories import make_member, make_tenant, make_user, make_workspace

FRAME = "{{ current_tenant.display_name if current_tenant else 'all' }} of {{ nav_tenants | length }}"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def contoso(app: Flask) -> Tenant:
    with app.app_context():
        make_tenant(name="Somebody else's")
        return make_tenant(make_workspace("Demo"), "Contoso")


@pytest.fixture
def framed(app: Flask) -> Flask:
    """The application with a page of a tenant and a page of no tenant, both showing the navigation's data."""
    app.add_url_rule("/framed", "framed", signed_in(lambda: render_template_string(FRAME)))
    of_tenant = for_tenant(Capability.TENANT_VIEW)(lambda tenant: render_template_string(FRAME))
    app.add_url_rule("/tenants/<int:tenant_id>/framed", "framed_tenant", of_tenant)
    return app


def test_the_dashboard_shows_the_tenants_of_ones_workspaces(app: Flask, client: ConsoleClient, contoso: Tenant) -> None:
    page = sign_in(app, client, contoso).get("/").text
    assert "Demo" in page
    assert f'href="/tenants/{contoso.id}"' in page
    assert contoso.external_id in page
    assert "Somebody else" not in page


def test_a_tenant_on_which_one_has_no_role_is_not_listed(app: Flask, client: ConsoleClient, contoso: Tenant) -> None:
    page = sign_in(app, client, contoso, role=None).get("/").text
    assert "Demo" in page
    assert "Contoso" not in page
    assert "no role on any tenant" in page


def test_somebody_without_a_workspace_is_told_what_to_do(app: Flask, client: ConsoleClient) -> None:
    with app.app_context():
        user = make_user()
    client.sign_in(user.email)
    assert "not a member of any workspace" in client.get("/").text


def test_a_name_with_markup_is_shown_as_text(app: Flask, client: ConsoleClient) -> None:
    with app.app_context():
        tenant = make_tenant(name="<script>alert(1)</script>")
    assert "<script>alert" not in sign_in(app, client, tenant).get("/").text


@pytest.mark.own_app
def test_the_tenant_of_the_address_is_the_current_one(framed: Flask, client: ConsoleClient, contoso: Tenant) -> None:
    sign_in(framed, client, contoso)
    assert client.get(f"/tenants/{contoso.id}/framed").text == "Contoso of 1"


@pytest.mark.own_app
def test_the_tenant_seen_last_stays_current_on_pages_of_none(
    framed: Flask, client: ConsoleClient, contoso: Tenant
) -> None:
    sign_in(framed, client, contoso)
    client.get(f"/tenants/{contoso.id}/framed")
    assert client.get("/framed").text == "Contoso of 1"
    client.get("/")
    assert client.get("/framed").text == "all of 1"


@pytest.mark.own_app
def test_a_fragment_does_not_change_the_current_tenant(framed: Flask, client: ConsoleClient, contoso: Tenant) -> None:
    sign_in(framed, client, contoso)
    client.get(f"/tenants/{contoso.id}/framed", headers={"HX-Request": "true"})
    assert client.get("/framed").text == "all of 1"


@pytest.mark.own_app
def test_a_button_is_shown_only_to_those_who_may_use_it(app: Flask, client: ConsoleClient, contoso: Tenant) -> None:
    asks = "{{ may('tenant.view', tenant_id) }} {{ may('inventory.sync', tenant_id) }}"
    view = signed_in(lambda tenant_id: render_template_string(asks, tenant_id=tenant_id))
    app.add_url_rule("/asks/<int:tenant_id>", "asks", view)
    sign_in(app, client, contoso, role=Role.READONLY)
    assert client.get(f"/asks/{contoso.id}").text == "True False"


def sign_in(app: Flask, client: ConsoleClient, tenant: Tenant, role: Role | None = Role.OPERATOR) -> ConsoleClient:
    with app.app_context():
        user = make_member(tenant, role)
    client.sign_in(user.email)
    return client
