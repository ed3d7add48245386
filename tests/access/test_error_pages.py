"""What cannot be served is explained in the form in which it was asked (R38)."""

import logging

import pytest
from flask import Flask, abort
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from ops_admin.access.guards import View, open_to_all
from ops_admin.database import transaction
from tests.support.clients import ConsoleClient
from tests.support.factories import make_user

JSON = {"Accept": "application/json"}
HTMX = {"HX-Request": "true"}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def broken(app: Flask) -> Flask:
    """The application with views that fail; its errors are answered, as in production."""
    app.testing = False
    for status in (400, 403, 410, 429, 502):
        app.add_url_rule(f"/{status}", f"fail_{status}", _failing(status))
    app.add_url_rule("/bug", "bug", _buggy)
    app.add_url_rule("/no-database", "no_database", _without_database)
    return app


@pytest.mark.parametrize("status", [400, 403, 410, 429, 502])
def test_every_error_has_a_page_and_a_way_on(broken: Flask, client: ConsoleClient, status: int) -> None:
    response = client.get(f"/{status}")
    assert response.status_code == status
    assert 'href="/"' in response.text


def test_somebody_signed_in_keeps_the_navigation(broken: Flask, client: ConsoleClient) -> None:
    with broken.app_context():
        user = make_user(name="Ada Lovelace")
    client.sign_in(user.email)
    response = client.get("/403")
    assert response.status_code == 403
    assert "Ada Lovelace" in response.text


def test_a_program_gets_json(broken: Flask, client: ConsoleClient) -> None:
    response = client.get("/403", headers=JSON)
    assert response.get_json()["error"]["code"] == response.status_code == 403
    assert response.get_json()["error"]["message"]


def test_a_fragment_gets_a_fragment(broken: Flask, client: ConsoleClient) -> None:
    response = client.get("/403", headers=HTMX)
    assert response.status_code == 403
    assert "<html" not in response.text
    assert "data-toast" in response.text


def test_a_bug_shows_no_inside(broken: Flask, client: ConsoleClient, caplog: pytest.LogCaptureFixture) -> None:
    response = client.get("/bug")
    assert response.status_code == 500
    assert "the inside" not in response.text
    assert "the inside" in caplog.text


def test_a_database_that_does_not_answer_is_said_without_asking_it(
    broken: Flask, client: ConsoleClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        response = client.get("/no-database")
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert "cannot reach its database" in response.text
    assert "secret parameter" not in response.text + caplog.text


def test_somebody_signed_in_sees_it_too(broken: Flask, client: ConsoleClient) -> None:
    with broken.app_context():
        client.sign_in(make_user().email)
        with transaction() as session:
            session.execute(text("ALTER TABLE sign_ins RENAME TO gone"))
    assert client.get("/").status_code == 503


def test_what_else_is_allowed_is_still_said(client: ConsoleClient) -> None:
    response = client.put("/login")
    assert response.status_code == 405
    assert "POST" in response.headers["Allow"]


def _failing(status: int) -> View:
    def fail() -> str:
        abort(status)

    return open_to_all(fail)


@open_to_all
def _buggy() -> str:
    raise RuntimeError("the inside")


@open_to_all
def _without_database() -> str:
    raise OperationalError("SELECT :x", {"x": "secret parameter"}, Exception("connection refused"))
