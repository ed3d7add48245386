"""`ops-admin restore`: preview, groups, execution, through the guard of every start surface (R37, R53)."""

import importlib
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from ops_admin.access.capabilities import Role
from ops_admin.access.queries import Tenant
from ops_admin.cli import main
from ops_admin.database import db
from ops_admin.intune.backups.queries import BackupSet
from ops_admin.intune.restore import queries
from ops_admin.runs.execution import execute
from ops_admin.runs.ledger import Run
from ops_admin.runs.queries import get_run
from tests.graph.simulated import Simulator
from tests.intune.restore.comparing import by_name
from tests.intune.restore.restoring import held, make_backup, writes_to
from tests.support.environment import console_environment
from tests.support.factories import make_member

SCRIPTS = "deviceManagementScripts"


@pytest.fixture
def backup(source: Tenant) -> BackupSet:
    return make_backup(source, types=[SCRIPTS])


@pytest.fixture
def worked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits for a run does its work: a worker in this very process."""

    def work(run: Run) -> Run:
        execute(run.id)
        db.session.rollback()
        return get_run(run.id)

    # The package's attribute of this name is the command, not its module.
    monkeypatch.setattr(importlib.import_module("ops_admin.cli.restore"), "wait_for_end", work)


@pytest.fixture
def restore(
    app_context: Flask, simulator: Simulator, database_url: str, tmp_path: Path, backup: BackupSet, target: Tenant
) -> "Command":
    graph = {"OPS_ADMIN_GRAPH_URL": simulator.url, "OPS_ADMIN_LOGIN_URL": simulator.url}
    return Command(console_environment(tmp_path, OPS_ADMIN_DATABASE_URL=database_url, **graph), backup, target)


class Command:
    """Runs `ops-admin restore` of the backup into the target."""

    def __init__(self, environment: dict[str, str], backup: BackupSet, target: Tenant) -> None:
        self.environment = environment
        self.words = ["restore", "--backup-set", str(backup.id), "--to", target.external_id]

    def __call__(self, *words: str) -> Result:
        result = CliRunner(env=self.environment).invoke(main, [*self.words, *words])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
        db.session.rollback()
        return result

    def json(self, *words: str) -> Any:
        return json.loads(self(*words, "--json").stdout)


def mapped(simulator: Simulator, source: Tenant, target: Tenant) -> list[str]:
    pairs = by_name(simulator, source, target).items()
    return [word for group, other in pairs for word in ("--map", f"{group}={other}")]


@pytest.mark.usefixtures("worked")
def test_without_execute_nothing_is_written(restore: Command, target: Tenant, simulator: Simulator) -> None:
    simulator.control("DELETE", "requests")
    answer = restore.json("--wait")

    assert (answer["outcome"], answer["actions"]) == ("succeeded", {"create": 2})
    assert writes_to(simulator, target) == []
    found = queries.find_restore(answer["restore_run_id"])
    assert found
    assert found.status == "previewed"


@pytest.mark.usefixtures("worked")
def test_with_execute_it_previews_and_then_writes(
    restore: Command, source: Tenant, target: Tenant, simulator: Simulator
) -> None:
    answer = restore.json("--execute", "--wait", *mapped(simulator, source, target))

    assert (answer["outcome"], answer["results"]) == ("succeeded", {"written": 2})
    assert answer["preview_run_id"] < answer["run_id"]
    assert len(held(simulator, target, SCRIPTS)) == 2
    again = restore.json("--wait", *mapped(simulator, source, target))
    assert again["actions"] == {"unchanged": 2}


@pytest.mark.usefixtures("worked")
def test_the_exit_status_is_that_of_the_end(
    restore: Command, source: Tenant, target: Tenant, simulator: Simulator
) -> None:
    fault = {"effect": "status", "options": {"status": 403}, "times": 1}
    simulator.control("POST", "faults", path=f"/{SCRIPTS}$", method="POST", **fault)

    result = restore("--execute", "--wait", *mapped(simulator, source, target))

    assert result.exit_code == 3
    assert "graph.forbidden" in result.stdout


def test_a_group_without_a_decision_is_named_and_nothing_is_written(
    restore: Command, target: Tenant, simulator: Simulator
) -> None:
    result = restore("--execute")

    assert result.exit_code == 2
    assert "--map" in result.stderr
    assert "Users - Amsterdam" in result.stderr
    assert writes_to(simulator, target) == []


@pytest.mark.usefixtures("worked")
def test_a_skipped_group_is_left_out(restore: Command, source: Tenant, target: Tenant, simulator: Simulator) -> None:
    skipped = [word for group in by_name(simulator, source, target) for word in ("--map", f"{group}=skip")]

    assert restore("--execute", "--wait", *skipped).exit_code == 0
    groups = [each["target"].get("groupId") for one in held(simulator, target, SCRIPTS) for each in one["assignments"]]
    assert set(groups) <= {None}


@pytest.mark.parametrize("words", [["--map", "nonsense"], ["--map", "=x"], ["--backup-set", "999"], ["--to", "nobody"]])
def test_wrong_words_are_refused_in_one_sentence(restore: Command, words: list[str]) -> None:
    result = restore(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr


def test_whoever_may_not_restore_is_refused(restore: Command, target: Tenant, source: Tenant) -> None:
    operator, stranger = make_member(target, Role.OPERATOR), make_member(source, Role.OWNER)

    assert "may not restore" in restore("--as", operator.email).stderr
    assert restore("--as", stranger.email).exit_code == 2
