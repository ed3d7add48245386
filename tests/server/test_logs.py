"""The server's log has everything but secrets (R7, R39)."""

import io
import json
import logging
import signal
import socket
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from socketio import Server

from ops_admin.cli import main
from ops_admin.server.logs import RedactingFormatter, RedactingJSONFormatter, _add_fields, set_up_logging
from ops_admin.telemetry.fields import lines_carry
from tests.support.environment import console_environment
from tests.support.processes import Process, running_console

SOCKET_LOGS = ("engineio.server", "socketio.server")


@pytest.fixture
def untouched_logs() -> Iterator[None]:
    """Loggers of the sockets as in a new process; afterwards every logger is restored."""
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


def line_of(formatter: logging.Formatter, message: str, **fields: object) -> str:
    """Return one line of the server's log, while the current work has `fields`."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(_add_fields)
    handler.setFormatter(formatter)
    log = logging.Logger("ops_admin.test")
    log.addHandler(handler)
    with lines_carry(**fields):
        try:
            raise ValueError('client_secret="abc.DEF~9" for jane@contoso.example')
        except ValueError:
            log.exception(message)
    return stream.getvalue()


def test_as_json_each_event_is_one_line_with_its_fields() -> None:
    text = line_of(RedactingJSONFormatter(), 'run 7 "failed"\nbadly', request_id="r-12345678", run_id=7)
    assert text.count("\n") == 1
    line = json.loads(text)
    assert (line["level"], line["logger"], line["message"]) == ("ERROR", "ops_admin.test", 'run 7 "failed"\nbadly')
    assert (line["request_id"], line["run_id"]) == ("r-12345678", 7)
    assert datetime.fromisoformat(line["time"]).tzinfo is not None
    assert "Traceback" in line["exc_info"]


def test_as_text_the_fields_stand_at_the_end_of_the_first_line() -> None:
    text = line_of(RedactingFormatter("%(message)s"), "run 7 failed", request_id="r-12345678", run_id=7)
    assert text.splitlines()[0] == "run 7 failed [request_id=r-12345678 run_id=7]"


@pytest.mark.parametrize("formatter", [RedactingFormatter("%(message)s"), RedactingJSONFormatter()])
def test_secrets_are_taken_out_of_every_part_in_both_forms(formatter: logging.Formatter) -> None:
    text = line_of(formatter, "token=hunter2hunter2 refused", note="password=hunter2 of joe@contoso.example")
    for secret in ("hunter2", "abc.DEF", "jane", "joe"):
        assert secret not in text
    assert "refused" in text
    assert "ValueError" in text


@pytest.mark.usefixtures("untouched_logs")
def test_the_form_is_chosen_by_the_setting() -> None:
    root = logging.getLogger()
    for log_format, formatter in (("text", RedactingFormatter), ("json", RedactingJSONFormatter)):
        root.handlers = []
        set_up_logging(log_format)
        assert type(root.handlers[0].formatter) is formatter


def lines_of(process: Process) -> list[dict[str, object]]:
    """Return every line that a process printed; each must be a JSON object."""
    return [json.loads(line) for line in process.log_text().splitlines()]


def test_as_json_every_line_of_a_process_is(tmp_path: Path, sqlite_url: str) -> None:
    settings = {"OPS_ADMIN_LOG_FORMAT": "json", "OPS_ADMIN_DATABASE_URL": sqlite_url, "OPS_ADMIN_METRICS_TOKEN": "m"}
    with running_console(tmp_path, **settings) as console, socket.create_server(("127.0.0.1", 0)) as taken:
        web = console.start_web()
        console.environment["OPS_ADMIN_METRICS_LISTEN"] = f"127.0.0.1:{taken.getsockname()[1]}"
        worker = console.start_worker()
        assert worker.popen.wait(60) == 2
        web.popen.send_signal(signal.SIGTERM)
        web.popen.wait(30)
        assert f"ops_admin is ready at {console.base_url}" in [line["message"] for line in lines_of(web)]
        [refusal] = [line["message"] for line in lines_of(worker) if line["level"] == "CRITICAL"]
        assert str(refusal).startswith("OPS_ADMIN_METRICS_LISTEN cannot be listened on: Address already in use")


def test_a_setting_that_cannot_be_used_is_told_in_the_same_form(tmp_path: Path) -> None:
    environment = console_environment(tmp_path, OPS_ADMIN_LOG_FORMAT="json", OPS_ADMIN_WORKERS="0")
    result = CliRunner(env=environment).invoke(main, ["worker"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert json.loads(result.stderr)["message"].startswith("OPS_ADMIN_WORKERS must be a whole number from 1")
    environment["OPS_ADMIN_LOG_FORMAT"] = "text"
    assert CliRunner(env=environment).invoke(main, ["worker"]).stderr.startswith("Error: OPS_ADMIN_WORKERS")
