"""A tenant with an application of its own: people sign in and connect through that one (R75)."""

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask

from ops_admin.access.queries import Tenant
from ops_admin.credentials import storage
from tests.auth.visiting import HELP_DESK, HENK, Visitor
from tests.credentials.given import SECRET, a_certificate, a_secret, use
from tests.graph.simulated import CONTOSO, Simulator
from tests.support.certificates import APPLICATION

THROUGH_CONTOSO = f"/login/microsoft?directory={CONTOSO}"


def application_of(address: str) -> str:
    return parse_qs(urlsplit(address).query)["client_id"][0]


@pytest.fixture
def own(tenant: Tenant, simulator: Simulator) -> Tenant:
    """The tenant with a certificate of its own, where the installation's secret is refused."""
    new = a_certificate()
    assert new.certificate is not None
    simulator.control("PUT", "settings", certificates={APPLICATION: [new.certificate.certificate]})
    use(tenant, new)
    return tenant


def test_a_tenant_is_connected_and_searched_through_its_own_application(
    at_desk: Visitor, own: Tenant, simulator: Simulator
) -> None:
    simulator.control("PUT", "settings", refused_secrets=["a-secret-for-tests"])
    assert application_of(at_desk.begin(f"/tenants/{own.id}/access/microsoft/connect")) == APPLICATION
    at_desk.connect(own)
    assert HELP_DESK.name in at_desk.search(own, "Help Desk").text


def test_whoever_signs_in_through_the_directory_does_so_at_its_own_application(
    at_desk: Visitor, own: Tenant, app: Flask
) -> None:
    at_desk.grant(own, HELP_DESK)
    visitor = Visitor(app)
    assert application_of(visitor.begin(THROUGH_CONTOSO)) == APPLICATION
    assert visitor.sign_in(HENK.id, THROUGH_CONTOSO).location == "/"
    assert visitor.is_signed_in()


def test_whoever_names_no_directory_signs_in_at_the_installations(visitor: Visitor, own: Tenant) -> None:
    assert application_of(visitor.begin()) == "a-client-for-tests"


def test_without_the_installations_only_that_directory_offers_signing_in(
    visitor: Visitor, own: Tenant, app: Flask
) -> None:
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], graph_client_id=None)
    offered = "Sign in with Microsoft"
    assert offered in visitor.client.get(f"/login?directory={CONTOSO}").text
    assert offered not in visitor.client.get("/login").text
    assert application_of(visitor.begin(THROUGH_CONTOSO)) == APPLICATION
    assert visitor.client.post("/login/microsoft").status_code == 404


def test_a_credential_that_cannot_be_read_is_said_and_not_replaced(
    at_desk: Visitor, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(tenant, a_secret())
    monkeypatch.setattr(storage, "_key", lambda: "another key")
    answer = at_desk.client.post(f"/tenants/{tenant.id}/access/microsoft/connect")
    assert answer.status_code == 302
    assert "cannot be read" in at_desk.client.get(answer.location).text


def test_after_its_application_was_replaced_a_tenant_is_connected_anew(at_desk: Visitor, tenant: Tenant) -> None:
    at_desk.connect(tenant)
    use(tenant, a_secret())
    found = at_desk.search(tenant, "Help Desk").text
    assert "Sign in again to go on" in found
    assert SECRET not in found
