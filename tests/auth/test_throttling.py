"""Guessing passwords is throttled, per address and per account (R38)."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

from ops_admin.auth import passwords
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


def test_an_account_is_locked_for_a_while_after_ten_wrong_passwords(client: ConsoleClient) -> None:
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


def test_an_address_is_locked_after_twenty_wrong_passwords_for_any_accounts(client: ConsoleClient) -> None:
    guessed = [f"user{number}@console.example" for number in range(20)]
    assert {status for email in guessed for status in guess(client, email)} == {401}
    assert guess(client, "another@console.example") == [429]


def test_successful_sign_ins_are_never_throttled(client: ConsoleClient) -> None:
    for _ in range(12):
        client.sign_in(EMAIL)


def test_the_sign_in_page_itself_stays_open(client: ConsoleClient) -> None:
    guess(client, times=11)
    assert client.get("/login").status_code == 200


def test_guesses_that_come_at_once_are_no_more_than_those_that_come_one_by_one(app: Flask) -> None:
    """Attempts are counted before the password is checked, so a burst cannot pass under the limit."""
    together = threading.Barrier(30)

    def guess_with_all() -> int:
        client = app.test_client()
        assert isinstance(client, ConsoleClient)
        client.get("/login")
        together.wait(60)
        return guess(client)[0]

    with ThreadPoolExecutor(30) as threads:
        answers = [future.result() for future in [threads.submit(guess_with_all) for _ in range(30)]]
    assert sorted(set(answers)) == [401, 429]
    assert answers.count(401) == 10


def test_a_throttled_attempt_does_not_count_as_a_guess(client: ConsoleClient) -> None:
    guess(client, times=10)
    assert set(guess(client, times=15)) == {429}
    assert guess(client, "another@console.example") == [401], "the address has made eleven guesses, not twenty-six"


def test_an_unknown_account_costs_a_hash_as_well(client: ConsoleClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted, not timed: a missing account is checked against a hash like an existing one (R38)."""
    checked: list[str] = []
    hasher = passwords._hasher

    class Counting:
        hash = hasher.hash

        def verify(self, known: str, password: str) -> bool:
            checked.append(known)
            return hasher.verify(known, password)

    monkeypatch.setattr(passwords, "_hasher", Counting())
    assert guess(client) == guess(client, "nobody@console.example") == [401]
    assert len(checked) == 2
    known, nobodys = (each.split("$")[:4] for each in checked)
    assert known == nobodys, "the two hashes cost the same"


def guess(client: ConsoleClient, email: str = EMAIL, times: int = 1) -> list[int]:
    data = {"email": email, "password": "wrong"}
    return [client.post("/login", data=data).status_code for _ in range(times)]
