"""The guards themselves (R36, R37): marking, denying by default, and asking visitors to sign in."""

import pytest
from flask import Flask

from ops_admin.access.capabilities import Capability
from ops_admin.access.guards import Guard, for_tenant, guard_of, open_to_all, signed_in
from tests.support.clients import ConsoleClient

JSON = {"Accept": "application/json"}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def page() -> str:
    """A stand-in for a view."""
    return "the page"


def view() -> str:
    """Return a new view for each use, because open_to_all marks the function itself."""
    return "open"


def test_each_guard_leaves_its_mark() -> None:
    assert guard_of(signed_in(page)) == Guard("signed_in")
    assert guard_of(for_tenant(Capability.POLICIES_VIEW)(page)) == Guard("tenant", Capability.POLICIES_VIEW)
    assert guard_of(open_to_all(view)) == Guard("open")
    assert guard_of(page) is None


def test_two_guards_on_a_view_are_refused() -> None:
    with pytest.raises(TypeError, match="page has a guard already"):
        signed_in(for_tenant(Capability.POLICIES_VIEW)(page))


@pytest.mark.own_app
def test_a_view_without_a_guard_stays_shut(app: Flask, client: ConsoleClient) -> None:
    app.add_url_rule("/forgotten", "forgotten", page)
    response = client.get("/forgotten")
    assert response.status_code == 403
    assert "the page" not in response.text


def test_an_address_without_a_view_is_not_found(client: ConsoleClient) -> None:
    assert client.get("/nothing-here").status_code == 404


def test_a_page_leads_to_signing_in_and_back(client: ConsoleClient) -> None:
    assert client.get("/notifications?before=7").location == "/login?next=/notifications?before%3D7"


def test_the_dashboard_is_not_remembered_as_the_next_page(client: ConsoleClient) -> None:
    assert client.get("/").location == "/login"


def test_a_fragment_sends_the_whole_page_to_signing_in(client: ConsoleClient) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://localhost/notifications"}
    response = client.get("/notifications/bell", headers=headers)
    assert response.status_code == 401
    assert response.headers["HX-Redirect"] == "/login?next=/notifications"


def test_a_program_is_told_so_in_json(client: ConsoleClient) -> None:
    response = client.get("/notifications", headers=JSON)
    assert response.status_code == 401
    assert response.get_json()["error"]["code"] == 401


def test_a_form_leads_back_to_its_page_and_not_to_its_target(client: ConsoleClient) -> None:
    headers = {"Referer": "http://localhost/notifications"}
    response = client.post("/notifications/read-all", headers=headers)
    assert response.location == "/login?next=/notifications"


def test_a_page_of_another_site_is_not_the_next_page(client: ConsoleClient) -> None:
    headers = {"Referer": "http://evil.example//evil.example/"}
    assert client.post("/notifications/read-all", headers=headers).location == "/login"
