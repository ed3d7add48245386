"""What may be written to a file that leaves the console (R7, R39, R46). Pure."""

from datetime import date, datetime
from itertools import pairwise
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from ops_admin.reviews.report.charts import make_bars, make_columns
from ops_admin.reviews.report.cleaning import cell, clean, plain, say_value


@pytest.mark.parametrize("text", ["=1+1", "+49 30", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "\uff1d1"])
def test_a_text_that_a_spreadsheet_would_execute_gets_a_quote(text: str) -> None:
    assert str(cell(text)).startswith("'")


@given(st.text())
def test_no_text_begins_a_formula(text: str) -> None:
    assert not str(cell(text)).lstrip().startswith(("=", "+", "-", "@"))


@pytest.mark.parametrize(("value", "written"), [(None, ""), (-3, -3), (True, "true"), (1.5, 1.5), ("plain", "plain")])
def test_what_is_no_text_stays_what_it_is(value: object, written: object) -> None:
    assert cell(value) == written


def test_times_are_utc_and_say_so() -> None:
    at = datetime.fromisoformat("2026-03-01T12:30:00+00:00")
    assert (cell(at), plain(at)) == ("2026-03-01T12:30:00Z", "2026-03-01T12:30:00Z")


@pytest.mark.parametrize(
    "address", ["ada@example.com", "ADA.B+c@sub.example.co.uk", "ada%40example.com", "ada@example"]
)
def test_no_address_leaves(app: Flask, address: str) -> None:
    with app.app_context():
        assert clean(f"Ask {address}, please") == "Ask [address removed], please"
        assert "example" not in str(cell(address)) + str(plain(address)) + str(say_value("description", address))


@pytest.mark.parametrize(
    "name",
    [
        *("preSharedKey", "password", "Wi-Fi password", "clientSecret", "localadminpassphrase", "refresh_token"),
        *("connectionString", "wifi/psk", "sessionCookie"),
    ],
)
def test_the_value_of_a_secret_is_not_shown(app: Flask, name: str) -> None:
    with app.app_context():
        assert say_value(name, "hunter2") == "(not shown)"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("passwordMinimumLength", 12, "12"),
        ("passwordRequired", True, "yes"),
        ("passwordRequiredType", "alphanumeric", "alphanumeric"),
        ("displayName", "", ""),
        ("groups", ["a", "b"], "a; b"),
        ("gone", None, None),
    ],
)
def test_a_rule_about_passwords_is_no_secret(app: Flask, name: str, value: Any, said: str | None) -> None:
    with app.app_context():
        assert say_value(name, value) == said


def test_a_script_is_named_by_its_hash_and_not_quoted(app: Flask) -> None:
    with app.app_context():
        said = str(say_value("scriptContent", "$key = 'a'\nInvoke-Something\n"))
    assert said.startswith("text of 2 lines, SHA-256 ")
    assert "Invoke" not in said


def test_a_token_within_a_value_is_taken_out(app: Flask) -> None:
    with app.app_context():
        assert "abc123" not in str(say_value("url", "https://x.example/?sig=abc123&token=abc123"))


@given(st.lists(st.dictionaries(st.sampled_from("abc"), st.integers(0, 10_000)), max_size=8))
def test_bars_fit_the_chart_and_their_parts_do_not_overlap(lines: list[dict[str, int]]) -> None:
    for bar in make_bars([("", numbers) for numbers in lines]):
        ends = [(part.begin, part.begin + part.length) for part in bar.parts]
        assert all(begin <= end <= 100.01 for begin, end in ends)
        assert all(earlier[1] == pytest.approx(later[0], abs=0.01) for earlier, later in pairwise(ends))


def test_a_long_period_is_drawn_by_weeks_and_loses_nothing() -> None:
    numbers = {date(2026, 1, day): {"new": 1} for day in range(1, 32)}

    days = make_columns(numbers, date(2026, 1, 1), date(2026, 1, 31), ("new",))
    weeks = make_columns(numbers, date(2026, 1, 1), date(2026, 12, 31), ("new",))

    assert (len(days.columns), days.is_weekly, days.most) == (31, False, 1)
    assert (len(weeks.columns), weeks.is_weekly, weeks.most) == (53, True, 7)
    assert sum(column.total for column in weeks.columns) == 31
