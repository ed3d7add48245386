"""A database server that accepts connections and never answers: everybody gets an answer anyway, and soon."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import make_url

from ops_admin.app import create_app
from ops_admin.config import Settings
from ops_admin.infra import database
from ops_admin.infra.extensions import huey
from tests.support.environment import console_environment

LONG_ENOUGH_SECONDS = 60


@pytest.fixture
def silent_url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setitem(database._PATIENCE, "connect_timeout", 2)  # the minimum of libpq
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"postgresql+psycopg://ops@127.0.0.1:{server.getsockname()[1]}/ops"


@pytest.fixture
def app(silent_url: str, tmp_path: Path) -> Iterator[Flask]:
    yield create_app(Settings.from_env(console_environment(tmp_path, OPS_ADMIN_DATABASE_URL=silent_url)))
    huey.storage.close()


def in_time(ask: threading.Thread) -> bool:
    ask.daemon = True
    ask.start()
    ask.join(LONG_ENOUGH_SECONDS)
    return not ask.is_alive()


def test_a_page_says_that_the_database_does_not_answer(app: Flask) -> None:
    answers: list[int] = []
    credentials = {"email": "owner@demo.example", "password": "whatever it is"}
    app.config["WTF_CSRF_ENABLED"] = False
    ask = threading.Thread(
        target=lambda: answers.append(app.test_client().post("/login", data=credentials).status_code)
    )
    assert in_time(ask)
    assert answers == [503]


@pytest.mark.usefixtures("app")
def test_a_worker_that_asks_for_work_goes_on() -> None:
    taken: list[object] = []
    assert in_time(threading.Thread(target=lambda: taken.append(huey.storage.dequeue())))
    assert taken == [None]


def test_timeouts_in_the_database_url_take_precedence() -> None:
    url = make_url("postgresql+psycopg://db.example/ops?connect_timeout=30")
    assert "connect_timeout" not in database.patience(url)
    assert "tcp_user_timeout" in database.patience(url)
    assert database.patience(make_url("sqlite:///ops.db")) == {}
