"""`/healthz` says whether the process is alive, `/readyz` whether it can do its job."""

from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from ops_admin.infra.database import transaction
from tests.support.clients import ConsoleClient


def break_with(app: Flask, statement: str) -> None:
    with app.app_context(), transaction() as session:
        session.execute(text(statement))


def test_a_working_console_is_live_and_ready(client: ConsoleClient) -> None:
    assert client.get("/healthz").json == {"status": "ok"}
    assert client.get("/readyz").json == {"status": "ok"}


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("update alembic_version set version_num = '0001'", "migrations"),
        ("drop table alembic_version", "migrations"),
        ("alter table task rename to gone", "queue"),
    ],
)
def test_what_is_missing_is_named_and_the_process_stays_live(
    app: Flask, client: ConsoleClient, statement: str, reason: str
) -> None:
    if reason == "queue":
        statement = statement.replace("task", queue_table(app))
    break_with(app, statement)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json and answer.json["reason"]) == (503, reason)
    assert client.get("/healthz").status_code == 200


def test_a_data_directory_that_cannot_be_written_is_named(app: Flask, client: ConsoleClient, tmp_path: Path) -> None:
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], data_dir=tmp_path / "gone")
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json and answer.json["reason"]) == (503, "disk")


def queue_table(app: Flask) -> str:
    return "huey_task" if "postgresql" in app.config["SQLALCHEMY_DATABASE_URI"] else "task"
