"""`ops-admin runs …` and `doctor`: the ledger from a terminal, through the same guard as a form (R37, R53)."""

import json
import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from ops_admin.auth.seeds import seed_demo
from ops_admin.cli import main
from ops_admin.config import Settings
from ops_admin.health import schedule, workers
from ops_admin.infra.database import transaction, utcnow
from ops_admin.runs import service
from ops_admin.runs.ledger import Actor
from ops_admin.runs.models import DbOperationRun
from ops_admin.runs.states import Outcome
from ops_admin.runs.tasks import run_operation
from tests.support.application import dispose, make_app
from tests.support.databases import migrate_database
from tests.support.environment import CONTOSO, FABRIKAM, OPERATOR, OUTSIDER, READONLY, console_environment
from tests.support.factories import make_completed_run, make_member, make_run, make_tenant
from tests.support.network import free_port


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine is enough, because the commands use what is tested on both."""
    return sqlite_url


@pytest.fixture
def seeded(settings: Settings) -> Iterator[Flask]:
    """The demo data, and a context to read what the commands did."""
    app = make_app(settings)
    with app.app_context():
        seed_demo(settings)
        yield app
    dispose(app)


@pytest.fixture
def ops_admin(seeded: Flask, database_url: str, tmp_path: Path) -> "Command":
    return Command(console_environment(tmp_path, OPS_ADMIN_DATABASE_URL=database_url))


class Command:
    """Runs `ops-admin …`."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment

    def __call__(self, *words: str) -> Result:
        result = CliRunner(env=self.environment).invoke(main, words)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
        return result

    def start(self, *words: str, tenant: str = CONTOSO) -> Result:
        return self("runs", "start", "directory.groups.sync", "--tenant", tenant, *words)

    def json(self, *words: str) -> Any:
        result = self(*words, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)


def test_a_start_answers_as_a_form_does(ops_admin: Command) -> None:
    result = ops_admin.start("--as", OPERATOR, "--json")
    assert json.loads(result.stdout) == {"run_id": 1, "created": True, "status": "queued", "url": "/operations/1"}
    assert result.exit_code == 0


def test_a_second_start_answers_with_the_first_run(ops_admin: Command) -> None:
    ops_admin.start()
    assert json.loads(ops_admin.start("--as", OPERATOR, "--json").stdout)["created"] is False
    assert "Already queued (run 1, /operations/1)" in ops_admin.start().stdout


def test_without_a_user_it_is_system_that_starts(ops_admin: Command) -> None:
    ops_admin.start()
    assert ops_admin.json("runs", "show", "1")["initiator_name"] == "System"


def test_the_user_named_is_the_initiator(ops_admin: Command) -> None:
    ops_admin.start("--as", OPERATOR)
    assert ops_admin.json("runs", "show", "1")["initiator_name"] == "Operator"


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["nonsense", "--tenant", CONTOSO], "There is no operation nonsense. There are: "),
        (["inventory.sync", "--tenant", "nowhere"], "There is no tenant nowhere."),
        (["inventory.sync", "--tenant", CONTOSO, "--as", "no@demo.example"], "There is no user no@demo.example."),
        (["inventory.sync", "--tenant", CONTOSO, "--as", OUTSIDER], f"There is no tenant {CONTOSO}."),
        (["inventory.sync", "--tenant", CONTOSO, "--as", READONLY], f"{READONLY} may not start inventory.sync here."),
        (["inventory.sync", "--tenant", CONTOSO, "--inputs", "{"], "--inputs is not JSON:"),
        (["inventory.sync", "--tenant", CONTOSO, "--inputs", "[]"], "--inputs must be a JSON object"),
        (["inventory.sync", "--tenant", CONTOSO, "--inputs", '{"types": ["no"]}'], "--inputs: types:"),
        (["directory.groups.sync", "--tenant", CONTOSO, "--inputs", '{"a": 1}'], "--inputs: a:"),
        (["inventory.sync"], "Missing option '--tenant'"),
    ],
)
def test_bad_usage_is_a_sentence_and_exit_status_2(ops_admin: Command, words: list[str], complaint: str) -> None:
    result = ops_admin("runs", "start", *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert complaint in result.stderr
    assert ops_admin.json("runs", "list") == []


@pytest.mark.parametrize(
    ("outcome", "status"),
    [(Outcome.SUCCEEDED, 0), (Outcome.PARTIALLY_SUCCEEDED, 3), (Outcome.FAILED, 4), (Outcome.CANCELLED, 5)],
)
def test_how_a_run_ended_is_the_exit_status(ops_admin: Command, outcome: Outcome, status: int) -> None:
    run = make_completed_run(outcome=outcome, counts={"total": 2, "processed": 2})
    result = ops_admin("runs", "watch", str(run.id))
    assert result.exit_code == status
    assert "2 of 2 processed" in result.stdout


def put_off(monkeypatch: pytest.MonkeyPatch, instead: Callable[[float], object]) -> None:
    """Replace each pause of the command only, because other threads use the same function."""
    monkeypatch.setattr("ops_admin.cli.watching.time", SimpleNamespace(sleep=instead))


def test_it_says_when_nobody_is_there_to_do_the_work(ops_admin: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def cancel_instead_of_waiting(_: float) -> None:
        service.request_cancel(1, Actor.worker("Test"))

    put_off(monkeypatch, cancel_instead_of_waiting)
    result = ops_admin.start("--wait", "--json")
    assert result.stderr.startswith("No worker is alive")
    assert result.exit_code == 5
    finished = json.loads(result.stdout)
    assert (finished["run_id"], finished["created"], finished["outcome"]) == (1, True, "cancelled")


def test_it_says_nothing_of_the_kind_when_a_worker_is_alive(
    ops_admin: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    workers.beat("a worker")
    put_off(monkeypatch, lambda _: service.request_cancel(1, Actor.worker("Test")))
    assert ops_admin.start("--wait").stderr == ""


def test_the_list_holds_what_the_user_may_see(ops_admin: Command) -> None:
    ops_admin.start(tenant=CONTOSO)
    ops_admin.start(tenant=FABRIKAM)
    elsewhere = make_run(make_tenant())
    everything = [run["id"] for run in ops_admin.json("runs", "list")]
    assert everything == [elsewhere.id, 2, 1]
    assert [run["id"] for run in ops_admin.json("runs", "list", "--as", READONLY)] == [2, 1]
    assert ops_admin.json("runs", "list", "--as", OUTSIDER) == []
    assert "Queued" in ops_admin("runs", "list").stdout


def test_the_list_names_the_tenant_of_each_run(ops_admin: Command) -> None:
    ops_admin.start()
    ops_admin.environment["COLUMNS"] = "200"
    assert "Contoso (simulated)" in ops_admin("runs", "list").stdout


def test_an_empty_list_says_so(ops_admin: Command) -> None:
    assert ops_admin("runs", "list").stdout == "There are no runs.\n"


@pytest.mark.parametrize("command", ["show", "watch"])
@pytest.mark.parametrize("number", ["0", "9" * 30])
def test_a_number_that_no_run_can_have_is_bad_usage(ops_admin: Command, command: str, number: str) -> None:
    result = ops_admin("runs", command, number)
    assert result.exit_code == 2
    assert "is not in the range" in result.stderr


@pytest.mark.parametrize("command", ["show", "watch"])
def test_a_run_that_the_user_may_not_see_does_not_exist(ops_admin: Command, command: str) -> None:
    tenant = make_tenant()
    run = make_run(tenant)
    insider = make_member(tenant)
    result = ops_admin("runs", command, str(run.id), "--as", OUTSIDER)
    assert (result.exit_code, result.stderr) == (2, f"Error: There is no run {run.id}.\n")
    assert ops_admin.json("runs", "show", str(run.id), "--as", insider.email)["id"] == run.id


def test_the_doctor_names_what_is_wrong_and_what_to_do(ops_admin: Command) -> None:
    ops_admin.environment["OPS_ADMIN_REDIS_URL"] = f"redis://127.0.0.1:{free_port()}/0"
    result = ops_admin("doctor")
    assert result.exit_code == 1
    assert "ok  Database" in result.stdout
    assert "!!  Workers: none is alive: start `ops-admin serve` or `ops-admin worker`" in result.stdout
    assert "!!  Redis: cannot be reached (ConnectionError): check OPS_ADMIN_REDIS_URL" in result.stdout
    assert "ok  Push: every process is heard by the others" in result.stdout
    assert "!!  Microsoft Graph: no token for Contoso (simulated)" in result.stdout


def test_the_doctor_names_a_process_that_the_others_cannot_hear(ops_admin: Command) -> None:
    ops_admin.environment["OPS_ADMIN_REDIS_URL"] = f"redis://127.0.0.1:{free_port()}/0"
    workers.beat("a worker", is_heard=False)
    assert f":{os.getpid()} could not tell the others what happened" in ops_admin("doctor").stdout


def test_the_doctor_sees_a_queue_that_stands_and_a_schedule_that_does_not_run(ops_admin: Command) -> None:
    with transaction() as session:
        run = make_run()
        session.get_one(DbOperationRun, run.id).updated_at = utcnow() - timedelta(minutes=10)
        run_operation(run.id)
    told = ops_admin("doctor").stdout
    assert "!!  Queue: 1 waiting, one of them for 10 min" in told
    assert "!!  Schedule: nothing scheduled was done yet" in told
    assert "ok  Disk: " in told
    schedule.tick()
    assert "ok  Schedule: last done at" in ops_admin("doctor").stdout


def test_the_doctor_tells_a_database_that_is_away_from_one_that_is_old(ops_admin: Command, tmp_path: Path) -> None:
    ops_admin.environment["OPS_ADMIN_DATABASE_URL"] = f"postgresql://me@127.0.0.1:{free_port()}/x"
    away = ops_admin("doctor").stdout
    ops_admin.environment["OPS_ADMIN_DATABASE_URL"] = f"sqlite:///{tmp_path / 'empty.db'}"
    old = ops_admin("doctor").stdout
    assert "!!  Database: cannot be reached (OperationalError): check OPS_ADMIN_DATABASE_URL" in away
    assert "!!  Migrations: The database is not up to date: run `ops-admin db upgrade` first." in old
    for name in ("Queue", "Workers", "Schedule", "Microsoft Graph"):
        assert f"!!  {name}: not known while the database cannot be reached" in away
        assert f"!!  {name}: not known while the database is not up to date" in old
    assert "db upgrade" not in away


def test_the_doctor_doubts_secrets_that_could_be_guessed(ops_admin: Command) -> None:
    assert "??  Secrets: OPS_ADMIN_SECRET_KEY could be guessed" in ops_admin("doctor").stdout
    ops_admin.environment["OPS_ADMIN_SECRET_KEY"] = "k" * 40
    assert "ok  Secrets: " in ops_admin("doctor").stdout
    ops_admin.environment["OPS_ADMIN_METRICS_TOKEN"] = "m"
    assert "??  Secrets: OPS_ADMIN_METRICS_TOKEN could be guessed" in ops_admin("doctor").stdout


def test_the_doctor_does_not_call_credentials_good_that_nobody_tried(ops_admin: Command, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'without-tenants.db'}"
    migrate_database(url, tmp_path)
    ops_admin.environment["OPS_ADMIN_DATABASE_URL"] = url
    assert "??  Microsoft Graph: no tenant is there yet" in ops_admin("doctor").stdout


def test_the_doctor_shows_no_address_that_it_cannot_read(ops_admin: Command) -> None:
    ops_admin.environment["OPS_ADMIN_REDIS_URL"] = "redi://:TopSecretPw@h:1/0"
    result = ops_admin("doctor")
    assert (result.exit_code, "TopSecretPw" in result.output) == (2, False)
    assert result.stderr.startswith("Error: OPS_ADMIN_REDIS_URL must be an address such as")
