"""What cannot be served is explained in the format of the request (R38)."""

import logging
import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import partial

import psycopg
import pytest
from flask import Flask, abort
from sqlalchemy import make_url, text
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from ops_admin.access.guards import View, open_to_all
from ops_admin.infra.database import db, transaction
from ops_admin.infra.database_faults import Trouble
from ops_admin.web.errors import _OF_DATABASE
from tests.support.clients import ConsoleClient
from tests.support.factories import make_user

pytestmark = pytest.mark.own_app

JSON = {"Accept": "application/json"}
HTMX = {"HX-Request": "true"}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def broken(app: Flask) -> Flask:
    """The application with views that fail; its errors are handled as in production."""
    app.testing = False
    for status in (400, 403, 410, 429, 502):
        app.add_url_rule(f"/{status}", f"fail_{status}", _failing(status))
    app.add_url_rule("/bug", "bug", _buggy)
    app.add_url_rule("/no-database", "no_database", _without_database, methods=["GET", "POST"])
    app.config["WTF_CSRF_ENABLED"] = False
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


def test_a_bug_reveals_no_internals(broken: Flask, client: ConsoleClient, caplog: pytest.LogCaptureFixture) -> None:
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


def test_what_is_away_for_a_moment_leads_to_itself(broken: Flask, client: ConsoleClient) -> None:
    looked_at = client.get("/no-database?page=2&q=a%20b").text
    assert 'href="/no-database?page=2&amp;q=a%20b"' in looked_at
    assert ("data-try-again" in looked_at, "Try again" in looked_at) == (True, True)
    sent = client.post("/no-database", headers={"Referer": "http://localhost/login?next=/x"}).text
    assert ('href="/login?next=/x"' in sent, "data-try-again" in sent) == (True, False)
    assert 'href="/"' in client.post("/no-database", headers={"Referer": "//evil.example"}).text
    assert "data-try-again" not in client.get("/502").text


def test_a_full_disk_is_not_called_a_database_out_of_reach(
    broken: Flask, client: ConsoleClient, caplog: pytest.LogCaptureFixture
) -> None:
    """SQLite itself reports this: its file may not grow any more."""
    with broken.app_context():
        with db.engine.connect() as connection:
            connection.exec_driver_sql("CREATE TABLE ballast (filling BLOB)")
            connection.commit()
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()

        def full() -> None:
            with transaction() as session:
                session.execute(text(f"PRAGMA max_page_count = {pages}"))
                session.execute(text("INSERT INTO ballast VALUES (zeroblob(1000000))"))

        broken.view_functions["no_database"] = open_to_all(_calling(full))
        response = client.get("/no-database", headers=JSON)
    said = response.get_json()["error"]
    assert (response.status_code, said["title"]) == (503, "The console cannot write to its database")
    assert "cannot be written for no_database: database or disk is full" in caplog.text


@pytest.mark.parametrize(
    ("fault", "title"),
    [
        (psycopg.OperationalError("connection failed"), "The console cannot reach its database"),
        (psycopg.errors.AdminShutdown("terminating connection"), "The console cannot reach its database"),
        (psycopg.errors.DiskFull("no space left on device"), "The console cannot write to its database"),
        (psycopg.errors.ReadOnlySqlTransaction("read-only"), "The console cannot write to its database"),
        (psycopg.errors.LockNotAvailable("canceling statement"), "The database is too busy"),
        (psycopg.errors.TooManyConnections("too many clients"), "The database is too busy"),
        (psycopg.errors.InvalidPassword("authentication failed"), "The console cannot use its database"),
    ],
)
def test_each_trouble_of_a_server_has_its_own_words(
    broken: Flask, client: ConsoleClient, fault: psycopg.Error, title: str
) -> None:
    broken.view_functions["no_database"] = open_to_all(_calling(partial(_fail_with, fault)))
    response = client.get("/no-database", headers=JSON)
    assert (response.status_code, response.get_json()["error"]["title"]) == (503, title)


@pytest.mark.parametrize(
    ("fault", "title"),
    [
        (
            InterfaceError("SELECT 1", {}, Exception("the connection is closed")),
            "The console cannot reach its database",
        ),
        (PoolTimeoutError("QueuePool limit reached"), "The database is too busy"),
    ],
    ids=["the driver itself", "all connections in use"],
)
def test_trouble_that_no_server_tells_of_has_its_words_too(
    broken: Flask, client: ConsoleClient, fault: Exception, title: str
) -> None:
    def fail() -> None:
        raise fault

    broken.view_functions["no_database"] = open_to_all(_calling(fail))
    response = client.get("/no-database", headers=JSON)
    assert (response.status_code, response.get_json()["error"]["title"]) == (503, title)


def test_a_locked_file_is_a_busy_database(broken: Flask, client: ConsoleClient, database_url: str) -> None:
    with closing(sqlite3.connect(str(make_url(database_url).database), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")

        def impatient() -> None:
            db.session.execute(text("PRAGMA busy_timeout = 1"))
            with transaction():
                raise AssertionError("the lock is another's")

        broken.view_functions["no_database"] = open_to_all(_calling(impatient))
        response = client.get("/no-database", headers=JSON)
    assert (response.status_code, response.get_json()["error"]["title"]) == (503, "The database is too busy")


def test_no_page_promises_that_work_goes_on_without_a_database() -> None:
    for trouble in Trouble:
        assert "go on" not in str(_OF_DATABASE[trouble].text)


def test_somebody_signed_in_sees_it_too(broken: Flask, client: ConsoleClient) -> None:
    with broken.app_context():
        client.sign_in(make_user().email)
        with transaction() as session:
            session.execute(text("ALTER TABLE sign_ins RENAME TO gone"))
    assert client.get("/").status_code == 503


def test_the_allow_header_is_kept(client: ConsoleClient) -> None:
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


def _calling(act: Callable[[], None]) -> View:
    def call() -> str:
        act()
        return ""

    return call


def _fail_with(fault: psycopg.Error) -> None:
    kind = InternalError if isinstance(fault, psycopg.InternalError) else OperationalError
    raise kind("SELECT 1", {}, fault)
