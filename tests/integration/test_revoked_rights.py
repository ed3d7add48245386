"""With a real worker process: losing a right while work is queued ends the work, on both engines (R68)."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
import sqlalchemy

from tests.support.environment import CONTOSO, MANAGER
from tests.support.network import poll_until
from tests.support.processes import Console, running_console

WORDS = ("runs", "start", "backup.create", "--tenant", CONTOSO, "--as", MANAGER, "--json", "--inputs")


@pytest.fixture
def console(tmp_path: Path, database_url: str) -> Iterator[Console]:
    """A console with a simulated tenant, without a worker at first."""
    with running_console(tmp_path, OPS_ADMIN_DATABASE_URL=database_url) as console:
        console.start_simulator()
        console.seed()
        yield console


def start_backup(console: Console, name: str) -> int:
    return int(json.loads(console.run(*WORDS, json.dumps({"name": name, "all": True})))["run_id"])


def take_roles_away(console: Console) -> None:
    """Take the roles away directly in the database, so that no process hears of it."""
    engine = sqlalchemy.create_engine(console.database_url)
    with engine.begin() as connection:
        user = "(select id from users where email = :email)"
        statement = sqlalchemy.text(f"delete from tenant_roles where user_id = {user}")
        assert connection.execute(statement, {"email": MANAGER}).rowcount > 0
    engine.dispose()


def outcome_of(console: Console, run_id: int) -> tuple[str, str, list[str]]:
    run = json.loads(console.run("runs", "show", str(run_id), "--json"))
    return run["status"], run["outcome"], [failure["code"] for failure in run["failure_summary"]]


def calls_to_graph(console: Console) -> int:
    return len(requests.get(f"{console.simulator_url}/_sim/requests", timeout=10).json()["requests"])


def test_a_worker_does_nothing_for_somebody_without_rights(console: Console) -> None:
    run_id = start_backup(console, "Queued while the manager was still there")
    take_roles_away(console)

    console.start_worker()

    poll_until(lambda: outcome_of(console, run_id)[0] == "completed", timeout=30, message="the run did not end")
    assert outcome_of(console, run_id) == ("completed", "failed", ["access.revoked"])
    assert calls_to_graph(console) == 0
