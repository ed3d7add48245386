"""The server's log tells everything but secrets (R7, R39)."""

import logging
import sys

from ops_admin.server.logs import RedactingFormatter


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
