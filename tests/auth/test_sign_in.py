"""Signing in and out (R38)."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from ops_admin.access.models import DbSignIn
from ops_admin.access.queries import User
from ops_admin.access.signals import signed_out
from ops_admin.auth import accounts
from ops_admin.auth.sessions import SIGN_IN_LIFETIME, end_all_sign_ins
from ops_admin.infra.database import db, transaction, utcnow
from tests.support.clients import ConsoleClient
from tests.support.environment import DEMO_PASSWORD
from tests.support.factories import make_user

COOKIE = "ops_admin_session"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def user(app: Flask) -> User:
    with app.app_context():
        return make_user("ada@console.example", "Ada")


def test_the_right_password_opens_the_dashboard(client: ConsoleClient, user: User) -> None:
    assert client.sign_in(user.email).location == "/"
    assert client.get("/").status_code == 200


def test_capitals_and_blanks_in_the_address_do_not_matter(client: ConsoleClient, user: User) -> None:
    client.sign_in(f"  {user.email.upper()} ")


def test_a_page_is_reached_after_signing_in(client: ConsoleClient, user: User) -> None:
    asked = client.get("/notifications?before=7")
    assert asked.location == "/login?next=/notifications?before%3D7"
    assert attempt(client, user.email, DEMO_PASSWORD, asked.location).location == "/notifications?before=7"


@pytest.mark.parametrize("target", ["//evil.example", "/\\evil.example", "https://evil.example", "/%09/evil.example"])
def test_signing_in_never_leads_to_another_site(client: ConsoleClient, user: User, target: str) -> None:
    response = attempt(client, user.email, DEMO_PASSWORD, f"/login?next={target}")
    assert (response.status_code, response.location) == (302, "/")


def test_a_wrong_password_is_said_beside_the_field_and_keeps_the_address(client: ConsoleClient, user: User) -> None:
    response = attempt(client, user.email, "wrong")
    assert response.status_code == 401
    assert f'value="{user.email}"' in response.text
    assert 'id="password-error"' in response.text
    assert "wrong" not in response.text


def test_the_answer_does_not_tell_whether_the_account_exists(client: ConsoleClient, user: User) -> None:
    known = attempt(client, user.email, "wrong")
    unknown = attempt(client, "bob@console.example", "wrong")
    assert without_token(known).replace(user.email, "") == without_token(unknown).replace("bob@console.example", "")


@pytest.mark.parametrize(
    ("email", "password", "field"),
    [
        ("", "secret", "email"),
        ("ada", "secret", "email"),
        ("a@b" + "c" * 300, "secret", "email"),
        ("a@b", "", "password"),
    ],
)
def test_what_is_missing_or_impossible_is_said_beside_its_field(
    client: ConsoleClient, email: str, password: str, field: str
) -> None:
    response = attempt(client, email, password)
    assert response.status_code == 422
    assert f'id="{field}-error"' in response.text


def test_the_first_missing_field_has_the_focus(client: ConsoleClient, user: User) -> None:
    assert re.search(r'<input[^>]*autofocus[^>]* id="email"', client.get("/login").text)
    assert re.search(r'<input[^>]*autofocus[^>]* id="password"', attempt(client, user.email, "wrong").text)


def test_markup_in_the_address_is_shown_as_text(client: ConsoleClient) -> None:
    response = attempt(client, '"><script>alert(1)</script>@x', "secret")
    assert "<script>alert" not in response.text


def test_who_is_signed_in_is_not_asked_again(client: ConsoleClient, user: User) -> None:
    client.sign_in(user.email)
    assert client.get("/login?next=/notifications").location == "/notifications"


def test_the_cookie_holds_a_token_and_nothing_about_the_user(client: ConsoleClient, user: User) -> None:
    client.sign_in(user.email)
    with client.session_transaction() as session:
        token = session["_user_id"]
        assert str(user.id) != token
        assert user.email not in str(dict(session))
    assert len(token) >= 43


def test_the_database_holds_no_token(app: Flask, client: ConsoleClient, user: User) -> None:
    client.sign_in(user.email)
    with client.session_transaction() as session, app.app_context():
        assert session["_user_id"] not in db.session.scalars(select(DbSignIn.id)).all()


def test_a_planted_session_is_not_carried_through_signing_in(client: ConsoleClient, user: User) -> None:
    with client.session_transaction() as session:
        session["planted"] = True
        session["_user_id"] = "a-token-that-the-attacker-knows"
    client.sign_in(user.email)
    with client.session_transaction() as session:
        assert "planted" not in session
        assert session["_user_id"] != "a-token-that-the-attacker-knows"


def test_signing_in_again_ends_the_sign_in_before(client: ConsoleClient, user: User) -> None:
    client.sign_in(user.email)
    stolen = cookie_of(client)
    client.sign_in(user.email)
    assert not opens_dashboard(client, stolen)


def test_a_copied_cookie_is_dead_after_signing_out(client: ConsoleClient, user: User) -> None:
    client.sign_in(user.email)
    stolen = cookie_of(client)
    assert opens_dashboard(client, stolen)
    assert client.post("/logout").location == "/login"
    assert not opens_dashboard(client, stolen)


def test_signing_out_twice_is_no_error(client: ConsoleClient, user: User) -> None:
    client.sign_in(user.email)
    assert client.post("/logout").location == "/login"
    assert client.post("/logout").location == "/login"


def test_another_site_cannot_sign_somebody_out(client: ConsoleClient, user: User) -> None:
    client.sign_in(user.email)
    client.sends_csrf = False
    assert client.get("/logout").status_code == 405
    assert client.post("/logout").status_code == 400
    assert client.get("/").status_code == 200


def test_signing_out_is_announced_with_the_sign_in(app: Flask, client: ConsoleClient, user: User) -> None:
    heard: list[str] = []
    client.sign_in(user.email)
    with signed_out.connected_to(heard.append), app.app_context():
        open_sign_ins = list(db.session.scalars(select(DbSignIn.id).where(DbSignIn.ended_at.is_(None))))
        client.post("/logout")
    assert heard == open_sign_ins


def test_a_disabled_user_is_out_at_once_and_stays_out(app: Flask, client: ConsoleClient, user: User) -> None:
    client.sign_in(user.email)
    with app.app_context():
        accounts.disable_user(user.id)
    assert client.get("/").status_code == 302
    assert attempt(client, user.email, DEMO_PASSWORD).status_code == 401


def test_a_new_password_signs_out_everywhere(app: Flask, client: ConsoleClient, user: User) -> None:
    client.sign_in(user.email)
    with app.app_context():
        accounts.set_password(user.id, "another one")
    assert client.get("/").status_code == 302
    client.sign_in(user.email, "another one")


def test_a_sign_in_ends_by_itself(app: Flask, client: ConsoleClient, user: User) -> None:
    client.sign_in(user.email)
    with app.app_context(), transaction() as session:
        began = utcnow() - SIGN_IN_LIFETIME - timedelta(seconds=1)
        session.execute(update(DbSignIn).values(created_at=began))
    assert client.get("/").status_code == 302


def test_a_sign_in_page_that_was_open_too_long_offers_a_fresh_form(client: ConsoleClient, user: User) -> None:
    client.sends_csrf = False
    response = attempt(client, user.email, DEMO_PASSWORD)
    assert response.status_code == 400
    assert "open for too long" in response.text
    assert f'value="{user.email}"' in response.text
    assert 'name="csrf_token"' in response.text


def test_a_form_of_a_page_that_outlived_its_sign_in_leads_to_signing_in(client: ConsoleClient) -> None:
    client.sends_csrf = False
    response = client.post("/notifications/read-all", headers={"Referer": "http://localhost/notifications"})
    assert response.location == "/login?next=/notifications"
    assert "no longer signed in" in client.get(response.location).text


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_who_presses_a_button_after_the_sign_in_ended_is_told_why_they_are_asked_to_sign_in(
    client: ConsoleClient, user: User, app_context: Flask, headers: dict[str, str]
) -> None:
    client.sign_in(user.email)
    end_all_sign_ins(user.id)
    response = client.post("/notifications/read-all", headers=headers)
    assert response.status_code in (302, 401)
    assert client.get("/login").text.count("no longer signed in") == 1


def test_who_opens_a_page_is_asked_to_sign_in_without_a_reproach(client: ConsoleClient) -> None:
    assert client.get("/notifications").location == "/login?next=/notifications"
    assert "no longer signed in" not in client.get("/login").text


def test_a_program_whose_sign_in_ended_is_told_so_in_json(client: ConsoleClient) -> None:
    client.sends_csrf = False
    response = client.post("/notifications/read-all", headers={"Accept": "application/json"})
    assert response.status_code == response.get_json()["error"]["code"] == 401


def attempt(client: ConsoleClient, email: str, password: str, url: str = "/login") -> TestResponse:
    return client.post(url, data={"email": email, "password": password})


def without_token(response: TestResponse) -> str:
    return "\n".join(line for line in response.text.splitlines() if "csrf_token" not in line)


def cookie_of(client: ConsoleClient) -> str:
    cookie = client.get_cookie(COOKIE)
    assert cookie is not None
    return cookie.value


def opens_dashboard(client: ConsoleClient, cookie: str) -> bool:
    thief = client.application.test_client()
    thief.set_cookie(COOKIE, cookie)
    return thief.get("/").status_code == 200
