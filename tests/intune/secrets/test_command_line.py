"""`ops-admin restore --secrets`: from a file, since arguments are visible to others (R53, R56)."""

import importlib
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from ops_admin.access.queries import Tenant
from ops_admin.cli import main
from ops_admin.infra.database import db
from ops_admin.intune.backups.queries import BackupSet
from ops_admin.runs.ledger import Run
from ops_admin.runs.queries import get_run
from ops_admin.runs.worker.execution import execute
from tests.graph.simulated import Simulator
from tests.intune.backups.capturing import back_up, set_of
from tests.intune.secrets.planting import CATALOG, NETWORK, SECRETS, leaked, rows
from tests.support.environment import console_environment

GIVEN = {NETWORK: {"preSharedKey": SECRETS["wireless key"]}, CATALOG: {"wifi_password": SECRETS["catalog"]}}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def backup(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> BackupSet:
    def work(run: Run) -> Run:
        execute(run.id)
        db.session.rollback()
        return get_run(run.id)

    monkeypatch.setattr(importlib.import_module("ops_admin.cli.restore"), "wait_for_end", work)
    return set_of(back_up(tenant, types=["deviceConfigurations", "configurationPolicies"]))


@pytest.fixture
def command(app_context: Flask, simulator: Simulator, database_url: str, tmp_path: Path) -> CliRunner:
    graph = {"OPS_ADMIN_GRAPH_URL": simulator.url, "OPS_ADMIN_LOGIN_URL": simulator.url}
    return CliRunner(env=console_environment(tmp_path, OPS_ADMIN_DATABASE_URL=database_url, **graph))


def restore(command: CliRunner, backup: BackupSet, target: Tenant, secrets: object, *words: str) -> Result:
    arguments = ["restore", "--backup-set", str(backup.id), "--to", target.external_id, "--secrets", "-", *words]
    result = command.invoke(main, arguments, input=secrets if isinstance(secrets, str) else json.dumps(secrets))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    db.session.rollback()
    return result


def test_given_secrets_are_written(command: CliRunner, backup: BackupSet, target: Tenant, simulator: Simulator) -> None:
    result = restore(command, backup, target, GIVEN, "--execute", "--wait")

    assert result.exit_code == 0, result.output
    there = str(simulator.control("GET", f"tenants/{target.external_id}/secrets"))
    assert leaked(there) >= {SECRETS["wireless key"], SECRETS["catalog"]}
    assert leaked(result.output + rows()) == set()


def test_missing_secrets_are_named(command: CliRunner, backup: BackupSet, target: Tenant) -> None:
    result = restore(command, backup, target, {CATALOG: GIVEN[CATALOG]}, "--execute", "--wait")

    assert result.exit_code == 3
    assert f"{NETWORK} (" in result.stderr
    assert "preSharedKey" in result.stderr
    assert CATALOG not in result.stderr


@pytest.mark.parametrize(
    "secrets",
    [
        "not json",
        "[]",
        {NETWORK: "x"},
        {NETWORK: {"preSharedKey": 7}},
        {"Nobody": {"a": "b"}},
        {NETWORK: {"other": "b"}},
    ],
    ids=str,
)
def test_what_cannot_be_meant_is_refused(
    command: CliRunner, backup: BackupSet, target: Tenant, secrets: object
) -> None:
    result = restore(command, backup, target, secrets)

    assert result.exit_code == 2
    assert "--secrets" in result.stderr
