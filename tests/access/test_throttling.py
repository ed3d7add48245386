"""Guessing passwords is slowed down, for an address and for an account (R38)."""

import pytest
from flask import Flask

from tests.support.clients import ConsoleClient
from tests.support.factories import make_user

EMAIL = "ada@console.example"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture(autouse=True)
def _user(app: Flask) -> None:
    with app.app_context():
        make_user(EMAIL)


def test_an_account_is_shut_for_a_while_after_ten_wrong_passwords(client: ConsoleClient) -> None:
    assert guess(client, times=10) == [401] * 10
    response = client.post("/login", data={"email": EMAIL, "password": "wrong"})
    assert response.status_code == 429
    assert "too many attempts" in response.text
    assert f'value="{EMAIL}"' in response.text
    assert 0 < int(response.headers["Retry-After"]) <= 300


def test_the_right_password_is_refused_as_well_meanwhile(client: ConsoleClient) -> None:
    guess(client, times=10)
    client_elsewhere = client.application.test_client()
    data = {"email": EMAIL.upper(), "password": "a-password-for-tests-1"}
    elsewhere = {"REMOTE_ADDR": "10.0.0.9"}
    assert client_elsewhere.post("/login", data=data, environ_base=elsewhere).status_code == 429


def test_an_address_is_shut_after_twenty_wrong_passwords_for_any_accounts(client: ConsoleClient) -> None:
    guessed = [f"user{number}@console.example" for number in range(20)]
    assert {status for email in guessed for status in guess(client, email)} == {401}
    assert guess(client, "another@console.example") == [429]


def test_signing_in_rightly_is_never_throttled(client: ConsoleClient) -> None:
    for _ in range(12):
        client.sign_in(EMAIL)


def test_the_sign_in_page_itself_stays_open(client: ConsoleClient) -> None:
    guess(client, times=11)
    assert client.get("/login").status_code == 200


def guess(client: ConsoleClient, email: str = EMAIL, times: int = 1) -> list[int]:
    data = {"email": email, "password": "wrong"}
    return [client.post("/login", data=data).status_code for _ in range(times)]
