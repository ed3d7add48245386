"""`ops-admin runs import`: the runs of an earlier system, whole or not at all (R9, R53)."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from ops_admin.access.administration import add_tenant
from ops_admin.access.queries import Tenant
from ops_admin.cli import main
from ops_admin.config import Settings
from ops_admin.infra.database import db
from ops_admin.runs import queries
from ops_admin.runs.queries import Scope
from tests.support.application import dispose, make_app
from tests.support.environment import CONTOSO, console_environment
from tests.support.factories import make_workspace

OLD = {
    "reference": "job-7",
    "tenant": CONTOSO,
    "type": "inventory.sync",
    "status": "done",
    "outcome": "ok",
    "created_at": "2019-05-04T03:02:01Z",
    "completed_at": "2019-05-04T05:03:00+02:00",
    "initiator": "Ada",
    "counts": {"total": 3},
    "failures": [{"code": "graph.timeout", "message": "too late"}],
}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine is enough: what is stored is tested on both."""
    return sqlite_url


@pytest.fixture
def tenant(settings: Settings) -> Iterator[Tenant]:
    app: Flask = make_app(settings)
    with app.app_context():
        yield add_tenant(make_workspace().id, CONTOSO, "Contoso")
    dispose(app)


@pytest.fixture
def run_import(tenant: Tenant, database_url: str, tmp_path: Path) -> "Import":
    return Import(tenant, console_environment(tmp_path, OPS_ADMIN_DATABASE_URL=database_url))


class Import:
    """Runs the command on documents, or on lines as they are."""

    def __init__(self, tenant: Tenant, environment: dict[str, str]) -> None:
        self.tenant = tenant
        self.environment = environment

    def __call__(self, *lines: dict[str, Any] | str) -> Result:
        text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
        result = CliRunner(env=self.environment).invoke(main, ["runs", "import", "-"], input=text)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
        return result

    def stored(self) -> list[queries.Run]:
        db.session.rollback()
        scope = Scope(frozenset({self.tenant.id}), frozenset({self.tenant.workspace_id}))
        return list(queries.list_runs(scope, queries.RunFilter()).rows)


def test_runs_are_stored_as_they_were(run_import: Import) -> None:
    result = run_import(OLD, "", {**OLD, "reference": "job-8", "status": "failed"})
    assert (result.exit_code, result.stdout) == (0, "2 runs imported, 0 were there already.\n")
    second, first = run_import.stored()
    assert (first.status, first.outcome, first.initiator_name) == ("done", "ok", "Ada")
    assert (first.tenant_id, first.counts) == (run_import.tenant.id, {"total": 3})
    assert [(each.code, each.message) for each in first.failures] == [("graph.timeout", "too late")]
    assert [each.isoformat() for each in (first.created_at, first.completed_at or first.created_at)] == [
        "2019-05-04T03:02:01+00:00",
        "2019-05-04T03:03:00+00:00",
    ]
    assert second.status == "failed"


def test_a_run_of_a_workspace_names_that(run_import: Import) -> None:
    [place] = json.loads(CliRunner(env=run_import.environment).invoke(main, ["workspace", "list", "--json"]).stdout)
    run_import({**{key: OLD[key] for key in OLD if key != "tenant"}, "workspace": place["name"]})
    assert [run.tenant_id for run in run_import.stored()] == [None]


def test_to_import_again_adds_nothing(run_import: Import) -> None:
    run_import(OLD)
    assert run_import(OLD).stdout == "0 runs imported, 1 were there already.\n"
    assert len(run_import.stored()) == 1


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ("{", "Expecting property name"),
        ("[]", "not a JSON object"),
        ({**OLD, "reference": ""}, "reference must be a text"),
        ({**OLD, "reference": 7}, "reference must be a text"),
        ({**OLD, "tenant": "nowhere"}, "there is no tenant nowhere"),
        ({**OLD, "tenant": None}, "tenant must be a text"),
        ({key: OLD[key] for key in OLD if key != "tenant"}, "workspace must be a text"),
        ({**OLD, "status": "running", "outcome": "pending"}, "still running"),
        ({**OLD, "status": "s" * 21}, "status must be a text of at most 20 characters"),
        ({**OLD, "outcome": "o" * 31}, "outcome must be a text of at most 30 characters"),
        ({**OLD, "type": "a\0b"}, "type must be a text"),
        ({**OLD, "created_at": "yesterday"}, "Invalid isoformat string"),
        ({**OLD, "created_at": "2019-05-04T03:02:01"}, "created_at must be a time with its zone"),
        ({**OLD, "created_at": None}, "created_at is missing"),
        ({**OLD, "counts": []}, "counts must be an object"),
        ({**OLD, "failures": ["no"]}, "failures must be a list of objects"),
    ],
)
def test_one_wrong_line_stores_nothing(run_import: Import, wrong: dict[str, Any] | str, complaint: str) -> None:
    result = run_import(OLD, wrong)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Line 2: " in result.stderr
    assert complaint in result.stderr
    assert run_import.stored() == []
