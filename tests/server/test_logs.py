"""The server's log tells everything but secrets (R7, R39)."""

import logging
import sys
from collections.abc import Iterator

import pytest
from socketio import Server

from ops_admin.server.logs import RedactingFormatter, set_up_logging

SOCKET_LOGS = ("engineio.server", "socketio.server")


@pytest.fixture
def untouched_logs() -> Iterator[None]:
    """The sockets' logs as a new process has them, and every log as it was afterwards."""
    known = [logging.getLogger(name) for name in ("", "alembic", "gunicorn", "huey", "werkzeug", *SOCKET_LOGS)]
    before = [(log, log.level, log.handlers) for log in known]
    for name in SOCKET_LOGS:
        logging.getLogger(name).setLevel(logging.NOTSET)
        logging.getLogger(name).handlers = []
    yield
    for log, level, handlers in before:
        log.setLevel(level)
        log.handlers = handlers


def logged(error: Exception) -> str:
    try:
        raise error
    except Exception:
        record = logging.LogRecord("ops_admin", logging.ERROR, __file__, 1, "run %s failed", (7,), sys.exc_info())
    return RedactingFormatter("%(levelname)s %(message)s").format(record)


def test_a_traceback_is_logged_whole_with_the_run() -> None:
    text = logged(ValueError("no such thing"))
    assert text.startswith("ERROR run 7 failed\nTraceback")
    assert __file__ in text
    assert text.endswith("ValueError: no such thing")


def test_secrets_and_personal_data_are_taken_out_of_it() -> None:
    text = logged(ValueError("client_secret=abc.DEF~9 for jane@contoso.example at postgresql://me:pw9@db/x"))
    assert "abc.DEF" not in text
    assert "jane" not in text
    assert "pw9" not in text
    assert "Traceback" in text


@pytest.mark.usefixtures("untouched_logs")
def test_the_sockets_write_nothing_past_it() -> None:
    set_up_logging()
    Server(async_mode="threading")
    assert not [name for name in SOCKET_LOGS if logging.getLogger(name).handlers]
