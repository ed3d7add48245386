"""Failures: registered codes, a bounded list, messages without secrets (R7)."""

import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_admin.redaction import redact, sanitise
from ops_admin.runs.failures import FailureLog, OperationFailed, failure_of, normalise, register_codes
from ops_admin.runs.ledger import Failure

register_codes({"graph.throttled": "Microsoft Graph asked to slow down.", "unexpected_error": "?", "more": "more"})

SECRETS = {
    "password=hunter2": "hunter2",
    "client_secret: 'Zx8~Q.abc def'": "Zx8",
    "secret => hunter2": "hunter2",
    '"access_token": "hunter2"': "hunter2",
    "Authorization: Bearer abc.def.ghi": "def",
    "got eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJhdWQiOiIwMDAwIn0.c2lnbmF0dXJl back": "eyJ",
    "Set-Cookie: ops_admin_session=abc; HttpOnly": "abc",
    "postgresql://console:s3cr3t@db.internal/ledger": "s3cr3t",
    "DefaultEndpointsProtocol=https;AccountName=contoso;AccountKey=Zm9v==": "contoso",
    "Server=db,1433;Database=ledger;User Id=sa;Pwd=x": "ledger",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA": "MIIE",
    "adele.vance@contoso.onmicrosoft.com": "adele",
    "key AKIAIOSFODNN7EXAMPLEKEY12345": "AKIA",
    '{"_version": 3, "Message": "An error has occurred"}': "occurred",
    r"{\"error\": \"nested\"}": "nested",
    'Traceback (most recent call last):\n  File "x.py", line 1': "x.py",
    "see https://graph.microsoft.com/beta/users/1?$skiptoken=X": "graph",
}


@pytest.mark.parametrize(("text", "hidden"), SECRETS.items())
def test_no_secret_survives_inside_a_message(text: str, hidden: str) -> None:
    said = sanitise(f"The request failed, {text}")
    assert said.startswith("The request failed")
    assert hidden not in said


@pytest.mark.parametrize(
    "text",
    [
        "Settings catalog: policy 47a05d5e-c86b-45d3-99e4-ab449a09af04 could not be read",
        "Device compliance policies: 3 of 18 failed",
        "Der Mandant „Contoso“ antwortet nicht",
    ],
)
def test_an_honest_sentence_is_left_alone(text: str) -> None:
    assert sanitise(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "w" * 20_000 + "=",
        "password" * 2_500,
        "a-" * 10_000 + "password",
        "a." * 10_000 + "@",
        "a@a" * 6_666,
        "a=" * 10_000,
        "ab " * 6_666,
        "a://" + ":" * 20_000,
        "eyJ." * 5_000,
    ],
    ids=lambda text: text[:6],
)
@pytest.mark.parametrize("clean", [sanitise, redact])
def test_a_long_line_costs_no_more_than_its_length(clean: Callable[[str], str], text: str) -> None:
    begun = time.process_time()
    clean(text)
    assert time.process_time() - begun < 2


@given(st.text())
def test_a_message_is_short_and_in_one_line(text: str) -> None:
    said = sanitise(text)
    assert len(said) <= 200
    assert said.isprintable()


def test_a_long_message_is_cut_where_a_reader_stops() -> None:
    assert sanitise("word " * 100) == ("word " * 40)[:199] + "…"


def test_an_unknown_exception_says_its_class_and_nothing_else() -> None:
    assert failure_of(ValueError("token=abc")) == Failure("unexpected_error", "ValueError")


def test_an_exception_with_a_registered_code_speaks_for_itself() -> None:
    assert failure_of(OperationFailed("graph.throttled", "Gave up")) == Failure("graph.throttled", "Gave up")


def test_an_exception_with_a_code_that_nobody_registered_is_unexpected() -> None:
    assert failure_of(OperationFailed("made.up", "text")).code == "unexpected_error"


def test_twenty_failures_are_listed_and_the_rest_is_counted() -> None:
    entries = normalise(Failure("graph.throttled", f"number {n}", 2) for n in range(25))
    assert len(entries) == 21
    assert entries[-1] == Failure("more", "and 10 more", 10)
    assert normalise(entries) == entries


def test_equal_failures_become_one_with_their_number() -> None:
    log = FailureLog()
    for _ in range(1000):
        log.add(Failure("graph.throttled", "busy"))
    assert log.entries() == (Failure("graph.throttled", "busy", 1000),)
    assert log.total == 1000
