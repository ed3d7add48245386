"""The list's filters, as given in a URL (R32, R38)."""

from datetime import UTC, datetime

import pytest
from flask import Flask

from ops_admin.runs.states import Display
from ops_admin.runs.web.filters import ListQuery, read_query
from ops_admin.web.keyset import Cursor


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite alone: parsing a URL queries no database."""
    return sqlite_url


def read(app: Flask, **arguments: str) -> ListQuery:
    with app.test_request_context():
        return read_query(arguments)


def test_nothing_asked_is_nothing_filtered(app: Flask) -> None:
    query = read(app, q="  ", state="")
    assert (query.given, query.errors, query.url()) == ({}, {}, "/operations")


def test_what_was_asked_stands_in_the_address(app: Flask) -> None:
    query = read(app, state="failed", q="sync & co", tenant="3")
    assert query.url() == "/operations?q=sync+%26+co&state=failed&tenant=3"
    assert query.url(state=None, tenant=None) == "/operations?q=sync+%26+co"
    assert (query.wanted.display, query.wanted.tenant_id) == (Display.FAILED, 3)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("state", "splendid"),
        ("status", "failed"),
        ("outcome", "1"),
        ("tenant", "x"),
        ("tenant", "9" * 19),
        ("tenant", "²"),
        ("within", "1y"),
        ("since", "yesterday"),
        ("until", "2026-13-01"),
        ("since", "0001-01-01T00:00:00+23:59"),
    ],
)
def test_a_value_that_cannot_be_used_is_explained_and_kept(app: Flask, name: str, value: str) -> None:
    query = read(app, **{name: value})
    assert query.errors[name]
    assert query.given[name] == value


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-31", datetime(2026, 1, 31, tzinfo=UTC)),
        ("2026-01-31 14:30", datetime(2026, 1, 31, 14, 30, tzinfo=UTC)),
        ("2026-01-31T14:30:00Z", datetime(2026, 1, 31, 14, 30, tzinfo=UTC)),
        ("2026-01-31T14:30:00+02:00", datetime(2026, 1, 31, 12, 30, tzinfo=UTC)),
    ],
)
def test_a_time_without_a_zone_is_utc(app: Flask, text: str, moment: datetime) -> None:
    assert read(app, since=text).wanted.since == moment


def test_an_end_before_the_beginning_is_explained(app: Flask) -> None:
    assert "until" in read(app, since="2026-02-01", until="2026-01-01").errors


def test_the_later_of_two_beginnings_counts(app: Flask) -> None:
    recent = read(app, within="1h", since="2020-01-01").wanted.since
    assert recent is not None
    assert recent.year > 2020


@pytest.mark.parametrize("text", ["42", "#42"])
def test_a_number_searches_for_the_run_of_that_number(app: Flask, text: str) -> None:
    wanted = read(app, q=text).wanted
    assert (wanted.run_id, wanted.types) == (42, None)


def test_words_search_in_the_labels(app: Flask) -> None:
    assert read(app, q="INVENTORY").wanted.types == ("inventory.sync",)
    assert read(app, q="nothing is called this").wanted.types == ()
    assert read(app, q="inventory", type="directory.groups.sync").wanted.types == ()


def test_a_place_in_the_list_survives_its_address(app: Flask) -> None:
    cursor = Cursor(77, back=True, at=datetime(2026, 1, 31, 14, 30, 5, 123456, tzinfo=UTC))
    url = read(app, q="x").page_url(cursor)
    assert url is not None
    with app.test_request_context(url):
        from flask import request

        assert read_query(request.args).cursor == cursor


@pytest.mark.parametrize("text", ["", "x", "older~1", "older~x~2026-01-01", "sideways~1~2026-01-01T00:00:00+00:00"])
def test_a_place_that_makes_no_sense_is_the_beginning(app: Flask, text: str) -> None:
    assert read(app, cursor=text).cursor is None
